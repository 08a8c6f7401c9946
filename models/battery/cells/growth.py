"""How fast a cell falls behind: deficit over days, with the depth of discharge held fixed.

A small cell looks worse on days when the pack is emptier; only what grows at equal depth counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models.base import Array

GROWTH_DAYS, GROWTH_SPAN = 6, 7
"""Days on record, over as many days, before a rate is said: six points of a line over a week."""
RECENT_DAYS = 21
"""The last three weeks are fitted apart: a fault that began late shows there."""
JUMP_SHARE = 0.4
"""A gain of which more came between two neighbouring days is a jump; by judgement: an even growth
over six days puts a fifth into each gap."""
DEPTH_RANGE = 0.05
"""Depths of discharge that differ less explain nothing and are left out of the fit."""
LEVEL = 0.95
"""One-sided: `low` and `high` enclose the rate with 90 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Points of charge per day with bounds, points gained over the record, lower bound in mV.

    `jumped`: most of the gain came between two neighbouring days; that is no growth.
    """

    value: float
    low: float
    high: float
    gained: float
    low_mv_day: float
    jumped: bool


def growth(day: Array, depth: Array, deficit_pct: Array, below_mv: Array) -> Growth:
    """How fast a deficit grows now; one entry per day [n], by time, as many as are `enough`.

    Of the whole record and of its last RECENT_DAYS the one that is surer of growth: a fault that
    began late, or gains pace, shows in the latter. The whole record where both saw but a jump.
    """
    last = day >= day[-1] - RECENT_DAYS
    parts = (slice(None), last) if enough(day[last]) and not last.all() else (slice(None),)
    fits = [_fit(day[p], depth[p], deficit_pct[p], below_mv[p]) for p in parts]
    return max((fit for fit in fits if not fit.jumped), key=lambda fit: fit.low, default=fits[0])


def enough(day: Array) -> bool:
    """Do these days allow to speak of growth?"""
    return len(day) >= GROWTH_DAYS and day[-1] - day[0] >= GROWTH_SPAN


def _fit(day: Array, depth: Array, deficit_pct: Array, below_mv: Array) -> Growth:
    """Least squares of deficit and of millivolts over day and depth."""
    columns = [np.ones_like(day), day - day.mean()]
    if np.ptp(depth) > DEPTH_RANGE:
        columns.append(depth - depth.mean())
    x = np.stack(columns, axis=1)
    value, low, high = _rate(x, deficit_pct)
    gained = value * float(np.ptp(day))
    _, low_mv, _ = _rate(x, below_mv)
    return Growth(
        value=value,
        low=low,
        high=high,
        gained=gained,
        low_mv_day=low_mv,
        jumped=_jump(day, deficit_pct, value) > JUMP_SHARE * gained,
    )


def _jump(day: Array, deficit_pct: Array, rate: float) -> float:
    """The largest rise between neighbouring threes of days, beyond what time explains."""
    if len(day) < 6:
        return 0.0
    three = np.stack([deficit_pct[:-2], deficit_pct[1:-1], deficit_pct[2:]])
    level = three.sum(axis=0) - three.max(axis=0) - three.min(axis=0)  # the middle one
    at = day[1:-1]
    return float((level[3:] - level[:-3] - max(rate, 0.0) * (at[3:] - at[:-3])).max())


def _rate(x: Array, y: Array) -> tuple[float, float, float]:
    """Coefficient of column 1 with its bounds; residuals beyond 3 robust sigma are cut once."""
    inverse = np.linalg.pinv(x.T @ x)
    residual = y
    for _ in range(2):
        coefficient = inverse @ (x.T @ y)
        residual = y - x @ coefficient
        cut = 4.4478 * float(np.sort(np.abs(residual))[len(y) // 2]) + 1e-9
        y = y - residual + residual.clip(-cut, cut)
    free = max(len(y) - x.shape[1], 1)
    half = float(stdtrit(free, LEVEL)) * float(residual @ residual / free * inverse[1, 1]) ** 0.5
    slope = float(coefficient[1])
    return slope, slope - half, slope + half
