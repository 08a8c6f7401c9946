"""ISO 15765-2 as a tester needs it: reassemble answers, say when to send flow control.

    SF  0L d d d d d d d        L = 1..7
    FF  1L LL d d d d d d       12-bit length; 0 means a 32-bit length follows
    CF  2N d d d d d d d        N = 1..15, 0, 1 ...
    FC  30 00 00                clear to send, all at once, no gap

A lost or repeated frame drops the whole answer and counts it: a part of a value is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass

PADDING = 0xAA
N_CR_MS = 1000
LONGEST = 65_535
FLOW_CONTROL = bytes((0x30, 0, 0)) + bytes([PADDING]) * 5


def single(request: bytes) -> bytes:
    """The one frame of a request; requests of a reader are never longer than 7 bytes."""
    if not 1 <= len(request) <= 7:
        raise ValueError(f"request of {len(request)} bytes: a single frame carries 1 to 7")
    return (bytes([len(request)]) + request).ljust(8, bytes([PADDING]))


@dataclass(slots=True)
class _Partial:
    length: int
    data: bytearray
    expected: int
    t_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a frame brought: a whole answer, a wish for flow control, or nothing yet."""

    pdu: bytes | None = None
    wants_flow_control: bool = False


NOTHING = Heard()


class Assembler:
    """Answers of one ECU. `errors` counts sequence breaks, timeouts and malformed frames."""

    def __init__(self) -> None:
        self._partial: _Partial | None = None
        self.errors = 0

    @property
    def busy(self) -> bool:
        """True while a multi-frame answer is under way."""
        return self._partial is not None

    def feed(self, data: bytes, t_ms: int) -> Heard:
        """Take one frame's data."""
        if not data:
            return self._broken()
        self.expire(t_ms)
        kind = data[0] >> 4
        if kind == 0:
            return self._single(data)
        if kind == 1:
            return self._first(data, t_ms)
        if kind == 2:
            return self._consecutive(data, t_ms)
        return NOTHING

    def expire(self, t_ms: int) -> None:
        """Drop an answer whose next frame is overdue."""
        if self._partial is not None and t_ms - self._partial.t_ms > N_CR_MS:
            self._broken()

    def _broken(self) -> Heard:
        self._partial = None
        self.errors += 1
        return NOTHING

    def _single(self, data: bytes) -> Heard:
        if self._partial is not None:
            self._broken()
        length = data[0] & 0x0F
        if not 1 <= length <= 7 or len(data) <= length:
            return self._broken()
        return Heard(pdu=data[1 : 1 + length])

    def _first(self, data: bytes, t_ms: int) -> Heard:
        if self._partial is not None:
            self._broken()
        if len(data) < 8:
            return self._broken()
        length, start = ((data[0] & 0x0F) << 8) | data[1], 2
        if length == 0:
            length, start = int.from_bytes(data[2:6], "big"), 6
        if length < 8 or length > LONGEST:
            return self._broken()
        self._partial = _Partial(length, bytearray(data[start:]), 1, t_ms)
        return Heard(wants_flow_control=True)

    def _consecutive(self, data: bytes, t_ms: int) -> Heard:
        partial = self._partial
        if partial is None:
            return NOTHING
        if data[0] & 0x0F != partial.expected:
            return self._broken()
        partial.data += data[1:]
        partial.expected = (partial.expected + 1) & 0x0F
        partial.t_ms = t_ms
        if len(partial.data) < partial.length:
            return NOTHING
        self._partial = None
        return Heard(pdu=bytes(partial.data[: partial.length]))
