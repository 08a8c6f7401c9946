"""Curves of lives without a law: survival, cumulative hazard, competing causes, recurrent events.

Kaplan and Meier 1958, Nelson 1969 and Aalen 1978, Aalen and Johansen 1978, and Nelson's mean
cumulative function (Nelson 2003, Recurrent Events Data Analysis, chapter 3). Where a failure and a
censoring share a time, the censored one was still at risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """A curve that steps at `times` [k] ascending to `values` [k]; `before` the first step."""

    times: Floats
    values: Floats
    before: float

    def at(self, asked: Floats) -> Floats:
        """The curve at any times, [m], after a step that happens there."""
        index = np.searchsorted(self.times, asked, side="right")
        return np.asarray(np.append(self.before, self.values)[index])

    def just_before(self, asked: Floats) -> Floats:
        """The curve a moment before, [m]."""
        index = np.searchsorted(self.times, asked, side="left")
        return np.asarray(np.append(self.before, self.values)[index])


def kaplan_meier(time: Floats, event: Ints) -> Steps:
    """Share still alive; `event` is 0 for lives still going on.

    >>> kaplan_meier(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1, 1, 0, 1])).values
    array([0.75, 0.5 , 0.  ])
    """
    times, failed, at_risk = _table(time, event > 0)
    return Steps(times=times, values=np.asarray(np.cumprod(1 - failed / at_risk)), before=1.0)


def nelson_aalen(time: Floats, event: Ints) -> Steps:
    """Cumulative hazard.

    >>> nelson_aalen(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1, 1, 0, 1])).values.round(4)
    array([0.25  , 0.5833, 1.5833])
    """
    times, failed, at_risk = _table(time, event > 0)
    return Steps(times=times, values=np.cumsum(failed / at_risk), before=0.0)


def cumulative_incidence(time: Floats, event: Ints) -> Mapping[int, Steps]:
    """Share that has failed by each cause 1, 2, ... while the others compete (Aalen-Johansen).

    >>> found = cumulative_incidence(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 0, 1]))
    >>> found[1].values, found[2].values
    (array([0.25, 0.75]), array([0.25]))
    """
    alive = kaplan_meier(time, event)
    found: dict[int, Steps] = {}
    for cause in sorted({int(e) for e in event} - {0}):
        times, failed, _ = _table(time, event == cause)
        at_risk = (time[:, None] >= times).sum(axis=0)
        share = alive.just_before(times) * failed / at_risk
        found[cause] = Steps(times=times, values=np.cumsum(share), before=0.0)
    return found


def mean_cumulative_function(
    unit: npt.NDArray[np.generic], time: Floats, event: Ints, amount: Floats | None = None
) -> Steps:
    """Mean number of events (or mean `amount`) per unit by age; a unit's last row ends its watch.

    >>> unit, time = np.array(["a", "a", "a", "b", "b"]), np.array([2.0, 5.0, 8.0, 5.0, 6.0])
    >>> mean_cumulative_function(unit, time, np.array([1, 1, 0, 1, 0])).values
    array([0.5, 1.5])
    """
    worth = np.ones(len(time)) if amount is None else amount
    ends = np.sort(last_times(unit, time))
    times = np.unique(time[event > 0])
    watched = len(ends) - np.searchsorted(ends, times, side="left")
    happened = event > 0
    sums = np.bincount(
        np.searchsorted(times, time[happened]), weights=worth[happened], minlength=len(times)
    )
    return Steps(times=times, values=np.cumsum(sums / watched), before=0.0)


def last_times(unit: npt.NDArray[np.generic], time: Floats) -> Floats:
    """The last time of each unit, [units]."""
    _, of = np.unique(unit, return_inverse=True)
    ends = np.full(int(of.max()) + 1, -np.inf)
    np.maximum.at(ends, of, time)
    return ends


def _table(time: Floats, failed: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Times of failures, how many failed there, and how many were at risk, each [k]."""
    times, counts = np.unique(time[failed], return_counts=True)
    ordered = np.sort(time)
    at_risk = len(time) - np.searchsorted(ordered, times, side="left")
    return times, counts.astype(np.float64), at_risk.astype(np.float64)
