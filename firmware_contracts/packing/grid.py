"""Steps finer rules than whole numbers leave: a byte spread over 0..100 %, written at 0.01 %.

Such a column takes the values round(m * 100/255) only, m a small integer: coding m instead of the
rounded value saves five bits a reading. A grid is a fraction num / den in steps of the wire:

    raw = floor((2 m num + den) / (2 den))        m = round(raw den / num)

A column's step code is 2 d for a common divisor d, and 2 g + 1 for grid number g below.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from firmware_contracts.telemetry import Int64

GRIDS = (
    (2000, 51),  # A * 100 / 255 at 0.01
    (200, 51),  # A * 100 / 255 at 0.1
    (625, 8),  # (A - 128) * 100 / 128 at 0.01
    (6894757, 50000),  # psi / 5 in kPa at 0.01
)
"""Released grids are never changed; new ones are added at the end."""


def steps(flat: Int64, grid: int) -> Int64:
    """m of every raw value."""
    num, den = GRIDS[grid]
    found: Int64 = np.rint(flat * (den / num)).astype(np.int64)
    return found


def raw(m: Int64, grid: int) -> Int64:
    """Raw values of m."""
    num, den = GRIDS[grid]
    return (2 * num * m + den) // (2 * den)


def fit(flat: Int64, counts: Int64, wanted: npt.NDArray[np.bool_]) -> Int64:
    """For every column the first grid that holds all its values, -1 for none or not wanted."""
    found = np.full(counts.size, -1, np.int64)
    open_ = wanted & (counts > 0)
    for grid in range(len(GRIDS)):
        if not open_.any():
            break
        starts = (np.cumsum(counts) - counts)[counts > 0]
        held = np.zeros(counts.size, bool)
        on_grid = raw(steps(flat, grid), grid) == flat
        held[counts > 0] = np.logical_and.reduceat(on_grid, starts)
        found[open_ & held] = grid
        open_ &= ~held
    return found
