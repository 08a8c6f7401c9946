"""How often each cell stood out in the last days: the votes that marks are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_contracts.durations import DAY_MS
from models.base import Array
from models.battery.cells.day import Bools, Day, Ints32
from models.battery.cells.limits import CellLimits
from models.battery.cells.shapes import Shapes

STUCK_HOURS = 2
"""Hours of the last days in which a reading did not move; by judgement: one may be chance."""
LARGE_DAYS = 3
"""Days in which hours may stand for days; by judgement: what is older has had its days."""
LARGE_SHARE = 0.7
"""Of all hours since the first one so far off, how many must be (docs/battery.md, Cells)."""
HOUR_MS = 3_600_000
"""Milliseconds."""
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """How often each cell stood out in the last days; arrays are [cells], masks are bit sets."""

    days_low: Ints
    days_high: Ints
    mask_low: Ints32
    mask_high: Ints32
    level_mv: Array
    large_low: Bools
    """Low enough by one of `limits.large`."""
    stuck: Bools


def counts(days: Sequence[Day], shapes: Callable[[], Shapes], limits: CellLimits) -> Counts:
    """Votes of `days` (at least one, oldest first); `shapes` is asked only where it matters."""
    low = [day.votes_low for day in days]
    high = [day.votes_high for day in days]
    level = sum((day.mean("deviation_mv") for day in days), np.zeros(days[0].cells))
    return Counts(
        days_low=np.add.reduce(low, dtype=np.int64),
        days_high=np.add.reduce(high, dtype=np.int64),
        mask_low=_masks([d.bands_low for d in days], low),
        mask_high=_masks([d.bands_high for d in days], high),
        level_mv=-level / len(days),
        large_low=_large(days[-LARGE_DAYS:], shapes, limits),
        stuck=np.add.reduce([day.stuck for day in days], dtype=np.int64) >= STUCK_HOURS,
    )


def _large(days: Sequence[Day], shapes: Callable[[], Shapes], limits: CellLimits) -> Bools:
    """Very low again and again within hours: no need to wait for more days."""
    large = np.zeros(days[0].cells, dtype=bool)
    for place, tier in enumerate(limits.large):
        such = [day for day in days if place in day.large]
        if not such:
            continue
        hours = sum(day.looks for day in days if day.number >= such[0].number)
        often = _times(such, place) >= max(tier.times, LARGE_SHARE * hours)
        often &= _apart_ms(such, place) >= tier.hours * HOUR_MS
        large |= often & shapes().follows if tier.shaped and often.any() else often
    return large


def _times(days: Sequence[Day], place: int) -> Ints:
    """Hours beyond tier `place` in these days, per cell."""
    return np.asarray(np.add.reduce([day.large[place].times for day in days], dtype=np.int64))


def _apart_ms(days: Sequence[Day], place: int) -> Ints:
    """Time between the first and the last hour beyond tier `place`, per cell."""
    first = np.full(days[0].cells, np.iinfo(np.int64).max)
    last = np.zeros(days[0].cells, dtype=np.int64)
    for day in days:
        seen, midnight = day.large[place], np.int64(day.number * DAY_MS)
        at = seen.times > 0
        first[at] = np.minimum(first[at], seen.first_ms[at] + midnight)
        last[at] = seen.last_ms[at] + midnight
    return np.where(last > 0, last - first, 0)


def _masks(bands: list[Ints32], votes: list[Bools]) -> Ints32:
    """Bands of the days that voted, united."""
    voted = [np.where(v, b, 0) for b, v in zip(bands, votes, strict=True)]
    return np.asarray(np.bitwise_or.reduce(voted))
