"""Energy at a stated temperature and power, against what is known of the pack when new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.health import Estimate, Silence
from domain.methods import Method
from domain.vehicle import Chemistry
from models.battery.ageing.fleet import Fleet
from models.battery.capacity.capacity import energy_answer
from models.battery.capacity.charge_windows import ChargeWindow
from models.battery.capacity.energy import LONG, Losses, losses, reference_kwh, whole_span
from models.battery.capacity.new_value import (
    NewValue,
    against,
    new_capacity,
    new_energy,
    of_fleet,
)
from models.battery.family import assess
from tests.models.battery.packs import Pack, simulate
from tests.models.battery.windows import CAR, NMC_CAR, window_of

DAY = 86_400_000
CAPACITY_AH, OCV_V, OHM = 150.0, 350.0, 0.1


def charge(
    day: int, current_a: float, temperature_c: float = 25.0, cold: float = 1.0
) -> ChargeWindow:
    """A charge of the whole span of a pack with one voltage and one resistance."""
    hours = CAPACITY_AH / current_a
    volts = OCV_V + current_a * OHM * cold
    return ChargeWindow(
        start_ms=day * DAY,
        end_ms=day * DAY + int(hours * 3.6e6),
        soc_from_pct=0.0,
        soc_to_pct=100.0,
        charge_ah=CAPACITY_AH,
        charge_sd_ah=0.3,
        soc_sd_pct=1.4,
        energy_kwh=CAPACITY_AH * volts / 1000,
        loss_a2h=current_a**2 * hours,
        temperature_c=temperature_c,
        current_a=current_a,
        coverage=1.0,
        odometer_km=1000.0,
    )


MEASURED = Losses(mohm=1000 * OHM, measured=True, rated_ah=CAPACITY_AH)
TRUE_KWH = CAPACITY_AH * (OCV_V - CAPACITY_AH / 3 * OHM) / 1000


@pytest.mark.parametrize("current_a", [15.0, 60.0, 220.0])
def test_the_energy_at_c_3_does_not_depend_on_how_fast_it_was_charged(current_a: float) -> None:
    assert reference_kwh(charge(0, current_a), Chemistry.NMC, MEASURED) == pytest.approx(TRUE_KWH)


def test_a_cold_charge_is_brought_to_25_degrees() -> None:
    cold = MEASURED.at(-5.0) / MEASURED.mohm
    assert 2 < cold < 4
    found = reference_kwh(charge(0, 60.0, -5.0, cold), Chemistry.NMC, MEASURED)
    assert found == pytest.approx(TRUE_KWH)


def test_the_part_of_the_span_that_was_charged_is_not_taken_for_the_whole() -> None:
    for chemistry in (Chemistry.NMC, Chemistry.LFP, Chemistry.UNKNOWN):
        assert whole_span(chemistry, 0, 100) == 1.0
        assert whole_span(chemistry, 50, 100) < 1 < whole_span(chemistry, 0, 40)


def test_the_answer_says_its_reference_and_doubts_an_unmeasured_resistance() -> None:
    charges = [charge(day, 30.0) for day in range(0, 40, 4)]
    known = energy_answer(charges, Chemistry.NMC, 1000 * OHM / LONG, (), CAPACITY_AH)
    typical = energy_answer(charges, Chemistry.NMC, 0.0, (), CAPACITY_AH)
    assert isinstance(known, Estimate)
    assert isinstance(typical, Estimate)
    assert (known.detail["reference_temperature_c"], known.detail["reference_c_rate"]) == (
        25.0,
        0.333,
    )
    assert known.low < TRUE_KWH < known.high
    assert (known.detail["resistance_measured"], typical.detail["resistance_measured"]) == (
        True,
        False,
    )
    assert typical.high - typical.low > known.high - known.low
    assert known.method is Method.CHARGED_ENERGY_LESS_LOSSES
    assert losses([], Chemistry.NMC, 0.0).mohm == 0.0


def test_what_is_new_is_the_maker_s_else_the_fleet_s_else_the_nameplate_s() -> None:
    bare = replace(NMC_CAR, rated_energy_kwh=None, cells_in_series=96)
    fleet = NewValue(value=41.0, sd=0.6, source="fleet", cars=25)
    assert new_energy(NMC_CAR, Chemistry.NMC, fleet) == NewValue(value=42.0)
    assert new_energy(bare, Chemistry.NMC, fleet) == fleet
    nominal = new_energy(bare, Chemistry.NMC)
    assert nominal is not None
    assert (nominal.source, round(nominal.value, 2)) == ("nominal_voltage", 42.05)
    assert new_energy(bare, Chemistry.UNKNOWN) is None
    assert new_energy(replace(bare, cells_in_series=None), Chemistry.NMC) is None
    assert new_capacity(CAR) is None
    assert new_capacity(CAR, fleet) == fleet


def test_a_new_value_that_is_not_the_maker_s_widens_the_interval_and_names_its_source() -> None:
    kwh = Estimate(value=38.0, low=37.0, high=39.0, unit="kWh", method=Method.UNSTATED)
    rated = against(kwh, NewValue(value=40.0), "rated_energy")
    guessed = against(kwh, NewValue(value=40.0, sd=0.8, source="nominal_voltage"), "rated_energy")
    assert isinstance(rated, Estimate)
    assert isinstance(guessed, Estimate)
    assert (rated.low, rated.value, rated.high) == (92.5, 95.0, 97.5)
    assert guessed.value == 95.0
    assert guessed.high - guessed.low > rated.high - rated.low
    assert guessed.detail["new_source"] == "nominal_voltage"
    silent = against(kwh, None, "rated_energy")
    assert isinstance(silent, Silence)
    assert silent.missing == "rated_energy"


def test_a_fleet_s_new_value_comes_from_young_cars_and_enough_of_them() -> None:
    chance = np.random.default_rng(3)
    young = [
        (float(age), 120 * (1 - 0.015 * age) + chance.normal(0, 1.5))
        for age in chance.uniform(0, 1, 60)
    ]
    old = [(5.0, 100.0)] * 200
    found = of_fleet([*young, *old])
    assert found is not None
    assert found.value == pytest.approx(120, abs=1.0)
    assert (found.cars, found.source) == (60, "fleet")
    assert found.sd > 1.0
    assert of_fleet([*young[:10], *old]) is None


def test_a_car_without_a_rated_value_is_held_against_its_fleet() -> None:
    rows = simulate(Pack(seed=1, capacity_ah=111.0))
    fleet = Fleet(new_ah=NewValue(value=120.0, sd=1.5, source="fleet", cars=40))
    told = assess(window_of(rows), replace(CAR, chemistry=Chemistry.NMC), fleet=fleet)
    soh = told.answers["capacity_soh"]
    assert isinstance(soh, Estimate)
    assert soh.low < 100 * 111 / 120 < soh.high
    assert (soh.detail["new_source"], soh.detail["new_cars"]) == ("fleet", 40)
