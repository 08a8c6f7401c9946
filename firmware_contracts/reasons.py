"""Reasons of a block as runs: one number per run, length * 8 + reason, column after column.

No run at all means that every value is valid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from firmware_contracts.errors import Unreadable, ValueRefused
from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import UInt8

_LAST = max(Reason)


def to_runs(reasons: UInt8) -> list[int]:
    """Runs of a [columns, rows] matrix; empty when all is valid."""
    if not reasons.any():
        return []
    flat = np.ascontiguousarray(reasons).reshape(-1)
    if int(flat.max()) > _LAST:
        raise ValueRefused(f"reason {int(flat.max())} is unknown; use 0..{_LAST}")
    starts = np.flatnonzero(np.diff(flat, prepend=np.uint8(255)))
    lengths = np.diff(starts, append=flat.size)
    runs: list[int] = (lengths * 8 + flat[starts]).tolist()
    return runs


def from_runs(runs: Sequence[int], columns: int, rows: int) -> UInt8 | None:
    """The [columns, rows] matrix, None when all is valid; raises Unreadable for a wrong sum."""
    if not runs:
        return None
    coded = np.array(runs, np.uint64)
    lengths, words = coded >> np.uint64(3), (coded & np.uint64(7)).astype(np.uint8)
    if int(lengths.max()) > columns * rows or int(lengths.sum()) != columns * rows:
        raise Unreadable(f"reason runs do not cover {columns} x {rows} values")
    if int(words.max()) > _LAST:
        raise Unreadable(f"reason {int(words.max())} is unknown")
    return np.repeat(words, lengths.astype(np.int64)).reshape(columns, rows)
