"""Neighbours off by opposite amounts: a sense wire between two cells adds to one what it takes."""

from __future__ import annotations

import numpy as np

from models.base import Array
from models.battery.cells.day import Bools

MIRROR = (-1.6, -0.6)
"""A neighbour's deviation over the cell's own that counts as its mirror image; by judgement: -1
with room for what the neighbour lacks itself."""
PAIR_SUM = 0.35
"""What a pair's deviations may add up to, as a share of half their distance; by judgement."""


def mirrored(level_mv: Array, cell: int) -> bool:
    """Is a neighbour off by about the opposite amount?"""
    beside = [n for n in (cell - 1, cell + 1) if 0 <= n < len(level_mv)]
    return any(MIRROR[0] < level_mv[n] / (level_mv[cell] or np.inf) < MIRROR[1] for n in beside)


def paired(level_mv: Array, odd: Bools) -> list[int]:
    """Odd cells next to one that is off by the opposite amount: their shared wire is to blame."""
    apart = np.abs(level_mv[:-1] - level_mv[1:]) / 2
    both = odd[:-1] & odd[1:] & (np.abs(level_mv[:-1] + level_mv[1:]) <= PAIR_SUM * apart)
    at = np.flatnonzero(both)
    return sorted({*at.tolist(), *(at + 1).tolist()})
