"""Curves and laws of lives against values worked by hand or published."""

from __future__ import annotations

import numpy as np
import pytest

from models.lab.survival.curves import (
    cumulative_incidence,
    kaplan_meier,
    last_times,
    mean_cumulative_function,
    nelson_aalen,
)
from models.lab.survival.weibull import fit_weibull

# Remission times of 21 patients in weeks (Freireich 1963), the example of most textbooks.
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35.0])
RELAPSE = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])


def test_kaplan_meier_gives_the_published_remission_curve() -> None:
    curve = kaplan_meier(WEEKS, RELAPSE)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.values == pytest.approx(published, abs=5e-4)
    assert curve.at(np.array([5.9, 6.0])).tolist() == [1.0, pytest.approx(18 / 21)]


def test_nelson_aalen_sums_failures_over_those_at_risk() -> None:
    curve = nelson_aalen(WEEKS, RELAPSE)
    assert curve.values[:3] == pytest.approx([3 / 21, 3 / 21 + 1 / 17, 3 / 21 + 1 / 17 + 1 / 15])


def test_incidences_of_competing_causes_sum_to_what_has_failed() -> None:
    rng = np.random.default_rng(1)
    time, event = rng.integers(1, 40, 300).astype(float), rng.integers(0, 3, 300)
    shares, ages = cumulative_incidence(time, event), np.arange(40.0)
    failed = shares[1].at(ages) + shares[2].at(ages)
    assert failed == pytest.approx(1 - kaplan_meier(time, event).at(ages))


def test_incidence_is_less_than_one_minus_kaplan_meier_of_the_cause_alone() -> None:
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2, 1, 2, 1])
    assert cumulative_incidence(time, event)[1].values.tolist() == [0.25, 0.5]
    assert kaplan_meier(time, (event == 1).astype(np.int64)).values[-1] == 0.0


def test_mean_cumulative_function_counts_those_still_watched() -> None:
    unit = np.array(["a", "a", "b", "b", "c", "a", "b", "b"])
    time = np.array([5.0, 12.0, 5.0, 8.0, 7.0, 20.0, 10.0, 16.0])
    event = np.array([1, 1, 1, 1, 0, 0, 1, 0])
    curve = mean_cumulative_function(unit, time, event)
    steps = [2 / 3, 2 / 3 + 1 / 2, 2 / 3 + 2 / 2, 2 / 3 + 3 / 2]
    assert curve.values == pytest.approx(steps)
    cost = mean_cumulative_function(unit, time, event, 10.0 * np.ones(8))
    assert cost.values == pytest.approx(10 * curve.values)
    assert last_times(unit, time).tolist() == [20.0, 16.0, 7.0]


def test_weibull_of_the_remission_times_is_the_published_one() -> None:
    law = fit_weibull(WEEKS, np.where(RELAPSE > 0, WEEKS, np.inf))
    assert law.shape == pytest.approx(1.354, abs=2e-3)  # log scale 3.519, 1 / shape 0.739 in SAS, R
    assert np.log(law.scale) == pytest.approx(3.519, abs=2e-3)
    assert law.log_likelihood == pytest.approx(-41.66, abs=0.01)


def test_weibull_solves_its_score_equations() -> None:
    time = np.random.default_rng(2).weibull(2.2, 400) * 900
    law = fit_weibull(time, time)
    raised = time**law.shape
    score = (raised * np.log(time)).sum() / raised.sum() - 1 / law.shape - np.log(time).mean()
    assert score == pytest.approx(0, abs=1e-5)
    assert law.scale == pytest.approx(raised.mean() ** (1 / law.shape), rel=1e-5)
    assert law.shape_90[0] < 2.2 < law.shape_90[1]


def test_weibull_learns_from_every_kind_of_censoring() -> None:
    rng = np.random.default_rng(3)
    time = rng.weibull(1.7, 4000) * 50
    looks = np.arange(0.0, 400.0, 15.0)
    at = np.searchsorted(looks, time)
    last = np.floor(rng.uniform(0, 120, 4000) / 15) * 15  # the look after which it was not seen
    seen = looks[at] <= last
    low, high = np.where(seen, looks[at - 1], last), np.where(seen, looks[at], np.inf)
    law = fit_weibull(low, high)
    assert law.shape == pytest.approx(1.7, rel=0.05)
    assert law.scale == pytest.approx(50, rel=0.04)


def test_weibull_of_weighted_lives_is_that_of_repeated_ones() -> None:
    time, often = np.array([3.0, 5.0, 9.0]), np.array([2, 1, 4])
    repeated = np.repeat(time, often)
    one, other = fit_weibull(time, time, often.astype(float)), fit_weibull(repeated, repeated)
    assert (one.shape, one.scale) == pytest.approx((other.shape, other.scale), rel=1e-6)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [([3.0, 4.0], [np.inf, np.inf], "no life has ended"), ([3.0, 3.0], [3.0, 3.0], "one length")],
)
def test_a_law_that_nothing_decides_is_refused(
    low: list[float], high: list[float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        fit_weibull(np.array(low), np.array(high))


def test_mean_life_and_b10_follow_from_the_law() -> None:
    time = np.random.default_rng(4).exponential(100, 5000)
    law = fit_weibull(time, time)
    assert law.mean() == pytest.approx(time.mean(), rel=0.01)
    assert law.life_of(0.1) == pytest.approx(10.5, rel=0.1)
