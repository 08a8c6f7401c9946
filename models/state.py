"""What a case remembers, as bytes: plain data in, the very same plain data out.

    zstd( "VCASE" | format uint8 | header length uint32 | header JSON | arrays )

    None, bool, int, float, str    as JSON; floats by their shortest exact digits, NaN included
    list, dict with str keys       as JSON
    numpy array                    {"~": [dtype, shape]} and its little-endian bytes, byte planes
                                   apart: all first bytes, then all second ones (they compress)

Nothing is executed when it is read: a body that is not exactly of this form is refused.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import zstandard

State = dict[str, Any]
"""None, bool, int, float, str, lists, dicts and numpy arrays, nested."""
Item = TypeVar("Item")

FORMAT = 1
"""Raised when older bodies can no longer be read."""
MAGIC = b"VCASE"
LARGEST = 256 * 2**20
"""Bytes of a body once unpacked; beyond this it is not one of ours."""
_ARRAY = "~"
_HEAD = struct.Struct("<5sBI")
_KINDS = (
    "<f8",
    "<f4",
    "<f2",
    "<i8",
    "<i4",
    "<i2",
    "|i1",
    "<u8",
    "<u4",
    "<u2",
    "|u1",
    "|b1",
)
_LEVEL = 3
"""zstd's own default: higher ones cost more time than they save bytes."""
_COLUMNS = {"int": "<i8", "bool": "|b1"}


class StateUnreadable(ValueError):
    """The bytes are no state of this format: whoever asked starts afresh."""


def encode(state: State) -> bytes:
    """The state as bytes, equal for equal states. ValueError for what is not plain data."""
    arrays: list[bytes] = []
    header = json.dumps(_plain(state, arrays), separators=(",", ":"), ensure_ascii=False).encode()
    body = b"".join([_HEAD.pack(MAGIC, FORMAT, len(header)), header, *arrays])
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body)


def decode(body: bytes) -> State:
    """What `encode` was given, arrays writable. StateUnreadable for anything else."""
    raw = _unpacked(body)
    if len(raw) < _HEAD.size:
        raise StateUnreadable("shorter than a header")
    magic, version, length = _HEAD.unpack_from(raw)
    if (magic, version) != (MAGIC, FORMAT):
        raise StateUnreadable(f"not of format {FORMAT}")
    try:
        header = json.loads(raw[_HEAD.size : _HEAD.size + length])
    except ValueError as problem:
        raise StateUnreadable("the header is no JSON") from problem
    reader = _Arrays(raw, _HEAD.size + length)
    state = reader.filled(header)
    if not isinstance(state, dict) or reader.at != len(raw):
        raise StateUnreadable("bytes are left over, or it is no dict")
    return state


def table(items: Sequence[Any], kind: type[Any]) -> State:
    """Dataclass values as one array per field: int, bool, float, or arrays of one length."""
    return {
        f.name: np.array([getattr(i, f.name) for i in items], _COLUMNS.get(str(f.type), "<f8"))
        for f in fields(kind)
    }


def items(told: State, kind: type[Item]) -> list[Item]:
    """The values that `table` was given."""
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    columns = [c.tolist() if c.ndim == 1 else list(c) for c in (told[name] for name in names)]
    return [kind(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def _unpacked(body: bytes) -> bytes:
    try:
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= LARGEST:
            raise StateUnreadable(f"{size} bytes are no state")
        return zstandard.ZstdDecompressor().decompress(body)
    except zstandard.ZstdError as problem:
        raise StateUnreadable("not compressed by us, or torn") from problem


def _plain(value: object, arrays: list[bytes]) -> object:
    """The value for JSON; arrays leave for `arrays`."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, np.ndarray):
        return _packed(value, arrays)
    if isinstance(value, list | tuple):
        return [_plain(item, arrays) for item in value]
    if isinstance(value, Mapping):
        if _ARRAY in value or not all(isinstance(key, str) for key in value):
            raise ValueError(f"keys {list(value)} are no plain names")
        return {key: _plain(item, arrays) for key, item in value.items()}
    raise ValueError(f"{type(value).__name__} is no plain data")


def _packed(values: npt.NDArray[Any], arrays: list[bytes]) -> object:
    kind = values.dtype.newbyteorder("<").str
    if kind not in _KINDS:
        raise ValueError(f"arrays of {kind} are not kept")
    flat = np.ascontiguousarray(values, dtype=kind).reshape(-1)
    planes = flat.view(np.uint8).reshape(len(flat), values.dtype.itemsize)
    arrays.append(np.ascontiguousarray(planes.T).tobytes())
    return {_ARRAY: [kind, list(values.shape)]}


class _Arrays:
    """Takes the arrays off the body in the order in which the header names them."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self.at = at

    def filled(self, value: Any) -> Any:
        """The header with its arrays put back."""
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _ARRAY not in value:
            return {key: self.filled(item) for key, item in value.items()}
        return self._array(value)

    def _array(self, told: dict[str, Any]) -> npt.NDArray[Any]:
        try:
            kind, shape = told[_ARRAY]
            known = kind in _KINDS and all(type(n) is int and n >= 0 for n in shape)
        except (TypeError, ValueError) as problem:
            raise StateUnreadable("an array is not described") from problem
        if not known or len(told) != 1:
            raise StateUnreadable(f"an array of {kind} {shape} is none of ours")
        dtype, count = np.dtype(kind), math.prod(shape)
        planes = self._raw[self.at : self.at + count * dtype.itemsize]
        if len(planes) != count * dtype.itemsize:
            raise StateUnreadable("an array is cut short")
        self.at += len(planes)
        bytes_ = np.frombuffer(planes, np.uint8).reshape(dtype.itemsize, count)
        found: npt.NDArray[Any] = np.ascontiguousarray(bytes_.T).view(dtype).reshape(shape)
        return found
