"""Messages of a DBC as bit layouts: frames of one id are decoded together, a column a signal.

    little endian   start = least significant bit      7 6 5 4 3 2 1 0 | 15 14 ...
    big endian      start = most significant bit, counted the same way

Everything equals what cantools decodes frame by frame; it is only done for many frames at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from cantools.database.can import Message
from cantools.database.can.signal import Signal

from gateway.decode import j1939

Bytes = npt.NDArray[np.uint8]
Raw = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


_EXACT_BITS = 53
"""Integers of more bits do not fit a double: whole scales are then applied to whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One signal: its bytes from the least significant on, then `bits` from bit `shift`.

    `parent` is the multiplexor that must carry one of `ids` for the signal to be there.
    """

    name: str
    message: str
    places: tuple[int, ...]
    shift: int
    bits: int
    signed: bool
    floating: bool
    scale: float
    offset: float
    parent: str | None = None
    ids: frozenset[int] = frozenset()
    j1939: bool = False

    @property
    def needs(self) -> int:
        """Bytes that a frame must have for this signal."""
        return max(self.places) + 1

    def raw(self, data: Bytes) -> Raw:
        """The unsigned number of every frame; `data` is (frames, bytes), wide enough."""
        out = np.zeros(len(data), dtype=np.uint64)
        for n, place in enumerate(self.places[:8]):
            out |= data[:, place].astype(np.uint64) << np.uint64(8 * n)
        out >>= np.uint64(self.shift)
        if len(self.places) > 8:
            out |= data[:, self.places[8]].astype(np.uint64) << np.uint64(64 - self.shift)
        return out if self.bits == 64 else out & np.uint64((1 << self.bits) - 1)

    def physical(self, raw: Raw) -> Values:
        """raw * scale + offset in double precision."""
        if self.floating:
            kind = {16: np.float16, 32: np.float32, 64: np.float64}[self.bits]
            unsigned = {16: np.uint16, 32: np.uint32, 64: np.uint64}[self.bits]
            return raw.astype(unsigned).view(kind).astype(np.float64) * self.scale + self.offset
        numbers = self._turned(raw) if self.signed else raw
        if self.bits > _EXACT_BITS and self.scale.is_integer() and self.offset.is_integer():
            scale, offset = int(self.scale), int(self.offset)
            return np.array([float(int(n) * scale + offset) for n in numbers], dtype=np.float64)
        return numbers.astype(np.float64) * self.scale + self.offset

    def _turned(self, raw: Raw) -> npt.NDArray[np.int64]:
        """Two's complement of `bits` bits."""
        top = 64 - self.bits
        return (raw << np.uint64(top)).view(np.int64) >> np.int64(top)

    def meant(self, raw: Raw) -> Mask:
        """False where the number says "not available" or "error" (J1939 only)."""
        if not self.j1939:
            return np.ones(len(raw), dtype=bool)
        meant: Mask = raw <= np.uint64(j1939.highest_valid(self.bits, signed=self.signed))
        if self.signed:
            meant |= raw >= np.uint64(1 << (self.bits - 1))  # the negative half
        return meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One signal of a group of frames: the rows that carry it and their values."""

    column: Column
    rows: npt.NDArray[np.intp]
    values: Values
    unmeant: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A message compiled. Multiplexors stand before what they select, whatever their bits."""

    name: str
    frame_id: int
    extended: bool
    length: int
    columns: tuple[Column, ...] = field(default=())

    def lost(self, data: Bytes, lengths: npt.NDArray[np.integer]) -> Mask:
        """True for frames that carry a multiplexor which selects nothing that the DBC knows: what
        else stands in them cannot be trusted (cantools refuses them too)."""
        out = np.zeros(len(data), dtype=bool)
        known: dict[str, set[int]] = {}
        for column in self.columns:
            if column.parent is not None:
                known.setdefault(column.parent, set()).update(column.ids)
        there: dict[str, tuple[Raw, Mask]] = {}
        for column in self.columns:
            if column.name not in known or column.needs > data.shape[1]:
                continue
            present: Mask = lengths >= column.needs
            if column.parent in there:
                chosen, above = there[column.parent]
                present = present & above & _selects(chosen, column.ids)
            raw = column.raw(data)
            there[column.name] = (raw, present)
            out |= present & ~_selects(raw, known[column.name])
        return out

    def decode(self, data: Bytes, lengths: npt.NDArray[np.integer]) -> Iterator[Reading]:
        """Signals of frames (frames, bytes); those beyond a frame's own length are absent."""
        selectors: dict[str, tuple[Raw, Mask]] = {}
        wanted = {c.parent for c in self.columns if c.parent}
        width = data.shape[1]
        for column in self.columns:
            if column.needs > width:
                continue
            there: Mask = lengths >= column.needs
            if column.parent is not None:
                if column.parent not in selectors:
                    continue
                chosen, present = selectors[column.parent]
                there = there & present & _selects(chosen, column.ids)
            raw = column.raw(data)
            if column.name in wanted:
                selectors[column.name] = (raw, there)
            meant = column.meant(raw)
            rows = np.flatnonzero(there & meant)
            if len(rows) or there.any():
                yield Reading(
                    column=column,
                    rows=rows,
                    values=column.physical(raw[rows]),
                    unmeant=int((there & ~meant).sum()),
                )


def _selects(raw: Raw, ids: Iterable[int]) -> Mask:
    return np.isin(raw, np.fromiter(ids, dtype=np.uint64))


def compile_message(message: Message, *, by_pgn: bool = False) -> Layout:
    """The layout of a cantools message; `by_pgn`: its not-available numbers are no values."""
    columns = [_column(s, message, by_pgn) for s in message.signals if s.length <= 64]
    return Layout(
        name=message.name,
        frame_id=message.frame_id,
        extended=message.is_extended_frame,
        length=message.length,
        columns=tuple(_ordered(columns)),
    )


def _column(signal: Signal, message: Message, by_pgn: bool) -> Column:
    little = signal.byte_order == "little_endian"
    start = signal.start if little else 8 * (signal.start // 8) + 7 - signal.start % 8
    end = start + signal.length
    listed = range(start // 8, (end - 1) // 8 + 1)
    return Column(
        name=signal.name,
        message=message.name,
        places=tuple(listed if little else reversed(listed)),
        shift=start % 8 if little else -end % 8,
        bits=signal.length,
        signed=signal.is_signed,
        floating=signal.is_float,
        scale=float(signal.scale),
        offset=float(signal.offset),
        parent=signal.multiplexer_signal,
        ids=frozenset(signal.multiplexer_ids or ()),
        j1939=by_pgn and not signal.is_float,
    )


def _ordered(columns: list[Column]) -> Iterator[Column]:
    """Multiplexors before what they select."""
    by_name = {c.name: c for c in columns}

    def depth(column: Column) -> int:
        steps, at = 0, column
        while at.parent in by_name and steps < len(columns):
            steps, at = steps + 1, by_name[at.parent]
        return steps

    yield from sorted(columns, key=depth)
