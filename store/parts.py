"""Cells and probes out of the binary COPY stream: smallint arrays as one matrix.

    tuple  ts int8 | source int4 | received int8 | first int2 | smallint[] (nulls as -32768)

Rows of one pack have one size, so a window is cut in one piece; only where sizes change (two
devices, a new pack) the stream is walked run by run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import PACKED_NULL, Int64, UInt8
from store.pgcopy import HEADER, TRAILER, unix_ms

_FIXED = [
    ("_n", ">i2"), ("_ts", ">i4"), ("ts", ">i8"), ("_s", ">i4"), ("source", ">i4"),
    ("_r", ">i4"), ("received", ">i8"), ("_f", ">i4"), ("first", ">i2"), ("size", ">i4"),
    ("ndim", ">i4"), ("_flags", ">i4"), ("_oid", ">i4"), ("parts", ">i4"), ("_low", ">i4"),
]  # fmt: skip
_HEAD = np.dtype(_FIXED)


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
            utc_ms=self.utc_ms[rows], source=self.source[rows], received=self.received[rows],
            values=self.values[rows], reasons=self.reasons[rows], width=self.width[rows],
        )  # fmt: skip

    def trimmed(self) -> Packs:
        """Without parts that none of these rows named."""
        widest = int(self.width.max(initial=0))
        return replace(self, values=self.values[:, :widest], reasons=self.reasons[:, :widest])


def read_packs(data: bytes) -> Packs:
    """All rows of a stream; columns are part numbers from 1."""
    runs = list(_runs(data[len(HEADER) : -len(TRAILER)]))
    width = max((int(r["first"][0]) - 1 + r["raw"].shape[1] for r in runs), default=0)
    matrix = np.full((sum(r.shape[0] for r in runs), width), np.nan)
    widths = np.zeros(matrix.shape[0], dtype=np.int64)
    at = 0
    for run in runs:
        left = int(run["first"][0]) - 1
        raw = run["raw"]["value"].astype(np.float64)
        raw[raw == PACKED_NULL] = np.nan
        matrix[at : at + run.shape[0], left : left + raw.shape[1]] = raw
        widths[at : at + run.shape[0]] = left + raw.shape[1]
        at += run.shape[0]
    return Packs(
        utc_ms=unix_ms(_joined(runs, "ts")),
        source=_joined(runs, "source"),
        received=_joined(runs, "received"),
        values=matrix,
        reasons=np.where(np.isnan(matrix), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID)),
        width=widths,
    )


def _joined(runs: list[npt.NDArray[np.void]], name: str) -> Int64:
    if not runs:
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([run[name] for run in runs]).astype(np.int64)


def _runs(body: bytes) -> Iterator[npt.NDArray[np.void]]:
    """Neighbouring rows of one size and first part."""
    at = 0
    while at < len(body):
        head = np.frombuffer(body, dtype=_HEAD, count=1, offset=at)[0]
        parts = int(head["parts"]) if head["ndim"] else 0
        layout = [*_FIXED, ("raw", [("_len", ">i4"), ("value", ">i2")], (parts,))]
        dtype = np.dtype(layout)
        rows = np.frombuffer(body, dtype=dtype, count=(len(body) - at) // dtype.itemsize, offset=at)
        same = (rows["size"] == head["size"]) & (rows["first"] == head["first"])
        same &= (rows["_n"] == head["_n"]) & (rows["parts"] == parts)
        count = rows.shape[0] if same.all() else int(np.argmin(same))
        yield rows[:count]
        at += count * dtype.itemsize
