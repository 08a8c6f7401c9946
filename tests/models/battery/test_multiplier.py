"""A fleet moves a car's prior as far as it is known, and never to certainty."""

from __future__ import annotations

import numpy as np
import pytest

from models.battery.ageing.fleet_prior import Fit, Multiplier, shrunk

LITERATURE = Multiplier(median=2.0, spread=0.5)


def posterior(truth: float, own_sd: float, chance: np.random.Generator) -> Fit:
    """What a car's own history says of its multiplier, under the literature's prior."""
    seen = truth + chance.normal(0, own_sd)
    weight = 1 / own_sd**2 + 1 / LITERATURE.spread**2
    mean = (seen / own_sd**2 + np.log(LITERATURE.median) / LITERATURE.spread**2) / weight
    return Fit(log_mean=float(mean), log_sd=float(weight**-0.5))


def fleet(cars: int, at: float = 3.0, tau: float = 0.2, own_sd: float = 0.3) -> Multiplier:
    chance = np.random.default_rng(8)
    return shrunk(
        [posterior(np.log(at) + chance.normal(0, tau), own_sd, chance) for _ in range(cars)],
        LITERATURE,
    )


def test_no_car_and_no_history_leave_the_literature() -> None:
    assert shrunk([], LITERATURE) == LITERATURE
    assert shrunk([Fit(log_mean=1.0, log_sd=0.499)] * 50, LITERATURE) == LITERATURE


def test_a_fleet_pulls_the_prior_towards_itself_but_not_the_whole_way() -> None:
    few, many = fleet(3), fleet(300)
    assert LITERATURE.median < many.median < 3.0
    assert many.median == pytest.approx(2.6, abs=0.2)
    assert abs(np.log(few.median / 2)) < abs(np.log(many.median / 2)) + 0.1
    assert many.cars == 300


def test_a_fleet_narrows_the_prior_only_when_it_is_large() -> None:
    few, many = fleet(3), fleet(300)
    assert many.spread < few.spread
    assert 0.2 < many.spread < LITERATURE.spread
