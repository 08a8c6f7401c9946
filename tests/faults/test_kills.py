"""Everything is killed with -9 at random moments; what ends in the store is what a calm run gives.

Ingest, broker (its files wiped), database (postmaster) and replay die at least 20 times in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.assessment import assess_vehicle
from store.db.roles import Role
from store.history.windows import Windows
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.urgent import UrgentEvents
from tests.faults.contents import contents, differences
from tests.faults.house import House, house, server
from tests.replay import tables
from vigil.machine.embedded.database import Database
from vigil.processes.urgent import judge
from vigil.trials.fault_injection import Killer

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.timeout(900)]

KILLS = {"ingest": 6, "broker": 5, "database": 5, "replay": 5}
ROWS = 6_000
PACE = str(200 * 30 / 0.15)
"""--speed: one batch of 200 rows at 30 s every 0.15 s."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with server() as made:
        yield made


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Synthetic cars with all the dirt that is known, of both dialects."""
    folder = tmp_path_factory.mktemp("recordings")
    found = []
    for seed in range(3):
        columns = tables.soil(tables.drive(ROWS, seed=seed, plus40=seed == 1), seed=seed)
        columns["tboxTime"][-1] = datetime(1999, 5, 1)
        found.append(tables.write(columns, folder / f"car{seed}.parquet"))
    return found


def conclude(place: House) -> dict[str, list[str]]:
    """Judge what is urgent, assess every car, and say what the store holds."""
    with_worker = place.url(Role.WORKER)
    from store.db.pool import Pool
    from store.people.identity import Registry

    with Pool.open(with_worker) as pool:
        queue = UrgentEvents(pool, judge)
        while queue.take(100):
            pass
        now = datetime.now(UTC)
        for vehicle in Registry(pool).vehicle_ids():
            assess_vehicle(Windows(pool), Assessments(pool), Alerts(pool), vehicle, now)
    return contents(place.url(Role.OWNER))


def test_killed_at_random_moments_the_store_ends_as_if_nothing_had_happened(
    database: Database, recordings: list[Path], tmp_path: Path
) -> None:
    with house(database, "calm", tmp_path / "calm") as calm:
        calm.start("ingest")
        said = [calm.replay_until_done(file) for file in recordings]
        assert all(answer["identity"] for answer in said)
        assert all(answer["rows_quarantined"] == {"too_old": 1} for answer in said)
        expected = conclude(calm)
    assert len(expected["public.import_telemetry"]) == sum(a["rows_stored"] for a in said)

    with house(database, "storm", tmp_path / "storm") as storm:
        storm.start("ingest-1", "ingest-2")
        order = [victim for victim, times in KILLS.items() for _ in range(times)]
        killer = Killer(
            {
                "ingest": lambda: storm.kill_service(f"ingest-{1 + len(killer.killed) % 2}"),
                "broker": storm.kill_broker,
                "database": storm.kill_database,
                "replay": storm.kill_replay,
            },
            order,
            seed=2,
            pause_s=(0.6, 2.4),
        ).start()
        for file in recordings:
            storm.replay_until_done(file, "--speed", PACE)
        while killer.busy:
            storm.replay_until_done(recordings[-1], "--speed", PACE)
        killer.join(1)
        again = [storm.replay_until_done(file) for file in recordings]
        found = conclude(storm)

    assert len(killer.killed) == len(order) >= 20
    assert all(answer["identity"] for answer in again)
    assert all(answer["rows_stored"] == 0 for answer in again), "the storm had lost rows"
    assert differences(expected, found) == []
