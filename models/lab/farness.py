"""How far a sample lies from those learned from, in units of what is usual among them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.lab.scales import Scales

Floats = npt.NDArray[np.float64]
_NEIGHBOURS = 3  # whose mean distance counts
_TINY = 1e-12
"""Keeps a quotient finite."""
_AT_ONCE = 2000  # rows whose distances are held in memory together


def farness(known: Floats, asked: Floats) -> Floats:
    """Distance of samples [m, p] to the three nearest known ones [n, p], 1 or more, [m].

    In units of what is usual among the known ones; below that a sample is one of them.
    """
    scales = Scales.of(known)
    among, here = scales.measure(known), scales.measure(asked)
    usual = float(np.median(_nearest(among, among, skip=1)))
    return np.asarray(np.maximum(_nearest(among, here, skip=0) / max(usual, _TINY), 1.0))


def _nearest(known: Floats, asked: Floats, *, skip: int) -> Floats:
    """Mean distance to the nearest known samples, [m]; `skip` 1 passes over a sample itself."""
    last = min(skip + _NEIGHBOURS, len(known))
    pieces = np.array_split(asked, max(1, -(-len(asked) // _AT_ONCE)))
    return np.concatenate([np.sort(_apart(known, p))[:, skip:last].mean(axis=1) for p in pieces])


def _apart(known: Floats, asked: Floats) -> Floats:
    """Root mean square difference of every pair, [m, n]."""
    squares = (asked**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * asked @ known.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0) / known.shape[1]))
