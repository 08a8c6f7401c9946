"""Cycles to 80 % of an LFP cell from its first hundred discharges (Severson 2019, Nature Energy).

What a cell loses in capacity after 100 cycles says little; how its discharge curve Q(V) changes
shape says much. Features are taken from ΔQ(V) between early and late cycles (single cycles, and
medians over windows, which keep out a disturbed cycle), its speed in the second half, and the
capacity of the first cycles and how it settles. The target is log10(cycle life).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab.committee import LinearCommittee
from models.lab.conformal import JackknifePlus, jackknife_plus

Floats = npt.NDArray[np.float64]
FIRST_CYCLE, LAST_CYCLE = 2, 100
FEATURES = (
    "log variance of ΔQ 100-10", "log variance of ΔQ late-early", "log |minimum| of ΔQ 100-10",
    "first capacity", "settling of the first cycles", "log kurtosis of ΔQ 100-10",
    "log kurtosis of ΔQ late-early", "log |mean| of ΔQ mid-early", "log variance of ΔQ late-mid",
)  # fmt: skip
_TINY = 1e-12


def check_curves(curves: Floats, name: str) -> Floats:
    """Curves [cells, voltages, cycles 2..100] as float64, gaps filled along the cycles."""
    cycles = LAST_CYCLE - FIRST_CYCLE + 1
    if curves.ndim != 3 or curves.shape[2] != cycles or curves.shape[1] < 50:
        remedy = "give discharge capacity on a voltage grid for cycles 2 to 100"
        raise BadInput(name, curves.shape, "is not cells x voltages x 99 cycles", remedy=remedy)
    filled = np.array(curves, dtype=np.float64)
    for cell, voltage in zip(*np.nonzero(~np.isfinite(filled).all(axis=2)), strict=True):
        row = filled[cell, voltage]
        good = np.isfinite(row)
        if good.sum() < cycles // 2:
            raise BadInput(name, f"cell {cell}", "has more gaps than readings", remedy="drop it")
        row[~good] = np.interp(np.flatnonzero(~good), np.flatnonzero(good), row[good])
    return filled


def early_life_features(curves: Floats) -> Floats:
    """Features [cells, 9] in the order of FEATURES; capacities in Ah."""
    early, mid, late = (_window(curves, *span) for span in ((9, 13), (46, 55), (91, 100)))
    single = _cycle(curves, 100) - _cycle(curves, 10)
    windowed, slow_start, speeding = late - early, mid - early, late - mid
    capacity = curves.max(axis=1)
    first = capacity[:, 0]
    return np.column_stack(
        [
            _log(single.var(axis=1)), _log(windowed.var(axis=1)), _log(np.abs(single.min(axis=1))),
            first, np.median(capacity[:, :5], axis=1) - first, _kurtosis(single),
            _kurtosis(windowed), _log(np.abs(slow_start.mean(axis=1))), _log(speeding.var(axis=1)),
        ]
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class EarlyLifeForecast:
    """Cycle life from `Q(V)` of cycles 2 to 100: `fit(curves, life)`, `predict`, `interval`."""

    level: float = 0.9
    fitted: JackknifePlus[LinearCommittee] = field(init=False)

    def fit(self, curves: Floats, life_cycles: Floats) -> Self:
        """Learn from curves [n, voltages, 99] and lives in cycles [n]."""
        if not (np.isfinite(life_cycles).all() and (life_cycles > 0).all()):
            raise BadInput("life", life_cycles.min(), "is not above 0", remedy="drop such cells")
        features = early_life_features(curves)
        self.fitted = jackknife_plus(LinearCommittee, features, np.log10(life_cycles))
        return self

    def predict(self, curves: Floats) -> Floats:
        """Cycles to 80 % of nominal capacity, [n]."""
        return np.asarray(10 ** self.fitted.model.predict(early_life_features(curves)))

    def interval(self, curves: Floats) -> tuple[Floats, Floats]:
        """Ends of the central interval at `level`, cycles, each [n]."""
        low, high = self.fitted.interval(early_life_features(curves), self.level)
        return 10**low, 10**high


def _cycle(curves: Floats, number: int) -> Floats:
    return np.asarray(curves[:, :, number - FIRST_CYCLE])


def _window(curves: Floats, first: int, last: int) -> Floats:
    return np.asarray(np.median(curves[:, :, first - FIRST_CYCLE : last - FIRST_CYCLE + 1], axis=2))


def _log(values: Floats) -> Floats:
    return np.asarray(np.log10(np.maximum(values, _TINY)))


def _kurtosis(change: Floats) -> Floats:
    centred = change - change.mean(axis=1, keepdims=True)
    variance = np.maximum((centred**2).mean(axis=1), _TINY)
    return _log((centred**4).mean(axis=1) / variance**2)
