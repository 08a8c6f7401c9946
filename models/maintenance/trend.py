"""When a worsening indicator reaches its limit: a robust line through its recent points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firmware_contracts.durations import DAY_MS
from models.base import theil_sen

_MOST = 60
"""Points of a fit: pairs grow with their square."""
_FAR_DAYS = 400.0
"""A date further ahead is none; by judgement."""
EARLY, LATE, AT_LEAST_DAYS = 0.7, 1.4, 3.0
"""Wear is no straight line (docs/maintenance.md: stretched 0.7 to 1.4 times); by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Level now and slope per day with its 90 % interval (Theil-Sen)."""

    level: float
    slope: float
    slope_low: float
    slope_high: float
    days: float


def trend(points: Sequence[tuple[int, float]], recent_days: float) -> Trend | None:
    """Line through the points of the last `recent_days`; None with fewer than five."""
    if not points:
        return None
    last = points[-1][0]
    kept = [p for p in points if p[0] >= last - recent_days * DAY_MS]
    kept = kept[:: max(len(kept) // _MOST, 1)]
    if len(kept) < 5:
        return None
    days = np.array([(t - last) / DAY_MS for t, _ in kept])
    values = np.array([v for _, v in kept])
    slope, low, high = theil_sen(days, values)
    level = float(np.median(values - slope * days))
    return Trend(level=level, slope=slope, slope_low=low, slope_high=high, days=float(-days[0]))


def due_ms(line: Trend | None, limit: float, now_ms: int) -> tuple[int | None, int | None]:
    """Earliest and latest moment at which the line crosses `limit`; None where it may never.

    Wear is not a straight line: the interval is stretched by EARLY and LATE beyond the slope's own.
    """
    if line is None:
        return None, None
    gap = limit - line.level
    steep, flat = (
        (line.slope_high, line.slope_low) if gap > 0 else (line.slope_low, line.slope_high)
    )
    return _crossing(gap, steep, now_ms, EARLY), _crossing(gap, flat, now_ms, LATE, AT_LEAST_DAYS)


def _crossing(
    gap: float, slope: float, now_ms: int, stretch: float, more_days: float = 0.0
) -> int | None:
    if not np.isfinite(slope) or gap * slope <= 0:
        return None
    days = gap / slope * stretch + more_days
    return now_ms + int(days * DAY_MS) if days <= _FAR_DAYS else None
