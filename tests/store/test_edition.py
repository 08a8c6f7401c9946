"""Spans on every edition: made by ingest, dropped by the worker, by nobody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from domain.errors import Refused
from firmware_contracts.durations import DAY_MS
from store.db.edition import Edition, create_spans, drop_spans, list_spans
from store.db.pool import Pool
from store.db.roles import Role
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.store.fleet import NOON_MS, Car, accepted

pytestmark = pytest.mark.database


def test_the_edition_is_what_the_server_is(database: Database, worker: Pool) -> None:
    with psycopg.connect(database.admin_url) as admin:
        row = admin.execute(
            "SELECT current_setting('timescaledb.license', true) FROM pg_extension "
            "WHERE extname = 'timescaledb'"
        ).fetchone()
        preloaded = admin.execute("SHOW shared_preload_libraries").fetchone()
    assert preloaded is not None
    wanted = {None: Edition.PLAIN, "apache": Edition.APACHE, "timescale": Edition.COMMUNITY}
    assert ("timescaledb" in preloaded[0]) is (row is not None)
    with worker.transaction() as line:
        edition = Edition.ask(line)
    assert edition is wanted[row[0] if row else None]
    assert edition.timescale is (edition is not Edition.PLAIN)


def test_making_room_twice_is_making_it_once(ingest: Pool, database: Database) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 2)]
    for _ in range(2):
        with ingest.transaction() as line:
            create_spans(line, "telemetry", days)
    with ingest.transaction() as line:
        spans = list_spans(line, "telemetry")
        edition = Edition.ask(line)
    assert len(spans) == (0 if edition.timescale else 2)


def test_dropping_takes_whole_days_only(ingest: Pool, worker: Pool, car: Car) -> None:
    sink = Telemetry(ingest)
    for day in range(3):
        batch = accepted(car, day, [0], {"soc_pct": [50]}, start_ms=NOON_MS + day * DAY_MS)
        sink.commit([batch], [])
    with worker.transaction() as line:
        spans = list_spans(line, "telemetry")
        assert [s.low for s in spans] == [
            datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(3)
        ]
        assert drop_spans(line, "telemetry", spans[1].high - timedelta(seconds=1)) == 1
        assert drop_spans(line, "telemetry", spans[1].high) == 1
        assert list_spans(line, "telemetry") == spans[2:]
        assert line.execute("SELECT count(*) FROM telemetry").fetchone() == (1,)


def test_a_day_that_was_dropped_can_be_written_again(ingest: Pool, worker: Pool, car: Car) -> None:
    sink = Telemetry(ingest)
    sink.commit([accepted(car, 0, [0], {"soc_pct": [50]})], [])
    with worker.transaction() as line:
        drop_spans(line, "telemetry", datetime(2026, 4, 1, tzinfo=UTC))
    assert sink.commit([accepted(car, 1, [1], {"soc_pct": [51]})], []).stored[0].rows_stored == 1


@pytest.mark.parametrize(
    ("role", "call"),
    [
        (Role.INGEST, "span_drop('telemetry', now())"),
        (Role.WORKER, "span_create('telemetry', '{2026-03-01}'::date[])"),
        (Role.API, "span_list('telemetry')"),
        (Role.READ, "span_drop('telemetry', now())"),
    ],
)
def test_nobody_else_makes_or_drops_spans(database: Database, role: Role, call: str) -> None:
    with database.pool(role) as pool, pytest.raises(Refused), pool.transaction() as line:
        line.execute(f"SELECT {call}")


def test_a_table_that_is_not_kept_in_spans_is_refused(worker: Pool) -> None:
    with pytest.raises(Refused, match="not kept in spans"), worker.transaction() as line:
        drop_spans(line, "ledger", datetime(2026, 4, 1, tzinfo=UTC))
