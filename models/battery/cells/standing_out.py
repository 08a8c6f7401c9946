"""When a cell stands out in an hour: in millivolts, charge, scatter and reach, all at once."""

from __future__ import annotations

import numpy as np

from models.base import Array
from models.battery.cells.limits import CellLimits, Large
from models.battery.cells.observations import Observation

SIGMA_FLOOR_MV = 2.5
"""Robust sigma of a pack is not below this: monitors resolve 1-5 mV."""
LONE_FLOOR_MV = 4.0
"""The pack's 5-95 % reach is not below this, for the same reason."""


def reach(limits: CellLimits | Large, units: tuple[float, float, float]) -> float:
    """Millivolts beyond which a cell stands out in every respect."""
    slope, sigma, scale = units
    return max(limits.mv, limits.deficit_pct * slope, limits.z * sigma, limits.lone * scale)


def scatter(d: Array, floor: float = SIGMA_FLOOR_MV) -> tuple[float, float, float]:
    """5 % and 95 % quantile and robust sigma (not below the floor), from two sorts."""
    ordered = np.sort(d)
    n = len(d)
    away = np.sort(np.abs(d - ordered[n // 2]))
    middle = away[int(0.4 * n) : int(0.6 * n) + 1]  # its mean: coarse readings make steps of MAD
    sigma = max(1.4826 * float(middle.sum()) / len(middle), floor)
    edge = round(0.05 * (n - 1))
    return float(ordered[edge]), float(ordered[n - 1 - edge]), sigma


def band(observation: Observation) -> int:
    """One bit per 20 points of charge, or per 0.1 V where the car tells no charge."""
    if 0 <= observation.soc_pct <= 100:
        return 1 << min(int(observation.soc_pct // 20), 4)
    return 1 << (8 + int(np.clip((observation.voltage_v - 2.5) * 10, 0, 20)))
