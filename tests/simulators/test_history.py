"""History: same seed, same bytes; full rate and history rate tell the same car."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from firmware_contracts import codec
from firmware_contracts.durations import DAY_MS
from firmware_contracts.records import Charge, Crank, Parked, Trip
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Origin, TelemetryBatch
from simulators.calendar import calendar
from simulators.car import Car, CarPlan
from simulators.fleet import load
from simulators.telemetry_batches import Stream, batches, history
from tests.simulators.cars import UNTIL_MS, fault, plan

STREAM = Stream(stream=b"s" * 16, boot=b"b" * 16)
DAYS = 6


def grown(car_plan: CarPlan, days: int = DAYS, frame_s: float = 60.0) -> list[TelemetryBatch]:
    car = Car(car_plan, UNTIL_MS - days * DAY_MS)
    return list(batches(calendar(car, UNTIL_MS), STREAM, frame_s, car))


def column(told: list[TelemetryBatch], name: str) -> np.ndarray:
    signal = BY_NAME[name].id
    parts = []
    for batch in told:
        block = batch.real if signal in batch.real.signals else batch.wide
        parts.append(block.values[:, block.signals.index(signal)].astype(float))
    return np.concatenate(parts)


def ticks(told: list[TelemetryBatch]) -> np.ndarray:
    return np.concatenate([batch.ticks_ms for batch in told])


def records(told: list[TelemetryBatch], kind: type) -> list[Any]:
    return [record for batch in told for record in batch.records if isinstance(record, kind)]


@pytest.mark.parametrize("spec", ["bev_nmc", "bev_lfp", "phev", "petrol", "diesel"])
def test_same_seed_same_bytes_other_seed_other_bytes(spec: str) -> None:
    first = [codec.encode(batch) for batch in grown(plan(spec, seed=3), days=2)]
    again = [codec.encode(batch) for batch in grown(plan(spec, seed=3), days=2)]
    other = [codec.encode(batch) for batch in grown(plan(spec, seed=4), days=2)]
    assert first == again
    assert first != other


@pytest.mark.parametrize("spec", ["bev_nmc", "phev", "diesel"])
def test_history_keeps_the_contract(spec: str) -> None:
    told = grown(plan(spec))
    assert all(batch.origin is Origin.IMPORT for batch in told)
    assert [batch.seq for batch in told] == list(range(len(told)))
    assert (np.diff(ticks(told)) > 0).all()
    assert (np.diff(column(told, "odometer_m")) >= 0).all()
    for batch in told:
        read = codec.unseal(codec.seal(codec.encode(batch))).batch
        np.testing.assert_array_equal(read.ticks_ms, batch.ticks_ms)
        np.testing.assert_allclose(read.real.values, batch.real.values, rtol=1e-6)
        assert read.records == batch.records
        if batch.cells is not None:
            assert read.cells is not None
            np.testing.assert_array_equal(read.cells.values, batch.cells.values)


@pytest.mark.parametrize("kind", [Trip, Charge, Parked])
def test_records_do_not_overlap(kind: type) -> None:
    told = grown(plan("bev_nmc", habit="long_commuter"), days=14)
    spans = [(r.start_ms, r.end_ms) for r in records(told, kind)]
    assert len(spans) >= 2
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


# Features at 1 s and at 60 s of one life: what, tolerance.
def features(told: list[TelemetryBatch], weak: int) -> dict[str, float]:
    t = ticks(told) / 1000
    soc, current = column(told, "soc_pct"), column(told, "pack_current_a")
    charging = column(told, "charging_state") == 1
    step = np.diff(t, prepend=t[0])
    inside = charging & np.roll(charging, 1) & (step <= 60)
    ah = float((current * step)[inside].sum()) / 3600
    gained = float(np.diff(soc, prepend=soc[0])[inside].sum())
    cells = np.concatenate([batch.cells.values for batch in told if batch.cells is not None])
    quiet = np.abs(current) < 1
    deviation = cells[quiet, weak - 1] - np.median(cells[quiet], axis=1)
    return {
        "capacity_ah": 100 * ah / gained,
        "deviation_mv": float(np.median(deviation)),
        "distance_km": float(np.ptp(column(told, "odometer_m"))) / 1000,
        "tyre_kpa": float(np.median(column(told, "tyre_rl_kpa"))),
    }


TOLERANCE = {"capacity_ah": 0.02, "deviation_mv": 0.08, "distance_km": 1e-6, "tyre_kpa": 0.04}
"""Relative. The tyre's median differs because at 1 s warm driving weighs more than parking."""


def test_full_rate_and_history_rate_give_the_same_features() -> None:
    car_plan = plan("bev_nmc", fault("weak_cell", "cell_37", days_ago=60, days_left=40))
    slow, fast = grown(car_plan), grown(car_plan, frame_s=1.0)
    assert len(ticks(fast)) > 5 * len(ticks(slow))
    at_60_s, at_1_s = features(slow, 37), features(fast, 37)
    for name, tolerance in TOLERANCE.items():
        assert at_60_s[name] == pytest.approx(at_1_s[name], rel=tolerance), name
    assert records(slow, Crank) == records(fast, Crank)
    assert records(slow, Trip) == records(fast, Trip)


def test_warm_up_of_the_frames_is_that_of_the_record() -> None:
    """Frames are rounded to whole degrees: half a degree is up to 45 s of a slow warm-up."""
    told = grown(plan("petrol"), frame_s=1.0)
    t, coolant = ticks(told), column(told, "coolant_temperature_c")
    checked = 0
    for trip in records(told, Trip):
        if trip.warmup_s is None:
            continue
        inside = (t >= trip.start_ms) & (t <= trip.end_ms)
        warm = t[inside][np.argmax(coolant[inside] >= 70)]
        assert (warm - trip.start_ms) / 1000 == pytest.approx(trip.warmup_s, abs=45)
        checked += 1
    assert checked >= 3


def test_a_trouble_code_is_told_once() -> None:
    stuck = fault("thermostat_stuck_open", "thermostat", days_ago=28, days_left=100, law="step")
    told = grown(plan("petrol", stuck), days=10)
    assert [event.code for batch in told for event in batch.events] == ["P0128"]


def test_a_history_of_the_demo_pair_is_a_matter_of_seconds_not_minutes() -> None:
    rows = 0
    for car_plan in load("demo").plans(11, UNTIL_MS, 2):
        car = Car(car_plan, UNTIL_MS - 30 * DAY_MS)
        rows += sum(batch.rows for batch in history(car, UNTIL_MS, STREAM))
    assert rows > 3000
