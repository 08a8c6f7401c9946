"""The forecast's prior is not the simulator it is judged on: other laws, other numbers."""

from __future__ import annotations

import numpy as np

from domain.vehicle import Chemistry
from models.battery.ageing import particles, prior
from simulators.battery import ageing, life

_COMMON = {0.5, 0.0, 1.0}  # a square root or a factor of one is nobody's parameter


def _numbers(*tables: object) -> set[float]:
    found: set[float] = set()
    for table in tables:
        assert isinstance(table, dict)
        found |= {abs(float(v)) for v in table.values()}
    return found - _COMMON


def test_no_parameter_of_the_prior_is_one_of_the_simulator() -> None:
    parameters = _numbers(*prior.PARAMETERS.values())
    simulated = _numbers(dict(ageing.SCHMALSTIEG), dict(ageing.NAUMANN))
    assert len(parameters) > 10
    assert len(simulated) > 20
    assert not parameters & simulated
    assert life.KNEE_CYCLES != particles.KNEE_CYCLES
    spreads = {spread for _, spread in prior.MULTIPLIER.values()}
    assert life.FACTOR_SPREAD not in spreads


def test_the_two_age_the_same_car_differently() -> None:
    years = np.array([8.0])
    for chemistry, cell_v in ((Chemistry.NMC, 3.75), (Chemistry.LFP, 3.27)):
        age = ageing.Age(chemistry=chemistry.value)
        age.suffer(
            ageing.Stress(
                days=2922,
                full_cycles=480,
                temperature_k=298.15,
                soc=0.6,
                cell_v=cell_v,
                depth=0.5,
                c_rate=0.3,
                charge_c_rate=0.3,
            )
        )
        stress = prior.Stress(cycles_per_year=60)
        expected = float(prior.fade(years, stress, chemistry)[0])
        assert abs(age.lithium_lost - expected) > 0.02
