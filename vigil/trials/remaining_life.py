"""The trial of the remaining-life estimator: a test table, or five folds of the training machines.

Nothing of a test machine is seen before it is scored; truth is capped like the training lives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.lab import metrics
from models.lab.remaining.estimator import RemainingLife
from models.lab.remaining.local_interval import LEVEL
from models.lab.remaining.runs import LIFE_CAP, Run

Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]
FOLDS, SIBLINGS = 5, 5
CUTS = 10
"""Times each machine of a fold is cut off: one cut is a draw of luck."""
_EARLIEST = 30
"""Rows a machine has run before it is cut; published tests begin at 31."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutScores:
    """Truth, prediction and ends of the interval at the cuts, each [n], in cycles."""

    truth: Floats
    predicted: Floats
    low: Floats
    high: Floats


def on_test(
    train: Sequence[Run], test: Sequence[Run], lives: Floats, seed: int, say: Say
) -> CutScores:
    """The last row of each test machine."""
    model = RemainingLife(seed=seed).fit(train, say)
    predicted = np.array([model.predict(run)[-1] for run in test])
    low, high = model.interval(predicted)
    return CutScores(truth=np.minimum(lives, LIFE_CAP), predicted=predicted, low=low, high=high)


def by_folds(runs: Sequence[Run], seed: int, say: Say) -> tuple[CutScores, float]:
    """Machines left out by fifths and cut at random; also the error over every row of theirs."""
    rng = np.random.default_rng(seed)
    fold_of = rng.permutation(len(runs)) % FOLDS
    cuts = [_cuts(run, rng) for run in runs]
    told: list[tuple[Floats, ...]] = []
    every: list[Floats] = []
    for fold in range(FOLDS):
        kept = [run for run, at in zip(runs, fold_of, strict=True) if at != fold]
        model = RemainingLife(seed=seed + fold, count=SIBLINGS).fit(kept)
        for number in np.flatnonzero(fold_of == fold).tolist():
            predicted, truth = model.predict(runs[number]), runs[number].remaining()
            every.append(predicted - truth)
            at = cuts[number]
            told.append((truth[at], predicted[at], *model.interval(predicted[at])))
        say(f"fold {fold + 1} of {FOLDS}")
    truth, predicted, low, high = (np.concatenate(part) for part in zip(*told, strict=True))
    found = CutScores(truth=truth, predicted=predicted, low=low, high=high)
    return found, float(np.sqrt(np.mean(np.concatenate(every) ** 2)))


def _cuts(run: Run, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    rows = len(run.cycles)
    first = min(_EARLIEST, rows // 2)
    return np.asarray(rng.integers(first, rows, CUTS), dtype=np.intp)


def scores(told: CutScores) -> dict[str, object]:
    """`rmse` and `mae` in cycles, `score` of PHM08, and what the 90 % intervals hold."""
    covered = metrics.coverage_report(told.low, told.high, told.truth, LEVEL)
    return {
        "rmse": metrics.rmse(told.predicted, told.truth),
        "mae": metrics.mae(told.predicted, told.truth),
        "score": phm08(told.predicted, told.truth),
        "coverage90": covered["coverage"],
        "coverage90_exact_interval": covered["exact_interval"],
        "width90": float(np.median(told.high - told.low)),
    }


def phm08(predicted: Floats, truth: Floats) -> float:
    """Sum of exp(d / 10) - 1 for late and exp(-d / 13) - 1 for early predictions (Saxena 2008).

    >>> round(phm08(np.array([110.0, 87.0]), np.array([100.0, 100.0])), 4)
    3.4366
    """
    late = predicted - truth
    return float(np.sum(np.where(late >= 0, np.expm1(late / 10), np.expm1(-late / 13))))
