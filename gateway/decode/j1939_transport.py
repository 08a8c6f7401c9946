"""J1939 messages longer than 8 bytes, as they pass by: BAM to all, RTS/CTS between two units.

    EC00   20 size2 packets FF pgn3     to all: packets follow in order, 50 to 200 ms apart
    EC00   10 size2 packets n pgn3      to one unit, which answers 11 (go on) ... 13 (done)
    EC00   FF reason ... pgn3           given up
    EB00   number d d d d d d d         number counts from 1

Only heard, never answered. A packet that is missing drops the message and counts it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.decode.j1939 import Address

CONNECTION, DATA = 0xEC00, 0xEB00
_TO_ALL, _TO_ONE, _ABORT = 0x20, 0x10, 0xFF
_PER_PACKET = 7
LONGEST = 1785
"""255 packets of 7 bytes."""
PATIENCE_MS = 1250
"""Longest pause inside a message (J1939-21, T2)."""
MOST_OPEN = 512
"""Messages under way at once; a bus has at most 254 senders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole message of one unit."""

    pgn: int
    source: int
    data: bytes


@dataclass(slots=True, kw_only=True)
class _Open:
    pgn: int
    size: int
    packets: int
    t_ms: int
    in_order: bool
    parts: dict[int, bytes] = field(default_factory=dict)


class Transport:
    """Messages of one bus. `errors` counts those that were begun and not finished."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], _Open] = {}
        self.errors = 0

    def feed(self, where: Address, data: bytes, t_ms: int) -> Message | None:
        """Take one frame of EC00 or EB00; the message where it is whole."""
        if where.pgn == CONNECTION and len(data) >= 8:
            self._begin(where, data, t_ms)
        elif where.pgn == DATA and len(data) >= 2:
            return self._part(where, data, t_ms)
        return None

    def announced(self, where: Address) -> int | None:
        """The parameter group that is under way between two units."""
        found = self._open.get((where.source, where.destination))
        return None if found is None else found.pgn

    def _begin(self, where: Address, data: bytes, t_ms: int) -> None:
        key = (where.source, where.destination)
        if data[0] == _ABORT:
            self._drop(key)
        if data[0] not in (_TO_ALL, _TO_ONE):
            return
        self._drop(key)
        size, packets = int.from_bytes(data[1:3], "little"), data[3]
        if not 8 < size <= LONGEST or packets != -(-size // _PER_PACKET):
            self.errors += 1
            return
        if len(self._open) >= MOST_OPEN:
            self._drop(next(iter(self._open)))
        self._open[key] = _Open(
            pgn=int.from_bytes(data[5:8], "little"),
            size=size,
            packets=packets,
            t_ms=t_ms,
            in_order=data[0] == _TO_ALL,
        )

    def _part(self, where: Address, data: bytes, t_ms: int) -> Message | None:
        key = (where.source, where.destination)
        part = self._open.get(key)
        if part is None:
            return None
        late = t_ms - part.t_ms > PATIENCE_MS
        out_of_order = part.in_order and data[0] != len(part.parts) + 1
        if late or out_of_order or not 1 <= data[0] <= part.packets:
            self._drop(key)
            return None
        part.t_ms = t_ms
        part.parts[data[0]] = data[1:].ljust(_PER_PACKET, b"\xff")
        if len(part.parts) < part.packets:
            return None
        del self._open[key]
        whole = b"".join(part.parts[n] for n in range(1, part.packets + 1))
        return Message(pgn=part.pgn, source=where.source, data=whole[: part.size])

    def _drop(self, key: tuple[int, int]) -> None:
        self.errors += self._open.pop(key, None) is not None
