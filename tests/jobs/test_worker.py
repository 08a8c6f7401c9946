"""The worker assesses what is due and quiet, once; what is red is judged at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.alerts import Alert, ChangeKind
from domain.health import Severity
from firmware_contracts.events import Event, EventKind
from firmware_contracts.telemetry import Origin
from store.db.pool import Pool
from store.db.roles import Role
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.urgent_event import UrgentEvent
from tests.faults.cars import enrol, on_line
from tests.faults.house import House, house, server, until
from vigil.processes.urgent import judge
from vigil.processes.worker import PAUSE_S, Costs, Pace

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_new_vehicle_is_assessed_as_soon_as_its_data_stand_still() -> None:
    pace = Pace(Clock())
    assert pace.ready({7: 1}) == []
    assert pace.ready({7: 2}) == []
    assert pace.ready({7: 2}) == [7]
    assert pace.ready({7: 2}) == []
    assert pace.ready({7: 3}) == []
    assert pace.ready({7: 3}) == []


def test_a_vehicle_that_goes_on_reporting_is_assessed_once_a_minute() -> None:
    clock = Clock()
    pace = Pace(clock)
    found = []
    for half_second in range(1200):
        clock.now = half_second / 2
        found += pace.ready({7: half_second // 4})
    assert len(found) == 600 // PAUSE_S


def test_a_whole_fleet_takes_no_more_than_a_quarter_of_a_core() -> None:
    clock, costs = Clock(), Costs()
    pace = Pace(clock, costs)
    for vehicle in range(30):
        costs.note(vehicle, 9.0)
        costs.note(vehicle, 3.0)
    assert costs.pause_s() == 30 * 3 / 0.25
    found = 0
    for second in range(3600):
        clock.now = float(second)
        found += len(pace.ready(dict.fromkeys(range(30), second // 5)))
    assert found == 30 * 3600 // 360


def told(
    age: timedelta, *, origin: Origin = Origin.LIVE, level: int = 3, active: bool = True
) -> UrgentEvent:
    event = Event(
        kind=EventKind.ALARM, t_ms=int((NOW - age).timestamp() * 1000), level=level, active=active
    )
    return UrgentEvent(tenant_id=1, vehicle_id=7, event=event, origin=origin, received_at=NOW)


@pytest.mark.parametrize(
    ("origin", "age", "notify", "historical"),
    [
        (Origin.LIVE, timedelta(seconds=1), True, False),
        (Origin.BACKFILL, timedelta(hours=23), True, False),
        (Origin.BACKFILL, timedelta(hours=25), False, False),
        (Origin.IMPORT, timedelta(hours=23), True, False),
        (Origin.IMPORT, timedelta(hours=25), False, True),
        (Origin.IMPORT, timedelta(days=900), False, True),
    ],
)
def test_red_opens_an_alert_with_a_rescue_case_and_says_whether_to_notify(
    origin: Origin, age: timedelta, notify: bool, historical: bool
) -> None:
    [change] = judge(told(age, origin=origin), [], now=lambda: NOW)
    assert change.finding is not None
    assert (change.kind, change.severity, change.rescue) == (ChangeKind.RAISE, Severity.RED, True)
    assert (change.notify, change.finding.historical) == (notify, historical)
    assert change.finding.since == NOW - age


@pytest.mark.parametrize("event", [told(timedelta(0), active=False), told(timedelta(0), level=2)])
def test_the_end_of_an_alarm_and_a_lower_level_change_nothing(event: UrgentEvent) -> None:
    assert list(judge(event, [], now=lambda: NOW)) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("jobs") / "house"
    with server() as database, house(database, "jobs", folder) as made:
        made.start("ingest", "worker", "urgent")
        yield made


@pytest.mark.database
@pytest.mark.broker
def test_a_killed_worker_leaves_no_vehicle_unassessed(place: House, tmp_path: Path) -> None:
    vehicle = enrol(place, "due")
    with (
        Pool.open(place.url(Role.WORKER)) as pool,
        on_line(place, "due", vehicle, tmp_path / "due.db") as car,
    ):
        book = Assessments(pool)
        for number in range(3):
            car.add(number)
            until(lambda: car.outbox.pending == 0)
            place.kill_service("worker")
        until(lambda: vehicle not in book.versions(100) and book.latest(vehicle) is not None)


@pytest.mark.database
@pytest.mark.broker
def test_an_urgent_event_is_an_alert_whoever_dies_on_the_way(place: House, tmp_path: Path) -> None:
    vehicle = enrol(place, "alarm")

    def alerts(pool: Pool) -> list[Alert]:
        return Alerts(pool).open_alerts(vehicle)

    with (
        Pool.open(place.url(Role.WORKER)) as pool,
        on_line(place, "alarm", vehicle, tmp_path / "alarm.db") as car,
    ):
        for number in range(1, 6):
            car.alarm(number)
            place.kill_service("urgent")
            until(lambda: sum(a.occurrences for a in alerts(pool)) >= car.alarms)
        assert [(a.cause, a.occurrences, a.rescue) for a in alerts(pool)] == [
            ("bms_alarm_3", 5, True)
        ]
