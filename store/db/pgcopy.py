"""PostgreSQL's binary COPY format, built and read as whole arrays: no Python per value.

    header   "PGCOPY\\n\\xff\\r\\n\\0"  flags int32  extension int32
    tuple    number of fields int16, then per field: length int32 (-1 = null), bytes
    end      int16 -1

A group is uint8 [n, width] with all fields present, and a mask of the bytes to keep: nulls lose
their bytes, the length stays and says -1. All numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_MS = 946_684_800_000
"""2000-01-01 UTC in ms: PostgreSQL counts µs from there."""

_INT2 = 21
"""Type oid of int2 in an array (pg_type)."""
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Neighbouring fields of every row; `keep` None keeps all bytes."""

    fields: int
    data: Bytes
    keep: Mask | None = None


def pg_time(utc_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """UTC ms as PostgreSQL's µs since 2000."""
    return (utc_ms - EPOCH_MS) * 1000


def unix_ms(pg_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """PostgreSQL's µs since 2000 as UTC ms."""
    return pg_us // 1000 + EPOCH_MS


def scalars(values: npt.NDArray[np.generic], kind: str, null: Mask | None = None) -> Group:
    """Fields of one fixed-size type. `values` [n, k] or [n]; `kind` a big-endian dtype ('>f4')."""
    table = values.reshape(values.shape[0], -1)
    n, k = table.shape
    size = np.dtype(kind).itemsize
    data = np.empty((n, k, 4 + size), dtype=np.uint8)
    data[..., :4] = np.array([size], dtype=">i4").view(np.uint8)
    data[..., 4:] = table.astype(kind, order="C").view(np.uint8).reshape(n, k, size)
    if null is None or not null.any():
        return Group(fields=k, data=data.reshape(n, -1))
    gaps = null.reshape(n, k)
    data[gaps, :4] = 255
    keep = np.ones(data.shape, dtype=np.bool_)
    keep[..., 4:] = ~gaps[..., None]
    return Group(fields=k, data=data.reshape(n, -1), keep=keep.reshape(n, -1))


def smallint_array(values: npt.NDArray[np.int16], null: Mask) -> Group:
    """One field smallint[] per row from int16 [n, k]; null elements where the mask says so."""
    n, k = values.shape
    lost = null.sum(axis=1)
    head = np.empty((n, 6), dtype=">i4")
    head[:, 0] = 20 + 6 * k - 2 * lost
    head[:, 1] = 1
    head[:, 2] = lost > 0
    head[:, 3] = _INT2
    head[:, 4] = k
    head[:, 5] = 1
    body = scalars(values, ">i2", null)
    data = np.concatenate([head.view(np.uint8), body.data], axis=1)
    if body.keep is None:
        return Group(fields=1, data=data)
    keep = np.concatenate([np.ones((n, 24), dtype=np.bool_), body.keep], axis=1)
    return Group(fields=1, data=data, keep=keep)


def stream(groups: Sequence[Group]) -> bytes:
    """The whole COPY stream of rows made of the groups in order."""
    n = groups[0].data.shape[0]
    count = np.full((n, 1), sum(g.fields for g in groups), dtype=">i2").view(np.uint8)
    data = np.concatenate([count, *(g.data for g in groups)], axis=1)
    if all(g.keep is None for g in groups):
        return HEADER + data.tobytes() + TRAILER
    masks = [_mask(g) for g in groups]
    keep = np.concatenate([np.ones(count.shape, dtype=np.bool_), *masks], axis=1)
    body: bytes = data[keep].tobytes()
    return HEADER + body + TRAILER


def _mask(group: Group) -> Mask:
    return np.ones(group.data.shape, dtype=np.bool_) if group.keep is None else group.keep


def array(values: npt.NDArray[np.generic], kind: str, oid: int) -> bytes:
    """A one-dimensional array without nulls as a binary value; `oid` of its elements."""
    n = values.shape[0]
    if not n:
        return np.array([0, 0, oid], dtype=">i4").tobytes()
    head = np.array([1, 0, oid, n, 1], dtype=">i4")
    return head.tobytes() + scalars(values, kind).data.tobytes()


def read_arrays(values: Sequence[bytes], kind: str) -> npt.NDArray[np.void]:
    """Elements of many binary arrays without nulls, one after the other: field `value`."""
    body = b"".join(bytes(value)[20:] for value in values)
    return np.frombuffer(body, dtype=np.dtype([("_size", ">i4"), ("value", kind)]))
