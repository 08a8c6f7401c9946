"""NMEA 2000's fast packets: up to 223 bytes in frames of one id, without an announcement.

    frame 0    sequence 3 bits, 00000 | length | 6 bytes
    frame n    sequence 3 bits, n 5 bits | 7 bytes

A frame that is missing drops the packet and counts it.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 223
"""Bytes of a fast packet (NMEA 2000: 6 + 31 * 7)."""


@dataclass(slots=True)
class _Open:
    sequence: int
    length: int
    data: bytearray
    next: int = 1


class FastPackets:
    """Packets of one id. `errors` counts those that were begun and not finished."""

    def __init__(self) -> None:
        self._open: _Open | None = None
        self.errors = 0

    def feed(self, data: bytes) -> bytes | None:
        """Take one frame; the packet where it is whole."""
        if len(data) < 2:
            return None
        sequence, number = data[0] >> 5, data[0] & 0x1F
        if number == 0:
            return self._first(sequence, data)
        part = self._open
        if part is None:
            return None
        if part.sequence != sequence or part.next != number:
            self._drop()
            return None
        part.next += 1
        part.data += data[1:]
        return self._whole(part)

    def _first(self, sequence: int, data: bytes) -> bytes | None:
        self._drop()
        if data[1] > LONGEST:
            self.errors += 1
            return None
        self._open = _Open(sequence, data[1], bytearray(data[2:]))
        return self._whole(self._open)

    def _whole(self, part: _Open) -> bytes | None:
        if len(part.data) < part.length:
            return None
        self._open = None
        return bytes(part.data[: part.length])

    def _drop(self) -> None:
        self.errors += self._open is not None
        self._open = None
