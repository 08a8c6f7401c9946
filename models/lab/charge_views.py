"""What an estimator may see of a cell at a cycle: that cycle, what came before, nothing later.

    now       features of this cycle, and how many cycles the cell has behind it
    settled   smoothed features, their change since the cell's first cycles, cycles behind it
    whole     both

`peeking` is the published protocol: each cell's features and cycle number scaled to -1..1 by the
cell's whole life. It knows when the cell will end; it exists to be named as leaking.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from models.lab.cell_life import CellLife

Floats = npt.NDArray[np.float64]
_MEMORY, _FIRST = 0.2, 5


def now(cell: CellLife) -> Floats:
    """Float [n, 17]."""
    return np.column_stack([_known(cell.features), _behind(cell)])


def settled(cell: CellLife) -> Floats:
    """Float [n, 34]."""
    smooth, first = _smoothed(_known(cell.features)), _first_cycles(_known(cell.features))
    return np.column_stack([smooth, smooth - first, _behind(cell), np.sqrt(_behind(cell))])


def whole(cell: CellLife) -> Floats:
    """Float [n, 67]."""
    features = _known(cell.features)
    return np.column_stack([features, _first_cycles(features), settled(cell), _behind(cell)])


def peeking(cell: CellLife) -> CellLife:
    """The same cell scaled by its whole life, as published; uses its future."""
    columns = np.column_stack([_known(cell.features), cell.cycles])
    low, high = columns.min(axis=0), columns.max(axis=0)
    scaled = 2 * (columns - low) / np.where(high > low, high - low, 1.0) - 1
    return CellLife(
        batch=cell.batch,
        cell=cell.cell,
        nominal_ah=cell.nominal_ah,
        cycles=scaled[:, -1],
        features=scaled[:, :-1],
        soh=cell.soh,
    )


def _behind(cell: CellLife) -> Floats:
    return np.asarray(cell.cycles - cell.cycles[0] + 1.0)


def _known(features: Floats) -> Floats:
    """Unknown values replaced by the last known one of the cell, 0 before there is one."""
    good = np.isfinite(features)
    last = np.maximum.accumulate(np.where(good, np.arange(len(features))[:, None], -1), axis=0)
    held = np.take_along_axis(features, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, held, 0.0)


def _smoothed(features: Floats) -> Floats:
    start = (1 - _MEMORY) * features[:1]  # the first cycle stands for those before it
    smooth, _ = lfilter([_MEMORY], [1.0, _MEMORY - 1.0], features, axis=0, zi=start)
    return np.asarray(smooth)


def _first_cycles(features: Floats) -> Floats:
    """Running mean that stops after the first cycles: no later row changes an earlier one."""
    count = np.minimum(np.arange(1, len(features) + 1), _FIRST)
    return np.asarray(np.cumsum(features, axis=0)[count - 1] / count[:, None])
