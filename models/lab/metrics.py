"""Scores: errors, exact intervals of rates, and where each was asked for. No plots, no files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


def rmse(predicted: Floats, truth: Floats) -> float:
    """Root mean square error; NaN when there is nothing to score."""
    return float(np.sqrt(np.mean((predicted - truth) ** 2))) if truth.size else float("nan")


def mae(predicted: Floats, truth: Floats) -> float:
    """Mean absolute error; NaN when there is nothing to score."""
    return float(np.mean(np.abs(predicted - truth))) if truth.size else float("nan")


def mape(predicted: Floats, truth: Floats) -> float:
    """Mean absolute error as a fraction of the truth (0.1 is ten per cent)."""
    return float(np.mean(np.abs(predicted - truth) / np.abs(truth))) if truth.size else float("nan")


def coverage(low: Floats, high: Floats, truth: Floats) -> float:
    """Share of truths inside their interval, 0..1."""
    return float(np.mean((low <= truth) & (truth <= high))) if truth.size else float("nan")


def binomial_interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson 1934) interval of a rate after `hits` of `trials`."""
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits in {trials} trials cannot be")
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, hits, trials - hits + 1) if hits else 0.0
    high = stats.beta.ppf(1 - tail, hits + 1, trials - hits) if hits < trials else 1.0
    return float(low), float(high)


def acceptance_interval(rate: float, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Range of observed shares that a true `rate` produces in `trials`, both ends possible."""
    low, high = stats.binom.interval(level, trials, rate)
    return float(low) / trials, float(high) / trials


def coverage_report(low: Floats, high: Floats, truth: Floats, rate: float) -> Mapping[str, object]:
    """Coverage with its exact interval and whether a true `rate` could have produced it."""
    hits, trials = int(np.sum((low <= truth) & (truth <= high))), int(truth.size)
    accepted = acceptance_interval(rate, trials)
    share = hits / trials
    return {
        "coverage": share,
        "n": trials,
        "exact_interval": list(binomial_interval(hits, trials)),
        "accepted_range": list(accepted),
        "inside": accepted[0] <= share <= accepted[1],
    }
