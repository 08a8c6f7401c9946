"""Every class of data goes at its term and not before; a keeper's time can be wiped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.alerts import AlertChange, ChangeKind
from domain.health import Finding, Severity
from domain.methods import Method
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Trip
from firmware_contracts.telemetry import Origin
from store.db.edition import list_spans
from store.db.pool import Pool
from store.history.windows import Windows
from store.results.alerts import Alerts
from store.results.retention import TERMS, DataClass, Retention
from store.sink.latest import Latest
from store.sink.sink import Telemetry
from tests.store.fleet import NOON, NOON_MS, Car, accepted, packed

pytestmark = pytest.mark.database
HABITS = {
    "soc_pct": [50, 51],
    "vehicle_speed_kmh": [80, 90],
    "latitude_deg": [39, 39],
    "longitude_deg": [116, 116],
}


@pytest.fixture
def told(ingest: Pool, car: Car) -> Car:
    """Ten live days, one by one, and a piece of old history that came on the last of them."""
    sink = Telemetry(ingest)
    for day in range(10):
        at = NOON + timedelta(days=day)
        start = NOON_MS + day * DAY_MS
        batch = accepted(
            car,
            day,
            [0, 1],
            HABITS,
            start_ms=start,
            received_at=at,
            cells=packed([[3900], [3901]]),
            events=(Event(kind=EventKind.DTC, t_ms=start, code="P1"),),
            records=(Trip(start_ms=start, end_ms=start + 1), Charge(start_ms=start, end_ms=start)),
        )
        sink.commit([batch], [])
    old = accepted(
        car,
        99,
        [0, 1],
        HABITS,
        start_ms=NOON_MS - 900 * DAY_MS,
        origin=Origin.IMPORT,
        received_at=NOON + timedelta(days=9),
    )
    sink.commit([old], [])
    return car


def count(pool: Pool, table: str) -> int:
    with pool.transaction() as line:
        row = line.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def test_spans_are_days_and_can_be_listed(told: Car, worker: Pool) -> None:
    with worker.transaction() as line:
        spans = list_spans(line, "telemetry")
    assert [(s.high - s.low) for s in spans] == [timedelta(days=1)] * 10
    assert spans[0].low <= NOON < spans[0].high


def test_each_class_goes_at_its_own_term(told: Car, worker: Pool) -> None:
    retention = Retention(worker)
    last = NOON + timedelta(days=9)
    retention.run(last)
    assert count(worker, "positions") == 20

    retention.run(last + TERMS[DataClass.POSITION] - timedelta(days=4))  # days 0..4 are too old
    assert (count(worker, "positions"), count(worker, "import_positions")) == (10, 2)
    assert count(worker, "telemetry") == 20

    retention.run(last + TERMS[DataClass.RAW] - timedelta(days=4))
    assert (count(worker, "telemetry"), count(worker, "cells")) == (10, 10)
    assert count(worker, "import_telemetry") == 2
    assert count(worker, "positions") == 0
    assert (count(worker, "trips"), count(worker, "events")) == (10, 10)

    everything = last + TERMS[DataClass.DERIVED] + timedelta(days=1)
    retention.run(everything)
    for table in ("telemetry", "import_telemetry", "trips", "charges", "cells"):
        assert count(worker, table) == 0, table
    assert count(worker, "events") == 10
    again = retention.run(everything)
    assert not any(again.spans.values())
    assert not any(again.rows.values())


def test_position_of_a_car_in_need_is_kept(told: Car, worker: Pool) -> None:
    finding = Finding(
        cause="crash",
        component="",
        severity=Severity.RED,
        since=NOON,
        as_of=NOON,
        confidence=1,
        method=Method.CAR_EVENT,
    )
    Alerts(worker).apply(
        [
            AlertChange(
                kind=ChangeKind.RAISE,
                vehicle_id=told.vehicle_id,
                cause="crash",
                finding=finding,
                rescue=True,
            )
        ],
        NOON,
    )
    Retention(worker).run(NOON + timedelta(days=60))
    assert count(worker, "positions") == 20


def test_a_keepers_time_is_wiped_and_the_cars_own_data_stay(
    told: Car, worker: Pool, ingest: Pool
) -> None:
    since, until = NOON - timedelta(days=1000), NOON + timedelta(days=5)
    Retention(worker).erase_tenure(told.vehicle_id, since, until)
    window = Windows(worker).read(
        told.vehicle_id, ["vehicle_speed_kmh", "soc_pct"], since, NOON + timedelta(days=30)
    )
    assert window.ticks_ms.shape == (22,)
    assert not any(window["soc_pct"] != window["soc_pct"])
    blank = window["vehicle_speed_kmh"] != window["vehicle_speed_kmh"]
    assert blank.tolist() == [True] * 12 + [False] * 10
    assert (count(worker, "trips"), count(worker, "charges")) == (5, 10)
    assert (count(worker, "positions"), count(worker, "import_positions")) == (10, 0)
    resent = accepted(told, 500, [0, 1], HABITS, cells=packed([[3900], [3901]]))
    assert Telemetry(ingest).commit([resent], []).stored[0].rows_duplicate == 2


def test_latest_forgets_the_habits_of_a_wiped_time(told: Car, worker: Pool) -> None:
    Retention(worker).erase_tenure(
        told.vehicle_id, NOON - timedelta(days=1), NOON + timedelta(days=30)
    )
    state = Latest(worker).of(told.vehicle_id)
    assert state is not None
    assert set(state.readings) == {"soc_pct"}
