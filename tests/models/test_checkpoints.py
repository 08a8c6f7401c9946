"""A run that goes on from a checkpoint ends exactly where one from the first day does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.checkpoint import Checkpoint, Opening
from domain.health import Assessment
from domain.readings import Accepted, Day
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Crank, Parked, Trip
from models.assessment import FAMILIES, assess_vehicle, examine
from models.battery.pack_rows import PackRows
from models.examination import Examination
from models.state import decode, encode
from store.memory import Memory
from tests.models.battery.packs import START_MS, Pack, simulate
from tests.models.battery.windows import NMC_CAR, OneCar, by_day, window_of
from tests.store.fleet import Car, accepted, packed, register

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SIGNALS = {
    "pack_voltage_v": "voltage_v",
    "pack_current_a": "current_a",
    "soc_pct": "soc_pct",
    "probe_max_c": "temperature_c",
    "odometer_m": "odometer_m",
    "vehicle_speed_kmh": "speed_kmh",
}


def said(assessment: Assessment) -> str:
    """All of it but for whose it is, as text: NaN equals NaN."""
    return repr(replace(assessment, vehicle_id=0))


def days_of(rows: PackRows) -> list[Day]:
    return [Day(window=window_of(d, edge - DAY_MS, edge)) for d, edge in by_day(rows)]


@cache
def sick() -> PackRows:
    """A pack with a weak cell, charged over midnight."""
    return simulate(Pack(seed=3, days=14, low_soc={7: 5.0}, cells=24, step_s=60.0))


@pytest.mark.parametrize("vehicle", [NMC_CAR, replace(NMC_CAR, chemistry=Chemistry.UNKNOWN)])
def test_stopping_at_any_midnight_changes_nothing(vehicle: Vehicle) -> None:
    days = days_of(sick())
    assert any(d.window["pack_current_a"][0] > 0.5 for d in days), "no charge crosses midnight"
    through, stopped = Examination(vehicle, FAMILIES), Examination(vehicle, FAMILIES)
    for day in days:
        through.add(day)
        stopped.add(day)
        body = encode(stopped.state())
        stopped = Examination(vehicle, FAMILIES)
        assert stopped.resumed(decode(body))
        assert encode(stopped.state()) == body == encode(through.state())
        assert said(stopped.conclude(NOW)) == said(through.conclude(NOW))


def test_a_checkpoint_is_small() -> None:
    case = Examination(NMC_CAR, FAMILIES)
    for day in days_of(simulate(Pack(seed=5, days=90, step_s=60.0))):
        case.add(day)
    assert len(encode(case.state())) <= 60_000


def test_a_day_that_shows_some_cells_only_is_no_other_pack() -> None:
    days = days_of(sick())
    half = days[6].window.cells
    assert half is not None
    few = replace(half, values=half.values[:, :12], reasons=half.reasons[:, :12])
    days[6] = replace(days[6], window=replace(days[6].window, cells=few))
    case = Examination(NMC_CAR, FAMILIES)
    for day in days:
        case.add(day)
    cells = case.conclude(NOW).facts["cells"]
    assert isinstance(cells, dict)
    assert (cells["count"], cells["days"] > 10) == (24, True)


def test_a_second_run_reads_only_what_is_new() -> None:
    rows = sick()
    car = OneCar(rows.take(rows.t_ms < START_MS + 12 * DAY_MS), NMC_CAR)
    read: list[datetime] = []
    days = car.days

    def counted_days(*span: Any, **parts: Any) -> Any:
        read.append(span[3])
        return days(*span, **parts)

    car.days = counted_days  # type: ignore[method-assign]
    assess_vehicle(car, car, car, 5, NOW)
    car.rows = rows
    assess_vehicle(car, car, car, 5, NOW)
    assert car.checkpoint is not None
    assert [start.timestamp() * 1000 for start in read] == [START_MS, START_MS + 11 * DAY_MS]
    assert said(car.saved[-1]) == said(scratch(car, NMC_CAR))


def scratch(car: OneCar, vehicle: Vehicle) -> Assessment:
    return examine(car, Opening(vehicle=vehicle, span=car.span(5)), NOW).assessment


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda c: replace(c, body=c.body[:-9]),
        lambda c: replace(c, body=encode({"cases": {}})),
        lambda c: replace(c, key="of another release"),
        lambda c: replace(c, edge=NOW + timedelta(days=1)),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_not(spoilt: Any) -> None:
    car = OneCar(sick(), NMC_CAR)
    first = assess_vehicle(car, car, car, 5, NOW)
    assert isinstance(car.checkpoint, Checkpoint)
    car.checkpoint = spoilt(car.checkpoint)
    assert said(assess_vehicle(car, car, car, 5, NOW)) == said(first)


def test_other_facts_of_the_vehicle_are_another_past() -> None:
    car = OneCar(sick(), NMC_CAR)
    assess_vehicle(car, car, car, 5, NOW)
    kept = car.checkpoint
    bigger = replace(NMC_CAR, rated_capacity_ah=160.0)
    car._vehicle = bigger
    assert said(assess_vehicle(car, car, car, 5, NOW)) == said(scratch(car, bigger))
    assert car.checkpoint is not None
    assert car.checkpoint != kept


# -- any order of arrival -------------------------------------------------------------------------


def batches(car: Car) -> list[Accepted]:
    """Six days in pieces of eight hours, with cells, records and events; other rows of a second
    source lie among them."""
    rows = sick()
    events = (Event(kind=EventKind.REPAIR, t_ms=START_MS + 3 * DAY_MS, component="battery"),)
    found = []
    for seq in range(18):
        begin = START_MS + seq * DAY_MS // 3
        some = rows.take((rows.t_ms >= begin) & (rows.t_ms < begin + DAY_MS // 3))
        records: tuple[Any, ...] = (
            Parked(
                start_ms=begin - 7_200_000,
                end_ms=begin + 60_000,
                tyre_fl_kpa=250.0,
                tyre_fr_kpa=251.0,
                tyre_rl_kpa=249.0,
                tyre_rr_kpa=250.0,
                ambient_mean_c=12.0,
            ),
            Crank(
                start_ms=begin,
                end_ms=begin + 900,
                min_v=10.1,
                rest_v=12.6,
                current_peak_a=300.0 + seq,
            ),
            Trip(start_ms=begin, end_ms=begin + 3_600_000, distance_m=9e3, coolant_max_c=88.0),
            Charge(
                start_ms=begin,
                end_ms=begin + 3_000_000,
                soc_start_pct=20.0,
                soc_end_pct=70.0,
                charge_ah=58.0 + seq / 9,
            ),
        )
        volts = [[round(1000 * float(v)) for v in row] for row in some.cells_v]
        found.append(
            accepted(
                car,
                seq,
                ((some.t_ms - begin) / 1000).tolist(),
                {name: getattr(some, ours).tolist() for name, ours in SIGNALS.items()},
                start_ms=begin,
                cells=packed(volts) if volts else None,
                records=records if seq % 3 == 1 else (),
                events=events if seq == 10 else (),
            )
        )
    return found


@cache
def _house() -> tuple[Any, Car, list[Accepted]]:
    """Messages are made once; a house takes copies of what it is told."""
    house = Memory()
    car = register(house.registry)
    return house.registry.vehicle(car.vehicle_id), car, batches(car)


def fresh() -> Memory:
    vehicle, car, _ = _house()
    house = Memory()
    assert register(house.registry).device_id == car.device_id
    house.state.vehicles.clear()
    house.registry.add_vehicle(
        replace(vehicle, powertrain=Powertrain.PHEV, rated_capacity_ah=120.0, cells_in_series=24)
    )
    return house


def look(house: Memory, vehicle_id: int) -> Assessment:
    return assess_vehicle(house.windows, house.assessments, house.alerts, vehicle_id, NOW)


def begin_again(house: Memory, vehicle_id: int) -> Assessment:
    opening = house.assessments.open(vehicle_id)
    assert opening is not None
    return examine(house.windows, replace(opening, checkpoint=None, late_from=None), NOW).assessment


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    order=st.lists(st.integers(0, 17), max_size=10),
    last=st.permutations(range(18)) | st.just(list(range(18))),
    looks=st.sets(st.integers(0, 27), max_size=6),
)
def test_whatever_came_when_and_whoever_looked_meanwhile(
    order: Sequence[int], last: Sequence[int], looks: set[int]
) -> None:
    _, car, told = _house()
    house = fresh()
    sink = house.sink()
    for number, which in enumerate([*order, *last]):
        sink.commit([told[which]], [])
        if number in looks:
            look(house, car.vehicle_id)
            assert said(house.assessments.latest(car.vehicle_id)) == said(  # type: ignore[arg-type]
                begin_again(house, car.vehicle_id)
            )
    once = fresh()
    once.sink().commit(told, [])
    assert said(look(house, car.vehicle_id)) == said(look(once, car.vehicle_id))
    assert said(look(house, car.vehicle_id)) == said(begin_again(house, car.vehicle_id))


def test_what_comes_while_a_run_reads_keeps_its_checkpoint_from_being_believed() -> None:
    _, car, told = _house()
    house = fresh()
    house.sink().commit(told[9:], [])
    days, late = house.windows.days, told[:9]

    def meanwhile(*given: Any, **more: Any) -> Any:
        found = days(*given, **more)
        if late:
            house.sink().commit([late.pop()], [])
        return found

    house.windows.days = meanwhile  # type: ignore[method-assign]
    for _ in range(12):
        look(house, car.vehicle_id)
    assert not late
    assert said(look(house, car.vehicle_id)) == said(begin_again(house, car.vehicle_id))
    assert house.state.checkpoints


def test_a_record_that_ends_today_is_not_late_however_early_it_began() -> None:
    _, car, told = _house()
    house = fresh()
    house.sink().commit(told, [])
    look(house, car.vehicle_id)
    opening = house.assessments.open(car.vehicle_id)
    assert opening is not None
    assert opening.checkpoint is not None
    end_ms = START_MS + 6 * DAY_MS
    assert opening.checkpoint.edge.timestamp() * 1000 < end_ms
    overnight = Charge(
        start_ms=START_MS, end_ms=end_ms, soc_start_pct=10.0, soc_end_pct=90.0, charge_ah=90.0
    )
    house.sink().commit([accepted(car, 90, records=(overnight,), start_ms=end_ms)], [])
    again = house.assessments.open(car.vehicle_id)
    assert again is not None
    assert (again.late_from, again.span[1] if again.span else None) == (
        None,
        datetime.fromtimestamp(end_ms / 1000, tz=UTC),
    )
    assert said(look(house, car.vehicle_id)) == said(begin_again(house, car.vehicle_id))


def test_the_digest_tells_any_two_pasts_apart() -> None:
    days = days_of(sick())
    seen = set()
    for left_out in range(len(days) + 1):
        case = Examination(NMC_CAR, FAMILIES)
        for day in (d for i, d in enumerate(days) if i != left_out):
            case.add(day)
        seen.add(case.conclude(NOW).input_digest)
    assert len(seen) == len(days) + 1
    assert np.all([len(digest) == 32 for digest in seen])
