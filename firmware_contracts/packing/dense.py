"""The dense block on the wire: real and wide columns together, as integers by ascending id.

`Columns` is the middle between physical values and bytes: what the digest is taken over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from firmware_contracts import reasons as reason_runs
from firmware_contracts.errors import TooLarge, Unreadable, ValueRefused
from firmware_contracts.packing import grid
from firmware_contracts.packing.layout import Layout, layout
from firmware_contracts.packing.rice import MAX_VALUES, Reader, Writer
from firmware_contracts.released import CATALOGUE_1
from firmware_contracts.signals import BY_ID, PACKED
from firmware_contracts.telemetry import Block, Float32, Float64, Int64, Sparse, UInt8

if TYPE_CHECKING:
    from firmware_contracts import telemetry_pb2 as pb


Mask = npt.NDArray[np.bool_]


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
    why = columns.reasons
    if why is None:
        lay.check(columns.raw)
        values = lay.values(columns.raw)
    else:
        valid = why == 0
        lay.check(np.where(valid, columns.raw, lay.low))
        values = np.where(valid, lay.values(columns.raw), np.nan)
    return (
        _block(lay.real_ids, values[lay.real].astype(np.float32), why, lay.real),
        _block(lay.wide_ids, values[lay.wide], why, lay.wide),
    )


def _block(
    ids: tuple[int, ...],
    values: Float32 | Float64,
    why: UInt8 | None,
    part: npt.NDArray[np.intp],
) -> Block:
    flipped = values.T
    if why is None:
        return Block(signals=ids, values=flipped.copy(), reasons=np.zeros(flipped.shape, np.uint8))
    return Block(signals=ids, values=flipped.copy(), reasons=why[part].T.copy())


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
    codes, flat = _steps(raw[valid], counts)
    firsts = (np.cumsum(counts) - counts)[counts > 0]
    out.bases.extend(flat[firsts].tolist())
    deltas, inner = _deltas(flat, firsts)
    moving = codes > 0
    if (codes[moving] != 2).any():
        out.steps.extend(codes[moving].tolist())
    divisors = np.where(codes & 1, 1, np.maximum(codes >> 1, 1))
    rice.add(deltas[inner] // np.repeat(divisors, counts)[inner], np.maximum(counts - 1, 0))


def _steps(flat: Int64, counts: Int64) -> tuple[Int64, Int64]:
    """Step code of each column (0: constant), and the values with grid columns as their m."""
    firsts = (np.cumsum(counts) - counts)[counts > 0]
    deltas, _ = _deltas(flat, firsts)
    deltas[firsts] = 0
    common = np.zeros(counts.size, np.int64)
    if firsts.size:
        common[counts > 0] = np.gcd.reduceat(np.abs(deltas), firsts)
    grids = grid.fit(flat, counts, common == 1)
    for number in np.unique(grids[grids >= 0]).tolist():
        mine = np.repeat(grids == number, counts)
        flat[mine] = grid.steps(flat[mine], number)
    return np.where(grids >= 0, 2 * grids + 1, 2 * common), flat


def _deltas(flat: Int64, firsts: Int64) -> tuple[Int64, Mask]:
    """Differences to the value before, and where they are within a column."""
    inner = np.ones(flat.size, bool)
    inner[firsts] = False
    deltas = np.zeros(flat.size, np.int64)
    np.subtract(flat[1:], flat[:-1], out=deltas[1:])
    return deltas, inner


class DenseReader:
    """Reads a Dense message in two steps: announce the residuals, then build the columns."""

    def __init__(self, message: pb.Dense, rows: int, rice: Reader) -> None:
        self._message, self.rows = message, rows
        self.signals = _ids(tuple(message.runs))
        columns = len(self.signals)
        if rows * columns > MAX_VALUES:
            raise TooLarge(f"dense block of {rows} x {columns} values")
        self._reasons = reason_runs.from_runs(message.reasons, columns, rows)
        self._valid = None if self._reasons is None else self._reasons == 0
        counts = [rows] * columns if self._valid is None else self._valid.sum(axis=1).tolist()
        self._filled = [j for j, count in enumerate(counts) if count]
        sizes = rice.expect([max(count - 1, 0) for count in counts])
        self._moving = [j for j, size in enumerate(sizes) if size]
        self._sizes = [sizes[j] for j in self._moving]

    def columns(self, rice: Reader) -> Columns:
        """The integers, exactly as written."""
        raw = np.zeros((len(self.signals), self.rows), np.int64)
        self.into(raw, rice)
        return Columns(signals=self.signals, raw=raw, reasons=self._reasons)

    @property
    def complete(self) -> bool:
        """True where no reading is null."""
        return self._valid is None

    def into(self, raw: Int64, rice: Reader) -> None:
        """The integers into zeros [signals, rows]."""
        codes = self._codes()
        residuals = rice.take(sum(self._sizes))
        if codes:
            divisors = [1 if code & 1 else code >> 1 for code in codes]
            residuals = residuals * np.repeat(np.array(divisors, np.int64), self._sizes)
        if self._valid is None:
            self._fill(raw, residuals)
        else:
            self._fill_valid(raw, residuals, self._valid)
        np.cumsum(raw, axis=1, out=raw)
        for j, code in zip(self._moving, codes, strict=False):
            if code & 1:
                raw[j] = grid.raw(raw[j], code >> 1)
        if self._valid is not None:
            raw[~self._valid] = 0

    def _fill(self, raw: Int64, residuals: Int64) -> None:
        bases = self._bases()
        if self.rows:
            raw[:, 0] = bases
        if self._moving:
            raw[self._moving, 1:] = residuals.reshape(-1, self.rows - 1)

    def _fill_valid(self, raw: Int64, residuals: Int64, valid: Mask) -> None:
        first = valid.argmax(axis=1)[self._filled]
        inner = np.zeros(valid.shape, bool)
        inner[self._moving] = valid[self._moving]
        inner[self._filled, first] = False
        raw[inner] = residuals
        raw[self._filled, first] = self._bases()

    def _bases(self) -> Int64:
        bases, want = self._message.bases, len(self._filled)
        if len(bases) != want:
            raise Unreadable(f"{len(bases)} bases for {want} columns")
        return np.array(bases, np.int64)

    def _codes(self) -> list[int]:
        """Step codes of the moving columns; empty where all count in steps of one."""
        codes = list(self._message.steps)
        if codes and len(codes) != len(self._moving):
            raise Unreadable(f"{len(codes)} steps for {len(self._moving)} moving columns")
        if codes and (max(codes) >> 62 or any(_unknown_grid(code) for code in codes)):
            raise Unreadable("a step or grid that this reader does not know")
        return codes


def _unknown_grid(code: int) -> bool:
    return bool(code & 1) and code >> 1 >= len(grid.GRIDS)


def split_unknown(columns: Columns, message: pb.Dense) -> tuple[Columns, Sparse | None]:
    """Columns that this catalogue knows, and the others as triples by the sender's definitions."""
    if _all_known(columns.signals):
        return columns, None
    known = [i for i, no in enumerate(columns.signals) if no in BY_ID and no not in PACKED]
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


@lru_cache(maxsize=1024)
def _all_known(signals: tuple[int, ...]) -> bool:
    return all(no in BY_ID and no not in PACKED for no in signals)


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


@lru_cache(maxsize=1024)
def _ids(runs: tuple[int, ...]) -> tuple[int, ...]:
    out: list[int] = []
    end = 0
    if len(runs) % 2 or sum(runs[1::2]) > 100_000:
        raise Unreadable("signal runs are not pairs, or name too many signals")
    for gap, length in zip(runs[::2], runs[1::2], strict=True):
        out += range(end + gap, end + gap + length)
        end += gap + length
    return tuple(out)
