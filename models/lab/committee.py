"""A committee of small linear models: every subset of few features, the best of them averaged.

With some forty cells, one feature too many costs more than it explains, and the best single
subset changes with each cell left out. So all subsets of at most `max_features` features are
fitted by least squares, ranked by leave-one-out error (exact from the hat matrix, Allen 1974),
and the mean of the `members` best is the prediction. Features are standardised on the training
cells and, when predicting, held within half a training range beyond what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_REACH = 0.5  # of the training range, beyond it


@dataclass(slots=True, kw_only=True)
class LinearCommittee:
    """Estimator: `fit(features [n, p], target [n])`, then `predict(features [m, p]) -> [m]`."""

    max_features: int = 4
    members: int = 20
    centre: Floats = field(init=False)
    scale: Floats = field(init=False)
    low: Floats = field(init=False)
    high: Floats = field(init=False)
    weights: Floats = field(init=False)
    intercept: float = field(init=False)
    chosen: list[tuple[int, ...]] = field(init=False)

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn; needs at least max_features + 3 samples."""
        if len(target) < self.max_features + 3:
            raise ValueError(
                f"{len(target)} samples are too few for {self.max_features} features: "
                f"give at least {self.max_features + 3}"
            )
        self._standardise(features)
        ranked = self._rank((features - self.centre) / self.scale, target)
        self.chosen = [subset for _, subset, _ in ranked]
        self.weights = np.zeros(features.shape[1])
        for _, subset, coefficients in ranked:
            self.weights[list(subset)] += coefficients[1:] / len(ranked)
        self.intercept = float(np.mean([coefficients[0] for _, _, coefficients in ranked]))
        return self

    def predict(self, features: Floats) -> Floats:
        """Mean of the members' predictions, [n]."""
        held = np.clip(features, self.low, self.high)
        return np.asarray(self.intercept + (held - self.centre) / self.scale @ self.weights)

    def extrapolates(self, features: Floats) -> npt.NDArray[np.bool_]:
        """True where a feature lies beyond the reach of the training cells and was held back."""
        return np.asarray(((features < self.low) | (features > self.high)).any(axis=1))

    def _standardise(self, features: Floats) -> None:
        self.centre, spread = features.mean(axis=0), features.std(axis=0)
        self.scale = np.where(spread > 0, spread, 1.0)
        reach = _REACH * np.ptp(features, axis=0)
        self.low, self.high = features.min(axis=0) - reach, features.max(axis=0) + reach

    def _rank(self, z: Floats, target: Floats) -> list[tuple[float, tuple[int, ...], Floats]]:
        sizes = range(1, min(self.max_features, z.shape[1]) + 1)
        subsets = [s for size in sizes for s in combinations(range(z.shape[1]), size)]
        scored = [(*_left_out(z[:, s], target), s) for s in subsets]
        best = sorted(scored, key=lambda one: one[0])[: self.members]
        return [(error, subset, coefficients) for error, coefficients, subset in best]


def _left_out(columns: Floats, target: Floats) -> tuple[float, Floats]:
    """Leave-one-out mean square error and the coefficients, intercept first."""
    design = np.column_stack([np.ones(len(target)), columns])
    q, r = np.linalg.qr(design)
    if np.min(np.abs(np.diag(r))) < 1e-9:  # two features say the same thing
        return float("inf"), np.zeros(design.shape[1])
    coefficients = np.linalg.solve(r, q.T @ target)
    leverage = np.minimum((q**2).sum(axis=1), 1 - 1e-9)
    residual = (target - design @ coefficients) / (1 - leverage)
    return float(np.mean(residual**2)), coefficients
