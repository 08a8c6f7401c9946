"""How fast a cell falls behind: deficit over days, with the depth of discharge held fixed.

A small cell looks worse on days when the pack is emptier; only what grows at equal depth counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models.base import Array

LEVEL = 0.95
"""One-sided: `low` and `high` enclose the rate with 90 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Points of charge per day with bounds, points gained over the record, lower bound in mV."""

    value: float
    low: float
    high: float
    gained: float
    low_mv_day: float


def growth(day: Array, depth: Array, deficit_pct: Array, below_mv: Array) -> Growth:
    """Least squares of deficit and of millivolts over day and depth; one entry per day [n]."""
    columns = [np.ones_like(day), day - day.mean()]
    if np.ptp(depth) > 0.05:
        columns.append(depth - depth.mean())
    x = np.stack(columns, axis=1)
    value, low, high = _rate(x, deficit_pct)
    _, low_mv, _ = _rate(x, below_mv)
    return Growth(
        value=value, low=low, high=high, gained=value * float(np.ptp(day)), low_mv_day=low_mv
    )


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
