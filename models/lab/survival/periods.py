"""Life cut into periods: in each a life is exposed for some time, and ends in it or does not.

A hazard that is constant within a period makes counting out of survival: the likelihood of a life
is that of a Poisson count per period whose mean is hazard times exposure (Holford 1980).

      0        cut_1       cut_2                last
      |---------|-----------|--------- ... ------|
      exposure  exposure    exposure until the end, then none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MOST, _EVENTS_EACH = 24, 12
_FEWEST, _ENOUGH = 3, 12  # with few events two each, until there are enough to draw a curve
"""Periods below which there is no shape."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Periods:
    """`edges` [k + 1] from 0 up, in the unit of time."""

    edges: Floats

    @classmethod
    def of(cls, time: Floats, event: Ints) -> Self:
        """Periods with about as many events each, a dozen where there are enough."""
        ended = np.sort(time[event > 0])
        fewest = int(np.clip(len(ended) // 2, _FEWEST, _ENOUGH))
        count = int(np.clip(len(ended) // _EVENTS_EACH, fewest, _MOST))
        inner = np.quantile(ended, np.linspace(0, 1, count + 1)[1:-1])
        last = max(float(time.max()), float(ended[-1]))
        edges = np.unique(np.concatenate([[0.0], inner, [last]]))
        return cls(edges=edges if len(edges) > 1 else np.array([0.0, max(last, 1.0)]))

    def exposure(self, time: Floats) -> Floats:
        """Time spent in each period, [n, k]."""
        return np.clip(time[:, None] - self.edges[:-1], 0.0, np.diff(self.edges))

    def ended(self, time: Floats, event: Ints) -> Floats:
        """1 in the period in which a life ended, else 0, [n, k]."""
        found = np.zeros((len(time), len(self.edges) - 1))
        rows = np.flatnonzero(event > 0)
        found[rows, self._period_of(time[rows])] = 1.0
        return found

    def cumulative(self, hazard: Floats, times: Floats) -> Floats:
        """Cumulative hazard [n, times] of hazards [n, k]; beyond the last edge it goes on."""
        spent = self.exposure(times)
        spent[:, -1] += np.maximum(times - self.edges[-1], 0.0)
        return np.asarray(hazard @ spent.T)

    def rates(self, cumulative: Floats) -> Floats:
        """Mean hazard in each period of a cumulative hazard at the edges, [k]; never 0."""
        rate = np.diff(cumulative) / np.diff(self.edges)
        least = float(cumulative[-1] - cumulative[0]) / float(np.ptp(self.edges)) * 1e-3
        return np.asarray(np.maximum(rate, max(least, 1e-300)))

    def middles(self) -> Floats:
        """Middle of each period, [k]."""
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)

    def _period_of(self, time: Floats) -> npt.NDArray[np.intp]:
        found = np.searchsorted(self.edges, time, side="left") - 1
        return np.asarray(np.clip(found, 0, len(self.edges) - 2))
