"""The dense block on the wire: real and wide columns together, as integers by ascending id.

`Columns` is the middle between physical values and bytes: what the digest is taken over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from firmware_contracts import reasons as reason_runs
from firmware_contracts.errors import TooLarge, Unreadable, ValueRefused
from firmware_contracts.layout import Layout, layout
from firmware_contracts.released import CATALOGUE_1
from firmware_contracts.rice import CONSTANT, MAX_VALUES, Reader, Writer
from firmware_contracts.signals import BY_ID, PACKED
from firmware_contracts.telemetry import Block, Float64, Int64, Sparse, UInt8

if TYPE_CHECKING:
    from firmware_contracts import telemetry_pb2 as pb


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """`raw` int64 [k, rows], 0 where null; `reasons` uint8 [k, rows], None where all is valid."""

    signals: tuple[int, ...]
    raw: Int64
    reasons: UInt8 | None


def from_blocks(real: Block, wide: Block, rows: int) -> Columns:
    """Integers of both blocks; ValueRefused for a value that its signal cannot carry."""
    ids = real.signals + wide.signals
    if len(set(ids)) != len(ids):
        raise ValueRefused("a signal stands in the dense block twice")
    for block, name in ((real, "real"), (wide, "wide")):
        shape = (rows, len(block.signals))
        if block.values.shape != shape or block.reasons.shape != shape:
            raise ValueRefused(f"{name} block is {block.values.shape}, not {shape}")
    order = sorted(range(len(ids)), key=ids.__getitem__)
    lay = layout(tuple(ids[i] for i in order))
    values = np.concatenate((real.values.T, wide.values.T), dtype=np.float64)[order]
    why = np.concatenate((real.reasons.T, wide.reasons.T), dtype=np.uint8)[order]
    _storage_fits(lay, real)
    return _columns(lay, values, why)


def _storage_fits(lay: Layout, real: Block) -> None:
    want = {lay.signals[i] for i in lay.real}
    if want != set(real.signals):
        wrong = sorted(want.symmetric_difference(real.signals))
        raise ValueRefused(f"signals {wrong} stand in the wrong block (real or wide)")


def _columns(lay: Layout, values: Float64, why: UInt8) -> Columns:
    valid = why == 0
    if not np.array_equal(valid, np.isfinite(values)):
        j = int(np.argwhere(valid != np.isfinite(values))[0][0])
        name = BY_ID[lay.signals[j]].name
        raise ValueRefused(f"signal {name}: NaN must carry a reason, and only NaN may carry one")
    if valid.all():
        return Columns(signals=lay.signals, raw=lay.raw(values), reasons=None)
    low = np.broadcast_to(lay.low / lay.over * lay.times + lay.offset, values.shape)
    raw = lay.raw(np.where(valid, values, low))
    return Columns(signals=lay.signals, raw=np.where(valid, raw, 0), reasons=why)


def to_blocks(columns: Columns) -> tuple[Block, Block]:
    """real and wide block; ValueRefused for an integer outside its signal's range."""
    lay = layout(columns.signals)
    rows = columns.raw.shape[1]
    if columns.reasons is None:
        lay.check(columns.raw)
        values, why = lay.values(columns.raw), np.zeros((len(lay.signals), rows), np.uint8)
    else:
        valid = columns.reasons == 0
        lay.check(np.where(valid, columns.raw, lay.low))
        values, why = np.where(valid, lay.values(columns.raw), np.nan), columns.reasons
    ids = columns.signals
    return (
        Block(
            signals=tuple(ids[i] for i in lay.real),
            values=np.ascontiguousarray(values[lay.real].T, np.float32),
            reasons=np.ascontiguousarray(why[lay.real].T),
        ),
        Block(
            signals=tuple(ids[i] for i in lay.wide),
            values=np.ascontiguousarray(values[lay.wide].T),
            reasons=np.ascontiguousarray(why[lay.wide].T),
        ),
    )


def write(columns: Columns, out: pb.Dense, rice: Writer) -> None:
    """Fill the message and hand the residuals to the Rice writer."""
    if not columns.signals:
        return
    out.runs.extend(_id_runs(columns.signals))
    for no in columns.signals:
        if no not in CATALOGUE_1:
            out.definitions.add(signal=no, scale=BY_ID[no].scale, offset=BY_ID[no].offset)
    raw = columns.raw
    valid = np.ones(raw.shape, bool) if columns.reasons is None else columns.reasons == 0
    if columns.reasons is not None:
        out.reasons.extend(reason_runs.to_runs(columns.reasons))
    counts = valid.sum(axis=1)
    flat, ends = raw[valid], np.cumsum(counts)
    firsts = (ends - counts)[counts > 0]
    out.bases.extend(flat[firsts].tolist())
    deltas = np.diff(flat, prepend=0)
    inner = np.ones(flat.size, bool)
    inner[firsts] = False
    deltas, steps = deltas[inner], np.maximum(counts - 1, 0)
    divisors = _divisors(deltas, steps)
    moving = divisors > 0
    if (divisors > 1).any():
        out.divisors.extend(divisors[moving].tolist())
    rice.add(deltas // np.repeat(np.maximum(divisors, 1), steps), steps)


def _divisors(deltas: Int64, steps: Int64) -> Int64:
    """Greatest common divisor of each column's differences, 0 for a constant column."""
    out = np.zeros(steps.size, np.int64)
    filled = np.flatnonzero(steps)
    if filled.size:
        out[filled] = np.gcd.reduceat(np.abs(deltas), (np.cumsum(steps) - steps)[filled])
    return out


class DenseReader:
    """Reads a Dense message in two steps: announce the residuals, then build the columns."""

    def __init__(self, message: pb.Dense, rows: int, rice: Reader) -> None:
        self._message, self._rows = message, rows
        self.signals = _ids(tuple(message.runs))
        if rows * len(self.signals) > MAX_VALUES:
            raise TooLarge(f"dense block of {rows} x {len(self.signals)} values")
        self._reasons = reason_runs.from_runs(message.reasons, len(self.signals), rows)
        self._valid = None if self._reasons is None else self._reasons == 0
        counts = (
            np.full(len(self.signals), rows) if self._valid is None else self._valid.sum(axis=1)
        )
        parameters = rice.parameters(len(self.signals))
        self._steps = np.where(parameters == CONSTANT, 0, np.maximum(counts - 1, 0))
        self._counts = counts
        rice.expect(parameters, self._steps)

    def columns(self, rice: Reader) -> Columns:
        """The integers, exactly as written."""
        residuals = rice.take(int(self._steps.sum())) * self._scale()
        raw = np.zeros((len(self.signals), self._rows), np.int64)
        moving = self._steps > 0
        if self._valid is None:
            raw[moving, 1:] = residuals.reshape(-1, self._rows - 1) if residuals.size else 0
            if self._rows:
                raw[:, 0] = self._bases(len(self.signals))
        else:
            has = self._counts > 0
            first = self._valid.argmax(axis=1)[has]
            inner = self._valid & moving[:, None]
            inner[np.flatnonzero(has), first] = False
            raw[inner] = residuals
            raw[np.flatnonzero(has), first] = self._bases(int(has.sum()))
        np.cumsum(raw, axis=1, out=raw)
        if self._valid is not None:
            raw[~self._valid] = 0
        return Columns(signals=self.signals, raw=raw, reasons=self._reasons)

    def _bases(self, want: int) -> Int64:
        if len(self._message.bases) != want:
            raise Unreadable(f"{len(self._message.bases)} bases for {want} columns")
        return np.fromiter(self._message.bases, np.int64, want)

    def _scale(self) -> Int64 | int:
        divisors = self._message.divisors
        if not len(divisors):
            return 1
        steps = self._steps[self._steps > 0]
        if len(divisors) != steps.size or max(divisors) >= 1 << 62:
            raise Unreadable(f"{len(divisors)} divisors for {steps.size} moving columns")
        return np.repeat(np.fromiter(divisors, np.int64, steps.size), steps)


def split_unknown(columns: Columns, message: pb.Dense) -> tuple[Columns, Sparse | None]:
    """Columns that this catalogue knows, and the others as triples by the sender's definitions."""
    known = [i for i, no in enumerate(columns.signals) if no in BY_ID and no not in PACKED]
    if len(known) == len(columns.signals):
        return columns, None
    define = {d.signal: d for d in message.definitions}
    rows, signals, values = [], [], []
    for j in sorted(set(range(len(columns.signals))).difference(known)):
        no = columns.signals[j]
        if no not in define:
            raise Unreadable(f"signal {no} is unknown and comes without a definition")
        valid = np.arange(columns.raw.shape[1])
        if columns.reasons is not None:
            valid = np.flatnonzero(columns.reasons[j] == 0)
        rows.append(valid.astype(np.int32))
        signals.append(np.full(valid.size, no, np.uint32))
        values.append(columns.raw[j, valid] * define[no].scale + define[no].offset)
    kept = Columns(
        signals=tuple(columns.signals[j] for j in known),
        raw=columns.raw[known],
        reasons=None if columns.reasons is None else columns.reasons[known],
    )
    triples = Sparse(
        rows=np.concatenate(rows), signals=np.concatenate(signals), values=np.concatenate(values)
    )
    return kept, triples


def _id_runs(signals: tuple[int, ...]) -> list[int]:
    """Gap, length, gap, length ... of ascending ids.

    >>> _id_runs((3, 4, 5, 9))
    [3, 3, 3, 1]
    """
    out: list[int] = []
    end = 0
    for no in signals:
        if out and no == end:
            out[-1] += 1
        else:
            out += [no - end, 1]
        end = no + 1
    return out


def _ids(runs: tuple[int, ...]) -> tuple[int, ...]:
    out: list[int] = []
    end = 0
    if len(runs) % 2 or sum(runs[1::2]) > 100_000:
        raise Unreadable("signal runs are not pairs, or name too many signals")
    for gap, length in zip(runs[::2], runs[1::2], strict=True):
        out += range(end + gap, end + gap + length)
        end += gap + length
    return tuple(out)
