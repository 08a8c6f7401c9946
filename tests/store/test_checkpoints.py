"""A checkpoint is believed only while the store holds nothing that it does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from domain.checkpoint import Checkpoint, Opening
from domain.health import Assessment
from domain.readings import Accepted
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Trip
from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import Origin
from models.assessment import assess_vehicle, examine
from store.db.pool import Pool
from store.history.bench_copies import (
    Twins,
    checkpoint_kb,
    copy_checkpoints,
    copy_latest,
    copy_rows,
)
from store.history.windows import Windows
from store.memory import Memory
from store.people.identity import Registry
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.retention import TERMS, DataClass, Retention
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.models.battery.packs import START_MS, Pack, simulate
from tests.store.fleet import NOON, NOON_MS, Car, accepted, packed, register
from tests.store.stores import Store

EDGE = datetime(2026, 3, 1, tzinfo=UTC)
KEPT = Checkpoint(edge=EDGE, key="k", body=bytes(range(256)))


def told(car: Car, assessed: datetime = NOON) -> Assessment:
    return Assessment(
        vehicle_id=car.vehicle_id, as_of=assessed, model_version="1", input_digest="", answers={}
    )


def opened(store: Store, car: Car) -> Opening:
    found = store.assessments.open(car.vehicle_id)
    assert found is not None
    return found


def at(car: Car, seq: int, hours: float, **parts: Any) -> Accepted:
    """One row `hours` after the edge."""
    start = NOON_MS - 12 * 3_600_000 + round(hours * 3_600_000)
    return accepted(car, seq, [0], {"soc_pct": [50]}, start_ms=start, **parts)


def test_a_checkpoint_comes_back_and_what_came_after_its_edge_is_not_late(store: Store) -> None:
    car = register(store.registry)
    assert opened(store, car) == Opening(vehicle=opened(store, car).vehicle)
    assert store.assessments.open(7) is None
    store.sink.commit([at(car, 0, -1), at(car, 1, 12)], [])
    opened(store, car)
    store.assessments.save(told(car), KEPT)
    store.sink.commit([at(car, 2, 0), at(car, 3, 13)], [])
    found = opened(store, car)
    assert (found.checkpoint, found.late_from) == (KEPT, None)
    assert found.span == (EDGE - timedelta(hours=1), EDGE + timedelta(hours=13))


@pytest.mark.parametrize(
    "late",
    [
        lambda car: at(car, 9, -5),
        lambda car: accepted(
            car,
            9,
            start_ms=NOON_MS,
            events=(Event(kind=EventKind.DTC, t_ms=NOON_MS - 17 * 3_600_000, code="P1"),),
        ),
        lambda car: accepted(
            car,
            9,
            start_ms=NOON_MS,
            records=(Trip(start_ms=NOON_MS - 20 * 3_600_000, end_ms=NOON_MS - 17 * 3_600_000),),
        ),
    ],
)
def test_rows_events_and_records_of_a_finished_day_are_late_until_a_new_checkpoint(
    store: Store, late: Any
) -> None:
    car = register(store.registry)
    store.sink.commit([at(car, 0, 12)], [])
    opened(store, car)
    store.assessments.save(told(car), KEPT)
    store.sink.commit([late(car), at(car, 10, 14)], [])
    store.sink.commit([at(car, 11, -2)], [])
    assert opened(store, car).late_from == EDGE - timedelta(hours=5)
    store.assessments.save(told(car))
    assert opened(store, car).late_from == EDGE - timedelta(hours=5), "no new one was kept"
    store.assessments.save(told(car), replace(KEPT, key="anew"))
    found = opened(store, car)
    assert found.late_from is None
    assert found.checkpoint == replace(KEPT, key="anew")


def test_what_came_since_a_run_began_keeps_its_checkpoint_out(store: Store) -> None:
    car = register(store.registry)
    store.sink.commit([at(car, 0, 12)], [])
    opened(store, car)
    store.sink.commit([at(car, 1, -3)], [])
    store.assessments.save(told(car), KEPT)
    assert opened(store, car).checkpoint is None
    assert store.assessments.due(9) == [car.vehicle_id]


def test_a_day_is_the_same_however_it_is_read(store: Store) -> None:
    car = register(store.registry)
    dongle = store.second_device(car, "dongle")
    trip = Trip(start_ms=NOON_MS - DAY_MS, end_ms=NOON_MS + 5, distance_m=7.0)
    batches = [
        at(car, 0, 1, cells=packed([[3900, 3901, 3902, 3903]])),
        at(car, 1, 30, cells=packed([[3900, 3901]]), records=(trip,)),
        accepted(dongle, 0, [0, 1], {"soc_pct": [60, 61]}, start_ms=NOON_MS + DAY_MS),
        at(
            car,
            2,
            50,
            cells=packed([[3800, Reason.INVALID, 3802, Reason.INVALID]]),
            events=(Event(kind=EventKind.DTC, t_ms=NOON_MS + 2 * DAY_MS, code="P1"),),
        ),
    ]
    store.sink.commit(batches, [])

    def read(first: int, last: int) -> list[str]:
        start, end = EDGE + timedelta(days=first), EDGE + timedelta(days=last)
        days = store.windows.days(
            car.vehicle_id, ["soc_pct", "gear"], ["trip", "charge"], start, end, parts=True
        )
        return [
            repr(
                (
                    d.window.start_ms,
                    d.window.end_ms,
                    d.window.ticks_ms.tolist(),
                    {n: c.values.tolist() for n, c in d.window.columns.items()},
                    None if d.window.cells is None else d.window.cells.values.tolist(),
                    d.records,
                    d.events,
                )
            )
            for d in days
        ]

    whole = read(0, 4)
    assert len(whole) == 3
    assert whole == [day for n in range(4) for day in read(n, n + 1)]
    assert "distance_m': 7.0" in whole[0]
    assert "[[60.0, 61.0]]" not in whole[0]
    bare = store.windows.days(car.vehicle_id, ["soc_pct"], [], EDGE, EDGE + timedelta(days=4))
    assert [day.window.cells for day in bare] == [None] * 3
    assert [len(day.records) for day in bare] == [0] * 3


# -- with the models, on PostgreSQL ---------------------------------------------------------------

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROWS = simulate(Pack(seed=3, days=20, cells=8, step_s=120.0, low_soc={3: 5.0}))
NAMES = {
    "pack_voltage_v": "voltage_v",
    "pack_current_a": "current_a",
    "soc_pct": "soc_pct",
    "probe_max_c": "temperature_c",
    "odometer_m": "odometer_m",
    "vehicle_speed_kmh": "speed_kmh",
}


def day_of(car: Car, day: int, shift_ms: int = 0) -> Accepted:
    """A simulated day, received on it."""
    begin = START_MS + day * DAY_MS
    some = ROWS.take((ROWS.t_ms >= begin) & (ROWS.t_ms < begin + DAY_MS))
    begin += shift_ms
    return accepted(
        car,
        day,
        ((some.t_ms + shift_ms - begin) / 1000).tolist(),
        {name: getattr(some, ours).tolist() for name, ours in NAMES.items()},
        start_ms=begin,
        received_at=datetime.fromtimestamp(begin / 1000, tz=UTC),
        origin=Origin.LIVE,
        cells=packed(np.round(1000 * some.cells_v).astype(int).tolist()) if len(some) else None,
    )


class Place:
    """A car in a real store, and a worker that looks at it."""

    def __init__(self, ingest: Pool, worker: Pool) -> None:
        self.car = register(Registry(worker))
        self.sink, self.worker = Telemetry(ingest), worker
        self.windows, self.book = Windows(worker), Assessments(worker)

    def look(self, now: datetime = NOW) -> Assessment:
        return assess_vehicle(
            self.windows, self.book, Alerts(self.worker), self.car.vehicle_id, now
        )

    def opening(self) -> Opening:
        found = self.book.open(self.car.vehicle_id)
        assert found is not None
        return found

    def from_scratch(self) -> Assessment:
        bare = replace(self.opening(), checkpoint=None, late_from=None)
        return examine(self.windows, bare, NOW).assessment


@pytest.fixture
def place(ingest: Pool, worker: Pool) -> Place:
    return Place(ingest, worker)


@pytest.mark.database
def test_daily_runs_end_where_one_run_from_the_first_day_does(place: Place) -> None:
    order = [0, 1, 2, 3, 5, 6, 4, 7, 8, 9, 12, 11, 10]
    for number, day in enumerate(order):
        place.sink.commit([day_of(place.car, day)], [])
        if number % 2:
            assert repr(place.look()) == repr(place.from_scratch())
    assert place.opening().checkpoint is not None


@pytest.mark.database
def test_a_worker_killed_between_reading_and_saving_leaves_no_checkpoint_that_lies(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(6):
        place.sink.commit([day_of(place.car, day)], [])
    place.look()
    kept = place.opening().checkpoint

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("store.results.assessments._keep", killed)
        for day in (7, 6):
            place.sink.commit([day_of(place.car, day)], [])
            with pytest.raises(KeyboardInterrupt):
                place.look()
            assert place.opening().checkpoint == kept, "half a transaction was kept"
    assert repr(place.look()) == repr(place.from_scratch())
    assert place.opening().checkpoint != kept


@pytest.mark.database
def test_what_is_learnt_outlives_the_rows_and_a_rebuild_says_what_is_lost(place: Place) -> None:
    for day in range(12):
        place.sink.commit([day_of(place.car, day)], [])
    before = place.look()
    windows = before.facts["capacity_windows"]
    assert isinstance(windows, list)
    last = datetime.fromtimestamp(START_MS / 1000 + 12 * 86_400, tz=UTC)
    Retention(place.worker).run(last + TERMS[DataClass.RAW] - timedelta(days=6))
    place.sink.commit([day_of(place.car, 12)], [])
    after = place.look()
    assert after.facts["from_ms"] == before.facts["from_ms"]
    assert after.facts["history_lost"] is False
    assert after.facts["capacity_windows"][: len(windows)] == windows  # type: ignore[index]

    late = day_of(place.car, 8, shift_ms=1000)  # a day that is there, told again a second later
    place.sink.commit([replace(late, batch=replace(late.batch, seq=99))], [])
    rebuilt = place.look()
    assert rebuilt.facts["history_lost"] is True
    assert rebuilt.facts["from_ms"] > before.facts["from_ms"]  # type: ignore[operator]
    starts = [w["start_ms"] for w in rebuilt.facts["capacity_windows"]]  # type: ignore[attr-defined]
    gone = rebuilt.facts["from_ms"] // DAY_MS * DAY_MS  # type: ignore[operator]
    old = [w["start_ms"] for w in windows if w["end_ms"] < gone]
    assert old
    assert starts == sorted(set(starts))
    assert starts[: len(old)] == old
    place.sink.commit([day_of(place.car, 13)], [])
    later = place.look()
    assert later.facts["history_lost"] is True
    assert later.facts["capacity_windows"][: len(old)] == windows[: len(old)]  # type: ignore[index]


@pytest.mark.database
def test_a_wiped_time_leaves_no_memory_of_it(place: Place, database: Database) -> None:
    for day in range(6):
        place.sink.commit([day_of(place.car, day)], [])
    place.look()
    opening = place.opening()
    assert opening.checkpoint is not None
    begin = datetime.fromtimestamp(START_MS / 1000, tz=UTC)
    Retention(place.worker).erase_tenure(place.car.vehicle_id, begin, begin + timedelta(days=3))
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM checkpoints").fetchone() == (0,)
    place.book.save(told(place.car), opening.checkpoint)  # of a run that had begun before
    assert place.opening().checkpoint is None
    assert place.book.due(9) == [place.car.vehicle_id]
    assert repr(place.look()) == repr(place.from_scratch())


@pytest.mark.database
def test_twins_are_assessed_like_the_car_whose_history_was_copied(
    place: Place, ingest: Pool, worker: Pool
) -> None:
    for day in range(5):
        place.sink.commit([day_of(place.car, day)], [])
    place.look()
    twin = register(Registry(worker), "twin")
    twins = Twins(
        tenant_id=twin.tenant_id,
        car=place.car.vehicle_id,
        vehicles=[twin.vehicle_id],
        devices=[twin.device_id],
    )
    begin = datetime.fromtimestamp(START_MS / 1000, tz=UTC)
    copy_rows(ingest, twins, sorted(NAMES), begin, begin + timedelta(days=9))
    copy_latest(ingest, twins)
    copy_checkpoints(worker, twins)
    assert checkpoint_kb(worker, [twin.vehicle_id]) > 1
    cars = (place.car, twin)
    for day in (5, 6):
        place.sink.commit([day_of(car, day) for car in cars], [])
    kept = []
    for car in cars:
        place.car = car
        opening = place.opening()
        assert opening.checkpoint is not None
        assert opening.late_from is None
        said = place.look()
        assert repr(said) == repr(place.from_scratch())
        kept.append(replace(said, vehicle_id=0, input_digest=""))
    assert repr(kept[0]) == repr(kept[1])


def test_a_charge_over_midnight_is_counted_once() -> None:
    house = Memory()
    car = register(house.registry)
    charge = Charge(
        start_ms=NOON_MS - 3_600_000, end_ms=NOON_MS, soc_start_pct=10, soc_end_pct=90, charge_ah=90
    )
    house.sink().commit([at(car, 0, 1), at(car, 1, 40, records=(charge,))], [])
    for _ in range(2):
        said = assess_vehicle(house.windows, house.assessments, house.alerts, car.vehicle_id, NOW)
        assert len(said.facts["capacity_windows"]) == 1  # type: ignore[arg-type]
