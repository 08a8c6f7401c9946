"""Cox's line and the scores of survival against plain counting and known answers."""

from __future__ import annotations

import numpy as np
import pytest

from models.lab.survival.columns import Features
from models.lab.survival.cox import Cox, breslow, calibration_slope
from models.lab.survival.curves import nelson_aalen
from models.lab.survival.hazard import Hazard
from models.lab.survival.members import Lives
from models.lab.survival.periods import Periods
from models.lab.survival.scores import brier_times, concordance, integrated_brier


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, times and events of proportional, linear lives with slopes 0.8 and -0.5."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3))
    time = rng.exponential(size=count) / np.exp(0.8 * x[:, 0] - 0.5 * x[:, 1])
    gone = rng.uniform(0, 4, count)
    return x, np.minimum(time, gone), (time <= gone).astype(np.int64)


def test_concordance_counts_every_comparable_pair() -> None:
    rng = np.random.default_rng(1)
    time, event = rng.integers(1, 20, 80).astype(float), rng.integers(0, 2, 80)
    risk = rng.integers(0, 5, 80).astype(float)
    right = pairs = 0.0
    for i in range(80):
        for j in range(80):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if event[i] and later and i != j:
                pairs += 1
                right += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    assert concordance(risk, time, event) == (right, pairs)


def test_brier_of_certain_truth_is_zero_and_of_a_coin_a_quarter() -> None:
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 1, 1])
    times = np.linspace(1, 4, 50)
    truth = (time[:, None] > times).astype(float)
    watched = (time, event)
    assert integrated_brier(truth, times, time, event, watched) == 0
    coin = np.full((4, 50), 0.5)
    assert integrated_brier(coin, times, time, event, watched) == pytest.approx(0.25)


def test_brier_is_not_moved_by_censoring() -> None:
    rng = np.random.default_rng(5)
    time, gone = rng.exponential(1, 20000), rng.exponential(2, 20000)
    seen, event = np.minimum(time, gone), (time <= gone).astype(np.int64)
    times = np.linspace(0.1, 2, 40)
    said = np.tile(np.exp(-times), (20000, 1))
    whole = integrated_brier(
        said, times, time, np.ones(20000, dtype=np.int64), (time, event * 0 + 1)
    )
    censored = integrated_brier(said, times, seen, event, (seen, event))
    assert censored == pytest.approx(whole, rel=0.02)


def test_brier_times_end_where_few_are_watched() -> None:
    time = np.append(np.linspace(1, 10, 100), [50.0])
    event = np.append(np.tile([0, 0, 0, 1], 25), [1])
    assert brier_times(time, event)[-1] < 50


def test_cox_finds_slopes_and_the_common_hazard() -> None:
    x, time, event = drawn(4000, seed=2)
    cox = Cox().fit(x, time, event)
    assert cox.slope / x.std(axis=0) == pytest.approx([0.8, -0.5, 0.0], abs=0.06)
    said = cox.cumulative_hazard(np.zeros((1, 3)), np.array([0.5, 1.0, 2.0]))[0]
    assert said == pytest.approx([0.5, 1.0, 2.0], rel=0.12)


def test_breslow_without_risks_is_nelson_aalen() -> None:
    _, time, event = drawn(300, seed=3)
    time = np.ceil(time * 5)
    one, other = breslow(np.zeros(300), time, event), nelson_aalen(time, event)
    assert one.values == pytest.approx(other.values)


def test_slope_of_calibration_tells_predictions_that_reach_too_far() -> None:
    x, time, event = drawn(3000, seed=4)
    truth, folds = 0.8 * x[:, 0] - 0.5 * x[:, 1], np.arange(3000) % 5
    assert calibration_slope(truth, time, event, folds) == pytest.approx(1, abs=0.08)
    assert calibration_slope(2 * truth, time, event, folds) == pytest.approx(0.5, abs=0.05)
    assert calibration_slope(np.ones(3000), time, event, folds) is None


def test_periods_keep_exposure_and_ends() -> None:
    _, time, event = drawn(500, seed=6)
    periods = Periods.of(time, event)
    assert periods.exposure(time).sum(axis=1) == pytest.approx(time)
    assert periods.ended(time, event).sum(axis=1).tolist() == event.tolist()
    ended = periods.ended(time, event).sum(axis=0)
    assert ended.max() < 3 * max(ended.mean(), 1)
    flat = np.full((1, len(periods.edges) - 1), 0.3)
    asked = np.array([0.0, 0.7, 2 * periods.edges[-1]])
    assert periods.cumulative(flat, asked)[0] == pytest.approx(0.3 * asked)


def test_weibull_beside_strong_risks_is_found_and_not_circled() -> None:
    rng = np.random.default_rng(7)
    hot = np.repeat([0.0, 3.0, 6.0, 9.0], 30)
    time = 1000 * (rng.exponential(size=120) / np.exp(hot)) ** (1 / 4)
    features = Features(rows=120, numbers={"hot": hot}, texts={})
    event = np.ones(120, dtype=np.int64)
    lives = Lives(features=features, time=time, event=event, group=np.arange(120))
    hazard = Hazard().fit(lives)
    asked = np.quantile(time, [0.2, 0.5, 0.8])
    said = hazard.cumulative_hazard(features, asked)
    truth = np.exp(hot)[:, None] * (asked / 1000) ** 4
    assert np.abs(np.exp(-said) - np.exp(-truth)).mean() < 0.06
