"""Intervals that follow the prediction: narrow near the end, wide in the middle of a life.

Conformal by machine (Lei and Wasserman 2014, locally weighted): the errors of siblings on machines
they have not seen, each machine counting alike, weighted by how near its prediction was to the one
asked about. Two-sided, because in mid-life errors lean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.lab.remaining.runs import LIFE_CAP

Floats = npt.NDArray[np.float64]
LEVEL = 0.9
"""The level that is told."""
_REACH = 8.0  # cycles: predictions this far apart share their errors with weight 0.6
_GRID = np.arange(0.0, LIFE_CAP + 1.0)  # whole cycles: ends between are interpolated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalInterval:
    """Ends of the interval for predictions 0, 1, .. cap, each [cap + 1]."""

    low: Floats
    high: Floats

    @classmethod
    def of(cls, told: Sequence[tuple[Floats, Floats]]) -> Self:
        """From (predicted, true) [rows] of each machine; both in cycles."""
        predicted = np.concatenate([p for p, _ in told])
        error = np.concatenate([t for _, t in told]) - predicted
        share = np.concatenate([np.full(len(p), 1.0 / len(p)) for p, _ in told])
        order = np.argsort(error)
        predicted, error, share = predicted[order], error[order], share[order]
        tail = _tail(len(told))
        low, high = np.empty(len(_GRID)), np.empty(len(_GRID))
        for at, asked in enumerate(_GRID):
            weight = share * np.exp(-0.5 * ((predicted - asked) / _REACH) ** 2)
            reached = np.cumsum(weight + 1e-300) / (weight.sum() + 1e-300 * len(weight))
            low[at] = asked + error[min(np.searchsorted(reached, tail), len(error) - 1)]
            high[at] = asked + error[min(np.searchsorted(reached, 1 - tail), len(error) - 1)]
        return cls(low=np.clip(low, 0, LIFE_CAP), high=np.clip(high, 0, LIFE_CAP))

    def ends(self, predicted: Floats) -> tuple[Floats, Floats]:
        """Lower and upper ends, each [n], holding the prediction itself."""
        low, high = (np.interp(predicted, _GRID, end) for end in (self.low, self.high))
        return np.minimum(low, predicted), np.maximum(high, predicted)


def _tail(machines: int) -> float:
    """Share beyond either end, less what a finite number of machines hides ((n + 1) / n rule)."""
    return max((1 - LEVEL * (machines + 1) / machines) / 2, 0.0)
