"""Several workers at once: nothing lost, nothing doubled, nobody waits in a ring."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.errors import StoreUnavailable
from store.db.pool import Pool
from store.db.roles import Role
from store.people.identity import Registry
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.store.fleet import Car, accepted, register
from tests.store.stores import postgres

pytestmark = pytest.mark.database


def test_workers_with_the_same_cars_neither_deadlock_nor_double(
    database: Database, worker: Pool, ingest: Pool
) -> None:
    registry = Registry(worker)
    boxes = [register(registry, f"tbox-{n}") for n in range(6)]
    plugs = [postgres(ingest, worker).second_device(b, f"plug-{i}") for i, b in enumerate(boxes)]
    batches = [
        accepted(car, seq, [seq, seq + 0.5], {"soc_pct": [seq, seq]}, stream=bytes([n]) * 16)
        for n, car in enumerate([*boxes, *plugs])
        for seq in range(6)
    ]

    def deliver(seed: int) -> int:
        chance, stored = random.Random(seed), 0
        mine = list(batches)
        chance.shuffle(mine)
        with database.pool(Role.INGEST) as pool:
            sink = Telemetry(pool)
            for at in range(0, len(mine), 12):
                done = sink.commit(mine[at : at + 12], [])
                stored += sum(s.rows_stored for s in done.stored)
        return stored

    with ThreadPoolExecutor(4) as threads:
        stored = sum(threads.map(deliver, range(4)))
    assert stored == 2 * len(batches)
    with worker.transaction() as line:
        assert line.execute("SELECT count(*) FROM telemetry").fetchone() == (2 * len(batches),)
        assert line.execute("SELECT count(*) FROM ledger").fetchone() == (len(batches),)
        assert line.execute(
            "SELECT min(cardinality(signals)), count(*) FROM latest"
        ).fetchone() == (1, len(boxes))


def test_a_line_that_breaks_is_trouble_that_passes(
    database: Database, worker: Pool, car: Car
) -> None:
    with database.pool(Role.INGEST) as pool:
        sink = Telemetry(pool)
        sink.commit([accepted(car, 0, [0], {"soc_pct": [50]})], [])

        def cut() -> None:
            with psycopg.connect(database.admin_url, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE usename = 'vigil_ingest' AND datname = current_database()"
                )

        def use() -> None:
            with pool.transaction() as line:
                cut()
                line.execute("SELECT 1")

        with pytest.raises(StoreUnavailable):
            use()
        assert sink.commit([accepted(car, 1, [1], {"soc_pct": [51]})], []).stored[0].rows_stored


def test_a_server_that_is_not_there_is_named(database: Database) -> None:
    url = psycopg.conninfo.make_conninfo(database.url(Role.INGEST), port=1)
    with pytest.raises(StoreUnavailable):
        Pool.open(url, timeout_s=0.3)
