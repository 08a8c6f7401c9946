"""Scores of predicted survival: ranking, Brier over time. Truth is known only up to censoring."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import groupby

import numpy as np
import numpy.typing as npt

from models.lab.survival.curves import kaplan_meier

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LEAST_WATCHED = 0.05  # share still uncensored: beyond it one life would stand for twenty


def concordance(risk: Floats, time: Floats, event: Ints) -> tuple[float, int]:
    """Harrell's count: pairs put in the right order (equal risks count half), and pairs in all.

    A pair counts when the shorter life was seen to end; of equal times, when one ended and the
    other went on. Harrell 1982, JAMA 247:2543.

    >>> concordance(np.array([3.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]))
    (2.5, 3)
    """
    longer: list[float] = []
    right, pairs = 0.0, 0
    order = np.lexsort((event > 0, -time))
    for _, rows in groupby(order.tolist(), key=lambda row: time[row]):
        here = list(rows)
        ended = [row for row in here if event[row] > 0]
        for row in here[: len(here) - len(ended)]:
            insort(longer, float(risk[row]))
        for row in ended:
            below = bisect_left(longer, float(risk[row]))
            right += 0.5 * (below + bisect_right(longer, float(risk[row])))
            pairs += len(longer)
        for row in ended:
            insort(longer, float(risk[row]))
    return right, pairs


def brier_times(time: Floats, event: Ints, count: int = 100) -> Floats:
    """Times over which Brier scores are averaged: from the first event to where few are watched."""
    ended = time[event > 0]
    watched = kaplan_meier(time, (event == 0).astype(np.int64))
    few = watched.times[watched.values < _LEAST_WATCHED]
    last = min(float(ended.max()), float(few[0]) if len(few) else np.inf)
    first = min(float(ended.min()), last)
    return np.linspace(first, last, count)


def integrated_brier(
    survival: Floats, times: Floats, time: Floats, event: Ints, watched: tuple[Floats, Ints]
) -> float:
    """Mean over `times` of the Brier score of survival [n, times], weighted against censoring.

    Graf and others 1999, Statistics in Medicine 18:2529. `watched` (time, event) are the lives
    from which the censoring is learned.
    """
    going = kaplan_meier(watched[0], (watched[1] == 0).astype(np.int64))
    at_end = np.maximum(going.just_before(time), _LEAST_WATCHED)
    at_time = np.maximum(going.at(times), _LEAST_WATCHED)
    gone = (time[:, None] <= times) & (event > 0)[:, None]
    alive = time[:, None] > times
    weight = gone / at_end[:, None] + alive / at_time
    score = ((alive - survival) ** 2 * weight).mean(axis=0)
    if len(times) < 2 or times[-1] <= times[0]:
        return float(score.mean())
    return float(np.trapezoid(score, times) / (times[-1] - times[0]))
