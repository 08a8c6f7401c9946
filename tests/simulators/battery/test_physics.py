"""The simulated cell obeys the published numbers and its own bookkeeping."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.battery.ageing import Age, Stress
from simulators.battery.half_cells import solve

_SOC = np.array([0.0, 0.05, 0.1, 0.2, 0.5, 0.9, 1.0])


@pytest.mark.parametrize(
    ("chemistry", "volts"),
    [
        ("nmc", [2.500, 3.109, 3.296, 3.485, 3.751, 4.097, 4.200]),
        ("lfp", [2.500, 2.893, 3.032, 3.176, 3.267, 3.314, 3.600]),
    ],
)
def test_open_circuit_voltage_of_a_new_cell(chemistry: str, volts: list[float]) -> None:
    assert solve(chemistry).voltage(_SOC) == pytest.approx(volts, abs=0.002)


def test_lost_lithium_takes_capacity_and_bends_the_curve() -> None:
    new, aged = solve("nmc"), solve("nmc", lithium_lost=0.1)
    assert aged.capacity == pytest.approx(0.90, abs=0.01)
    middle = np.linspace(0.2, 0.8, 20)
    assert np.abs(aged.voltage(middle) - new.voltage(middle)).max() > 0.005


@pytest.mark.parametrize(
    ("chemistry", "cell_v", "celsius", "calendar", "cycle"),
    [  # eight years, 60 % mean charge, half depth, 800 full cycles
        ("nmc", 3.75, 15, 0.055, 0.167),
        ("nmc", 3.75, 25, 0.124, 0.167),
        ("nmc", 3.75, 35, 0.266, 0.167),
        ("lfp", 3.27, 15, 0.095, 0.036),
        ("lfp", 3.27, 25, 0.121, 0.036),
        ("lfp", 3.27, 35, 0.151, 0.036),
    ],
)
def test_ageing_over_weeks_adds_up_to_the_published_law(
    chemistry: str, cell_v: float, celsius: float, calendar: float, cycle: float
) -> None:
    age = Age(chemistry=chemistry)
    for _ in range(400):
        age.suffer(
            Stress(
                days=2922 / 400,
                full_cycles=2.0,
                temperature_k=celsius + 273.15,
                soc=0.6,
                cell_v=cell_v,
                depth=0.5,
                c_rate=0.3,
                charge_c_rate=0.1,
            )
        )
    assert age.calendar_loss == pytest.approx(calendar, abs=0.002)
    assert age.cycle_loss == pytest.approx(cycle, abs=0.002)
    assert age.resistance > 1.0


def test_fast_charging_in_the_cold_ages_more() -> None:
    def lived(celsius: float) -> float:
        age = Age(chemistry="nmc")
        age.suffer(
            Stress(
                days=30,
                full_cycles=20,
                temperature_k=celsius + 273.15,
                soc=0.5,
                cell_v=3.7,
                depth=0.6,
                c_rate=0.3,
                charge_c_rate=1.0,
            )
        )
        return age.cycle_loss

    assert lived(-5) > 1.5 * lived(25)


def test_a_knee_comes_late_and_takes_active_material() -> None:
    early, late = Age(chemistry="nmc", full_cycles=3000.0), Age(chemistry="nmc", full_cycles=6500.0)
    assert early.negative_lost == 0.0
    assert late.negative_lost > 0.05
