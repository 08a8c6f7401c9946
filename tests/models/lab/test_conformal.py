"""What the intervals promise, on numbers whose law is known."""

from __future__ import annotations

import numpy as np
import pytest

from models.lab import metrics
from models.lab.committee import Committee, LinearMember, Member
from models.lab.conformal import jackknife_plus, split_conformal, upper_quantile


def _lines() -> Committee:
    every = Member(make=LinearMember, columns=(0, 1, 2, 3, 4))
    return Committee(
        members=(every, Member(make=LinearMember, columns=(0, 3))), reach=np.full(5, 0.5)
    )


def _law(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 5))
    return features, 2 * features[:, 0] - features[:, 3] + rng.standard_t(4, count)


def test_jackknife_plus_covers_what_it_says_over_many_draws() -> None:
    hits = trials = 0
    for seed in range(25):
        features, target = _law(40, seed)
        wrapped = jackknife_plus(_lines, features, target)
        new, truth = _law(40, seed + 1000)
        low, high = wrapped.interval(new, 0.9)
        hits += int(((low <= truth) & (truth <= high)).sum())
        trials += len(truth)
    assert 0.86 < hits / trials < 0.96


def test_jackknife_plus_is_narrower_than_split_conformal() -> None:
    ours, baseline = [], []
    for seed in range(15):
        features, target = _law(40, seed)
        low, high = jackknife_plus(_lines, features, target).interval(features, 0.9)
        rng = np.random.default_rng(seed)
        _, half = split_conformal(_lines, features, target, level=0.9, rng=rng)
        ours.append(float(np.median(high - low)))
        baseline.append(2 * half)
    assert np.median(ours) < np.median(baseline)


def test_too_few_samples_for_the_level_give_an_endless_interval() -> None:
    assert np.isinf(upper_quantile(np.arange(5.0), 0.9))
    assert upper_quantile(np.arange(19.0), 0.9) == 17.0


def test_exact_binomial_interval_is_the_published_one() -> None:
    low, high = metrics.binomial_interval(8, 10)  # R: binom.test(8, 10) -> 0.4439045 0.9747893
    assert [low, high] == pytest.approx([0.4439045, 0.9747893], abs=1e-6)
