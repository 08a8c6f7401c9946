"""Cell voltages and probe temperatures on the wire: many alike columns that move together.

    raw[column, row] = origin + divisor * (common[row] + base[column] + residual)

`common` is the row's median, so a load that pulls all cells down costs one number; what is left
is each cell's own offset and noise. Residuals are taken against the base, or (`in_time`) against
the column's previous reading, whichever needs fewer bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from firmware_contracts import reasons as reason_runs
from firmware_contracts.errors import TooLarge, Unreadable, ValueRefused
from firmware_contracts.packing.layout import refuse
from firmware_contracts.packing.rice import MAX_VALUES, Reader, Writer, costs, zigzag
from firmware_contracts.signal import Signal
from firmware_contracts.telemetry import PACKED_NULL, Int64, Packed, UInt8

if TYPE_CHECKING:
    from firmware_contracts import telemetry_pb2 as pb

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Residuals:
    """One way to write a table: bases [columns], residuals column after column, their counts."""

    in_time: bool
    bases: Int64
    flat: Int64
    counts: Int64

    def cost(self) -> tuple[int, bool]:
        """Bits, and whether one parameter for all columns is cheaper."""
        table = costs(zigzag(self.flat), self.counts)
        own = int(table.min(axis=0).sum()) + 4 * self.counts.size
        shared = int(table.sum(axis=1).min()) + 4
        return min(own, shared), shared < own


def check(signal: Signal, packed: Packed, ticks: int) -> None:
    """Raise ValueRefused for shapes, rows, nulls or values that the table cannot carry."""
    shape = (packed.rows.size, packed.values.shape[1] if packed.values.ndim == 2 else -1)
    if packed.values.shape != shape or packed.reasons.shape != shape:
        raise ValueRefused(f"{signal.name}: values {packed.values.shape} for {shape[0]} rows")
    rows = packed.rows
    if rows.size and (rows[0] < 0 or rows[-1] >= ticks or (np.diff(rows) <= 0).any()):
        raise ValueRefused(f"{signal.name}: rows must ascend within 0..{ticks - 1}")
    null = packed.values == PACKED_NULL
    if not np.array_equal(null, packed.reasons != 0):
        raise ValueRefused(f"{signal.name}: a null must carry a reason, and only a null may")
    outside = ~null & ((packed.values < signal.raw_low) | (packed.values > signal.raw_high))
    if outside.any():
        refuse(signal, float(packed.values[outside][0]) * signal.scale)


def write(packed: Packed, ticks: int, out: pb.PackedTable, rice: Writer) -> None:
    """Fill the message and hand the residuals to the Rice writer."""
    out.columns, out.first = packed.values.shape[1], packed.first - 1
    out.some_ticks = packed.rows.size != ticks
    if out.some_ticks:
        out.rows.extend(np.diff(packed.rows, prepend=0).tolist())
    out.reasons.extend(reason_runs.to_runs(packed.reasons.T))
    table = packed.values.T.astype(np.int64)
    valid = packed.reasons.T == 0
    if not valid.any():
        table = np.zeros_like(table)
    else:
        out.origin = int(table[valid][0])
        divisor = max(1, int(np.gcd.reduce(table[valid] - out.origin)))
        out.divisor = 0 if divisor == 1 else divisor
        table = np.where(valid, (table - out.origin) // divisor, 0)
    common = _median(table, valid, axis=0)
    table = table - common
    best = min(_against_base(table, valid), _in_time(table, valid), key=lambda way: way.cost()[0])
    out.in_time, out.shared = best.in_time, best.cost()[1]
    rice.add(np.diff(common, prepend=0), np.array([common.size]))
    rice.add(np.diff(best.bases, prepend=0), np.array([best.bases.size]))
    rice.add(best.flat, np.array([best.flat.size]) if out.shared else best.counts)


def _median(table: Int64, valid: Mask, axis: int) -> Int64:
    """Lower median of the valid entries, 0 where there is none: an integer of the table."""
    counts = valid.sum(axis=axis)
    ordered = np.sort(np.where(valid, table, np.iinfo(np.int64).max), axis=axis)
    if not ordered.size:
        return np.zeros(counts.size, np.int64)
    at = np.expand_dims(np.maximum(counts - 1, 0) // 2, axis)
    return np.where(counts > 0, np.take_along_axis(ordered, at, axis=axis).squeeze(axis), 0)


def _against_base(table: Int64, valid: Mask) -> _Residuals:
    bases = _median(table, valid, axis=1)
    flat = (table - bases[:, None])[valid]
    return _Residuals(in_time=False, bases=bases, flat=flat, counts=valid.sum(axis=1))


def _in_time(table: Int64, valid: Mask) -> _Residuals:
    counts = valid.sum(axis=1)
    flat = table[valid]
    has = counts > 0
    firsts = (np.cumsum(counts) - counts)[has]
    bases = np.zeros(counts.size, np.int64)
    bases[has] = flat[firsts]
    inner = np.ones(flat.size, bool)
    inner[firsts] = False
    steps = np.maximum(counts - 1, 0)
    return _Residuals(in_time=True, bases=bases, flat=np.diff(flat, prepend=0)[inner], counts=steps)


class PackedReader:
    """Reads a PackedTable in two steps: announce the residuals, then build the table."""

    def __init__(self, message: pb.PackedTable, ticks: int, rice: Reader) -> None:
        self._message = message
        self._rows = _rows(message, ticks)
        columns, rows = message.columns, self._rows.size
        if columns * max(rows, 1) > MAX_VALUES:
            raise TooLarge(f"packed table of {rows} x {columns} values")
        self._shape = (columns, rows)
        self._reasons = reason_runs.from_runs(message.reasons, columns, rows)
        self._valid = None if self._reasons is None else self._reasons == 0
        (self._common,), (self._bases,) = rice.expect([rows]), rice.expect([columns])
        counts = [rows] * columns if self._valid is None else self._valid.sum(axis=1).tolist()
        if message.in_time:
            counts = [max(count - 1, 0) for count in counts]
        self._sizes = rice.expect([sum(counts)] if message.shared else counts)

    def packed(self, signal: Signal, rice: Reader) -> Packed:
        """The table; ValueRefused for a value outside the signal's range."""
        message = self._message
        common = _line(rice, self._common, self._shape[1])
        bases = _line(rice, self._bases, self._shape[0])
        table = self._residuals(rice.take(sum(self._sizes)))
        if message.in_time:
            np.cumsum(table, axis=1, out=table)
        table += bases[:, None]
        table += common
        if message.divisor > 1:
            table *= message.divisor
        table += message.origin
        self._check(signal, table)
        return Packed(
            rows=self._rows,
            values=table.T.astype(np.int16, order="C"),
            reasons=self._flipped(),
            first=message.first + 1,
        )

    def _residuals(self, flat: Int64) -> Int64:
        """Where each residual stands; zeros in constant columns and, in time, at the first."""
        table = np.zeros(self._shape, np.int64)
        late = int(self._message.in_time)
        moving = (
            slice(None) if self._message.shared else [j for j, n in enumerate(self._sizes) if n]
        )
        if not flat.size:
            return table
        if self._valid is None:
            table[moving, late:] = flat.reshape(-1, self._shape[1] - late)
            return table
        where = np.zeros(self._shape, bool)
        where[moving] = self._valid[moving]
        if late:
            has = np.flatnonzero(self._valid.any(axis=1))
            where[has, self._valid.argmax(axis=1)[has]] = False
        table[where] = flat
        return table

    def _check(self, signal: Signal, table: Int64) -> None:
        """Refuse what the signal cannot carry; put the null word where a null stands."""
        if not table.size:
            return
        low, high = signal.raw_low, signal.raw_high
        if self._valid is not None:
            outside = self._valid & ((table < low) | (table > high))
            table[~self._valid] = PACKED_NULL
        elif low <= int(table.min()) and int(table.max()) <= high:
            return
        else:
            outside = (table < low) | (table > high)
        if outside.any():
            refuse(signal, float(table[outside][0]) * signal.scale)

    def _flipped(self) -> UInt8:
        if self._reasons is None:
            return np.zeros(self._shape[::-1], np.uint8)
        return self._reasons.T.copy()


def _line(rice: Reader, count: int, size: int) -> Int64:
    taken = rice.take(count)
    return np.cumsum(taken) if taken.size else np.zeros(size, np.int64)


def _rows(message: pb.PackedTable, ticks: int) -> npt.NDArray[np.int32]:
    if not message.some_ticks:
        return np.arange(ticks, dtype=np.int32)
    gaps = np.array(message.rows, np.int64)
    rows = np.cumsum(gaps)
    if rows.size and (rows[-1] >= ticks or (gaps[1:] == 0).any()):
        raise Unreadable(f"packed rows do not ascend within {ticks} ticks")
    return rows.astype(np.int32)
