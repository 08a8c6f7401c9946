"""What a run says at each cycle about its end: levels, drifts and a health index, all causal.

Levels are means over the last 5 to 40 rows; drifts are slopes over 20 and 40 rows and from the
beginning, and the distance from the first ten rows, which a machine's own manufacture shifts. The
health index is the line through the sensors that follows remaining life best; it is described in
the same way, and so is the age in cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import RidgeCV

from domain.errors import BadInput
from models.lab.remaining.conditions import Conditions
from models.lab.remaining.runs import Run

Floats = npt.NDArray[np.float64]
_LEVELS = (5, 10, 20, 40)
"""Cycles of the means: the noise of one, the trend of forty."""
_DRIFTS = (20, 40, 100_000)  # rows; the last is the whole run
_FIRST = 10  # rows that tell how a machine began
_FEWEST = 5  # rows from which a slope is drawn
_PENALTIES = np.logspace(-2, 4, 7)  # ridge, chosen by leave-one-out


@dataclass(slots=True, kw_only=True)
class Trends:
    """`fit(runs to failure)`, then `describe(run) -> [rows, features]`."""

    seed: int = 0
    conditions: Conditions = field(init=False)
    direction: Floats = field(init=False)

    def fit(self, runs: Sequence[Run]) -> Self:
        """Learn conditions, spreads and the direction of the health index."""
        settings = np.vstack([run.settings for run in runs])
        sensors = np.vstack([run.sensors for run in runs])
        self.conditions = Conditions(seed=self.seed).fit(settings, sensors)
        if not self.conditions.kept.any():
            remedy = "give at least one sensor that changes within an operating condition"
            raise BadInput("--train", "sensors", "all stand still", remedy=remedy)
        levels = np.vstack([mean_of_last(self._measure(run), _LEVELS[0]) for run in runs])
        life = np.concatenate([run.remaining() for run in runs])
        self.direction = np.asarray(RidgeCV(_PENALTIES).fit(levels, life).coef_)
        return self

    def describe(self, run: Run) -> Floats:
        """Features of every row from it and earlier ones, [rows, features]."""
        measured = self._measure(run)
        index = (measured @ self.direction)[:, None]
        every = np.column_stack([measured, index])
        return np.column_stack([run.cycles, *_described(every, run.cycles)])

    def _measure(self, run: Run) -> Floats:
        return self.conditions.measure(run.settings, run.sensors)


def mean_of_last(values: Floats, rows: int) -> Floats:
    """Mean of each column over the last `rows` rows up to each row, [n, s]."""
    first = _begins(len(values), rows)
    count = np.arange(1, len(values) + 1) - first
    return np.asarray(_sums(values, first) / count[:, None])


def slope_of_last(values: Floats, cycles: Floats, rows: int) -> Floats:
    """Least-squares slope by cycle over the last `rows` rows, [n, s]; 0 with fewer than five."""
    first = _begins(len(values), rows)
    count = (np.arange(1, len(values) + 1) - first)[:, None]
    t = (cycles - cycles[0])[:, None]
    st, stt, sx, sxt = (_sums(v, first) for v in (t, t * t, values, values * t))
    below = count * stt - st**2
    usable = (count >= _FEWEST) & (below > 0)
    return np.where(usable, (count * sxt - st * sx) / np.where(usable, below, 1.0), 0.0)


def _described(values: Floats, cycles: Floats) -> list[Floats]:
    began = _beginning(values)
    levels = [mean_of_last(values, rows) for rows in _LEVELS]
    drifts = [slope_of_last(values, cycles, rows) for rows in _DRIFTS]
    return [*levels, *drifts, began, levels[1] - began]


def _beginning(values: Floats) -> Floats:
    """Mean of the first ten rows as far as they are known at each row, [n, s]."""
    until = np.minimum(np.arange(len(values)), _FIRST - 1)
    return np.asarray(mean_of_last(values[:_FIRST], _FIRST)[until])


def _begins(rows: int, window: int) -> npt.NDArray[np.intp]:
    return np.maximum(np.arange(1, rows + 1) - window, 0)


def _sums(values: Floats, first: npt.NDArray[np.intp]) -> Floats:
    """Sums from row `first` up to each row, [n, s]."""
    summed = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    return np.asarray(summed[1:] - summed[first])
