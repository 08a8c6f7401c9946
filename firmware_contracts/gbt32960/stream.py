"""Frames out of a TCP stream that splits, joins and garbles them. No sockets here.

    bytes --feed--> frames           what is no frame is passed over and counted
    garbage     bytes that belong to no frame
    broken      frames whose check byte was wrong: the search goes on behind their start

Held back is at most one frame (65,556 bytes): a start with a length that never fills up costs
that much memory and no more. When nothing follows for a while, `expire` passes over such a start.
"""

from __future__ import annotations

from firmware_contracts.gbt32960.errors import BadCheck
from firmware_contracts.gbt32960.frame import HEAD, MOST_DATA, OVERHEAD, Flag, Frame, decode_frame

STARTS = (b"##", b"$$")
MOST_HELD = OVERHEAD + MOST_DATA
_FLAGS = frozenset(Flag)


class Stream:
    """One direction of one connection."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.frames = 0
        self.garbage = 0
        self.broken = 0

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """All frames that are complete now, in order."""
        self._held += data
        return self._scan(0)

    def expire(self) -> list[Frame]:
        """Pass over the start that waits for its rest; frames that were behind it."""
        return self._scan(1) if self._held else []

    def _scan(self, at: int) -> list[Frame]:
        found: list[Frame] = []
        while (start := self._start(at)) is not None:
            at = start
            size = self._size(at)
            if size is None:
                break
            at += self._take(at, size, found)
        else:
            at = max(at, len(self._held) - self._half_start())
        self.garbage += at - sum(OVERHEAD + len(frame.data) for frame in found)
        del self._held[:at]
        self.frames += len(found)
        return found

    def _start(self, at: int) -> int | None:
        """The next place at or behind `at` where a frame may begin."""
        places = [place for word in STARTS if (place := self._held.find(word, at)) >= 0]
        return min(places) if places else None

    def _half_start(self) -> int:
        """1 where the last byte may be the first of a start."""
        return int(self._held.endswith((b"#", b"$")))

    def _size(self, at: int) -> int | None:
        """Size of the frame that begins here, 0 for none; None while too little is there."""
        flag = self._held[at + 3 : at + 4]
        if flag and flag[0] not in _FLAGS:
            return 0
        if len(self._held) < at + HEAD.size:
            return None
        *_, length = HEAD.unpack_from(self._held, at)
        if length > MOST_DATA:
            return 0
        size = OVERHEAD + int(length)
        return size if len(self._held) >= at + size else None

    def _take(self, at: int, size: int, found: list[Frame]) -> int:
        """Read the frame at this place; how many bytes to go on by."""
        if not size:
            return 1
        try:
            found.append(decode_frame(bytes(self._held[at : at + size])))
        except BadCheck:
            self.broken += 1
            return 1
        return size
