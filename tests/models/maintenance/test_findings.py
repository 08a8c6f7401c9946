"""Maintenance findings: what is wrong, since when, due when; and silence on healthy cars."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.health import Estimate, Finding, Severity, Silence
from domain.readings import Day, Window
from domain.vehicle import Powertrain, Vehicle
from models.base import Judgement
from models.maintenance.family import MaintenanceCase
from tests.models.maintenance.records import DAYS, START, Record, cranks, nights, trips


def _car(powertrain: Powertrain = Powertrain.PETROL, **more: object) -> Vehicle:
    return Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=powertrain, **more)  # type: ignore[arg-type]


def _judged(car: Vehicle | None = None, **records: list[Record]) -> Judgement:
    case = MaintenanceCase(car or _car())
    no_rows = Window(vehicle_id=1, start_ms=0, end_ms=0, ticks_ms=np.zeros(0, np.int64), columns={})
    case.add(Day(window=no_rows, records=records))
    return case.judgement()


def _one(judgement: Judgement) -> Finding:
    assert len(judgement.findings) == 1, judgement.findings
    return judgement.findings[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_car_raises_nothing(seed: int) -> None:
    judged = _judged(crank=cranks(seed), parked=nights(seed), trip=trips(seed))
    assert judged.findings == ()
    assert {"twelve_volt_weak", "slow_puncture", "thermostat_open"} <= judged.causes


def test_a_battery_whose_resistance_grows_is_weak_and_gets_a_due_interval() -> None:
    finding = _one(_judged(crank=cranks(1, growth=0.022)))
    assert (finding.cause, finding.component) == ("twelve_volt_weak", "lv_battery")
    assert finding.since > START + timedelta(days=30)
    assert finding.values["resistance_ratio"] > 1.45
    assert finding.due_low is not None
    assert finding.due_high is not None
    assert finding.as_of <= finding.due_low <= finding.due_high


def test_it_gets_worse_with_time_and_keeps_its_beginning() -> None:
    early = _one(_judged(crank=cranks(1, growth=0.03, days=42)))
    late = _one(_judged(crank=cranks(1, growth=0.03)))
    assert early.severity == Severity.YELLOW
    assert late.severity == Severity.ORANGE
    assert early.since == late.since


def test_cold_mornings_are_not_a_weak_battery() -> None:
    records = cranks(3)
    for record in records[40:]:
        record["temperature_c"] = -12.0
        record["min_v"] = 12.62 - 200 * 0.0085 * 1.6
    assert _judged(crank=records).findings == ()


def test_a_new_battery_ends_it() -> None:
    worn, new = cranks(1, growth=0.03), cranks(2, days=10)
    for record in new:
        record["start"] = record["end"] = worn[-1]["end"] + timedelta(days=1)  # type: ignore[operator]
    assert _judged(crank=worn + new).findings == ()


def test_resistance_needs_five_starts() -> None:
    silent = _judged(crank=cranks(1, days=2)).answers["twelve_volt_resistance"]
    assert isinstance(silent, Silence)
    spoken = _judged(crank=cranks(1, days=20)).answers["twelve_volt_resistance"]
    assert isinstance(spoken, Estimate)
    assert spoken.low < 8.2 < spoken.high


def test_one_tyre_that_falls_against_the_others_leaks() -> None:
    finding = _one(_judged(parked=nights(1, leak={"rl": 1.2})))
    assert (finding.cause, finding.component) == ("slow_puncture", "tyre_rl")
    assert START + timedelta(days=22) < finding.since < START + timedelta(days=32)
    assert finding.values["kpa_per_day"] == pytest.approx(-1.2, abs=0.35)
    assert finding.due_low is not None


def test_a_cold_spell_and_permeation_are_not_a_leak() -> None:
    spell = [15.0] * 25 + [-12.0] * 15 + [5.0] * 20
    assert _judged(parked=nights(2, celsius=spell)).findings == ()


def test_a_repaired_and_refilled_tyre_ends_it() -> None:
    assert _judged(parked=nights(1, leak={"fl": 1.2}, refill_day=45)).findings == ()


def test_all_four_low_against_the_placard_is_low_pressure_not_a_leak() -> None:
    judged = _judged(_car(tyre_placard_kpa=280.0), parked=nights(4))
    assert {f.cause for f in judged.findings} == {"tyre_pressure"}


def test_a_thermostat_stuck_open_costs_heat_and_never_settles() -> None:
    finding = _one(_judged(trip=trips(1, open_from=30)))
    assert finding.cause == "thermostat_open"
    assert finding.severity == Severity.YELLOW
    assert START + timedelta(days=31) < finding.since < START + timedelta(days=38)
    assert finding.values["kj_per_k_ratio"] > 1.35


def test_a_thermostat_open_from_the_first_day_is_seen_by_its_plateau() -> None:
    assert _one(_judged(trip=trips(1, open_from=0))).cause == "thermostat_open"


def test_short_winter_hops_prove_nothing() -> None:
    hops = trips(1)
    for hop in hops:
        hop |= {"distance_m": 2500.0, "fuel_l": 0.25, "coolant_max_c": 55.0, "coolant_end_c": 55.0}
        hop["start"] = hop["end"] - timedelta(minutes=9)  # type: ignore[operator]
    assert _judged(trip=hops).findings == ()


def test_what_is_known_later_changes_nothing_earlier() -> None:
    whole, half = nights(1, leak={"rl": 1.2}), nights(1, leak={"rl": 1.2}, days=40)
    assert _one(_judged(parked=whole)).since == _one(_judged(parked=half)).since


def test_empty_and_broken_records_are_passed_over() -> None:
    broken: list[Record] = [
        {"start": START, "end": START},
        {"start": START, "end": START, "min_v": "no", "tyre_fl_kpa": None, "coolant_max_c": True},
        {"min_v": 9.0},
        {"start": START, "end": START, "min_v": 250.0},
    ]
    judged = _judged(crank=broken, parked=broken, trip=broken)
    assert judged.findings == ()
    assert judged.causes == frozenset()
    assert DAYS == 60
