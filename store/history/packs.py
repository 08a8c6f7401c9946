"""Cells and probes out of query `parts`: smallint arrays, end to end, as one matrix.

    one answer per day    ts[] | source[] | received[] | first[] | parts[] | all smallint[] as bytes
    one smallint[]        20 bytes of head, then per part: length int32, value int16; 12 bytes if
                          it is empty; nulls as -32768

Rows of one pack have one size, so a day is cut in one piece; only where sizes change (two devices,
a new pack) it is walked run by run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import PACKED_NULL, Int64, UInt8
from store.db.pgcopy import read_arrays, unix_ms

_HEAD, _EMPTY, _PART = 20, 12, 6
_KINDS = (">i8", ">i4", ">i8", ">i2", ">i4")
Answer = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packs:
    """Raw readings float64 [n, parts], NaN where null (reason ABSENT until somebody explains).

    `width` int64 [n] is the last part that a row named, whether its value was null or not.
    """

    utc_ms: Int64
    source: Int64
    received: Int64
    values: npt.NDArray[np.float64]
    reasons: UInt8
    width: Int64

    def take(self, rows: Int64 | slice) -> Packs:
        """Some rows, in the order given."""
        return Packs(
            utc_ms=self.utc_ms[rows],
            source=self.source[rows],
            received=self.received[rows],
            values=self.values[rows],
            reasons=self.reasons[rows],
            width=self.width[rows],
        )

    def trimmed(self) -> Packs:
        """Without parts that none of these rows named."""
        widest = int(self.width.max(initial=0))
        return replace(self, values=self.values[:, :widest], reasons=self.reasons[:, :widest])


def read_packs(answers: Sequence[Answer]) -> Packs:
    """All rows of all days; columns are part numbers from 1."""
    told = [[a[i] for a in answers] for i in range(len(_KINDS))]
    ts, source, received, first, parts = (
        read_arrays(values, kind)["value"].astype(np.int64)
        for values, kind in zip(told, _KINDS, strict=True)
    )
    width = np.where(parts > 0, first - 1 + parts, 0)
    matrix = np.full((ts.shape[0], int(width.max(initial=0))), np.nan)
    body = b"".join(bytes(answer[-1]) for answer in answers)
    for rows, at in _runs(first, parts):
        count, left = int(parts[rows.start]), int(first[rows.start]) - 1
        matrix[rows, left : left + count] = _values(body, at, rows.stop - rows.start, count)
    return Packs(
        utc_ms=unix_ms(ts),
        source=source,
        received=received,
        values=matrix,
        width=width,
        reasons=np.where(np.isnan(matrix), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID)),
    )


def _runs(first: Int64, parts: Int64) -> Iterator[tuple[slice, int]]:
    """Neighbouring rows of one size and first part, and where their bytes begin; no empty ones."""
    size = np.where(parts > 0, _HEAD + _PART * parts, _EMPTY)
    begins = np.concatenate([[0], np.cumsum(size)])
    cuts = np.flatnonzero((np.diff(first) != 0) | (np.diff(parts) != 0)) + 1
    for start, stop in pairwise([0, *cuts.tolist(), len(parts)]):
        if stop > start and parts[start]:
            yield slice(start, stop), int(begins[start])


def _values(body: bytes, at: int, rows: int, parts: int) -> npt.NDArray[np.float64]:
    """[rows, parts], NaN where null."""
    part = np.dtype([("_size", ">i4"), ("value", ">i2")])
    row = np.dtype([("_head", f"V{_HEAD}"), ("parts", part, (parts,))])
    values = np.frombuffer(body, row, rows, at)["parts"]["value"].astype(np.float64)
    values[values == PACKED_NULL] = np.nan
    return values
