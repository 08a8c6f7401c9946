"""Whole numpy arrays as query parameters: no Python object per element.

line.execute("… unnest(%(ids)s) …", {"ids": Int8(ids)})
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from domain.errors import Refused
from store.db.pgcopy import array, pg_time


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A one-dimensional array without nulls; the subclass is its SQL type."""

    values: npt.NDArray[np.generic]
    kind: ClassVar[str]
    oid: ClassVar[int]
    array_oid: ClassVar[int]

    def dump(self) -> bytes:
        """The binary value."""
        return array(self.values, self.kind, self.oid)


class Int2(Packed):
    """smallint[]"""

    kind, oid, array_oid = ">i2", 21, 1005


class Int4(Packed):
    """integer[]"""

    kind, oid, array_oid = ">i4", 23, 1007


class Int8(Packed):
    """bigint[]"""

    kind, oid, array_oid = ">i8", 20, 1016


class Float8(Packed):
    """double precision[]"""

    kind, oid, array_oid = ">f8", 701, 1022


class Times(Packed):
    """timestamptz[] from UTC ms."""

    kind, oid, array_oid = ">i8", 1184, 1185

    def dump(self) -> bytes:
        """The binary value."""
        return array(pg_time(self.values.astype(np.int64)), self.kind, self.oid)


class Keys(Packed):
    """bytea[] of 16 bytes each, from dtype S16"""

    kind, oid, array_oid = "S16", 17, 1001


def int4(values: Iterable[int]) -> Int4:
    """integer[] of a few numbers."""
    return Int4(np.fromiter(values, dtype=np.int64))


def int8(values: Iterable[int]) -> Int8:
    """bigint[] of a few numbers; Refused above 63 bits."""
    try:
        return Int8(np.fromiter(values, dtype=np.int64))
    except OverflowError as problem:
        raise Refused("a number has more than 63 bits", remedy="start a new stream") from problem


def keys(values: Iterable[bytes]) -> Keys:
    """bytea[] of 16-byte keys; Refused for one of another length."""
    found = list(values)
    if any(len(key) != 16 for key in found):
        raise Refused("a key has not 16 bytes", remedy="digests and streams have 128 bits")
    return Keys(np.array(found, dtype="S16"))


def times(values: Iterable[datetime]) -> Times:
    """timestamptz[] of a few aware times, to the ms."""
    return Times(np.fromiter((round(v.timestamp() * 1000) for v in values), dtype=np.int64))


def _register(kind: type[Packed]) -> None:
    class PackedDumper(Dumper):
        format = Format.BINARY
        oid = kind.array_oid

        def dump(self, obj: Packed) -> Buffer:
            return obj.dump()

    psycopg.adapters.register_dumper(kind, PackedDumper)


for _kind in (Int2, Int4, Int8, Float8, Times, Keys):
    _register(_kind)
