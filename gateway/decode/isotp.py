"""ISO 15765-2 as a tester needs it: reassemble answers, say when to send flow control.

    SF  0L d d d d d d d        L = 1..7
    SF  00 LL d ...             CAN FD: more than 8 bytes in the frame
    FF  1L LL d d d d d d       12-bit length; 0 means a 32-bit length follows
    CF  2N d d d d d d d        N = 1..15, 0, 1 ...
    FC  30 00 00                clear to send, all at once, no gap

With extended addressing an address byte stands before all of this. A lost or repeated frame drops
the whole answer and counts it: a part of a value is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass

PADDING = 0xAA
N_CR_MS = 1000
LONGEST = 65_535
CLASSIC = 8
"""Bytes of a classic CAN frame; a longer one is CAN FD and its single frame has the escape."""
_CLEAR_TO_SEND = bytes((0x30, 0, 0))


def single(request: bytes, target: int | None = None) -> bytes:
    """The one frame of a request, after the unit's address byte where it wants one.

    ValueError where it does not fit: requests of a reader are never longer than 7 bytes (6).
    """
    address = b"" if target is None else bytes([target])
    most = CLASSIC - 1 - len(address)
    if not 1 <= len(request) <= most:
        raise ValueError(f"request of {len(request)} bytes: a single frame carries 1 to {most}")
    return (address + bytes([len(request)]) + request).ljust(CLASSIC, bytes([PADDING]))


def flow_control(target: int | None = None) -> bytes:
    """Clear to send, all at once: the answer to a first frame."""
    address = b"" if target is None else bytes([target])
    return (address + _CLEAR_TO_SEND).ljust(CLASSIC, bytes([PADDING]))


FLOW_CONTROL = flow_control()


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
    """Answers of one ECU. `errors` counts sequence breaks, timeouts and malformed frames.

    `address_bytes` of every frame are skipped (1 with extended addressing).
    """

    def __init__(self, *, address_bytes: int = 0) -> None:
        self._partial: _Partial | None = None
        self._skip = address_bytes
        self.errors = 0

    @property
    def busy(self) -> bool:
        """True while a multi-frame answer is under way."""
        return self._partial is not None

    def feed(self, data: bytes, t_ms: int) -> Heard:
        """Take one frame's data."""
        body = data[self._skip :]
        if not body:
            return self._broken()
        self.expire(t_ms)
        kind = body[0] >> 4
        if kind == 0:
            return self._single(body, escape=len(data) > CLASSIC)
        if kind == 1:
            return self._first(body, t_ms, whole=len(data) >= CLASSIC)
        if kind == 2:
            return self._consecutive(body, t_ms)
        return NOTHING

    def expire(self, t_ms: int) -> None:
        """Drop an answer whose next frame is overdue."""
        if self._partial is not None and t_ms - self._partial.t_ms > N_CR_MS:
            self._broken()

    def _broken(self) -> Heard:
        self._partial = None
        self.errors += 1
        return NOTHING

    def _single(self, body: bytes, *, escape: bool) -> Heard:
        if self._partial is not None:
            self._broken()
        length, start, most = body[0] & 0x0F, 1, CLASSIC - 1 - self._skip
        if escape and length == 0:
            length, start, most = body[1], 2, len(body) - 2
        if not 1 <= length <= most or len(body) < start + length:
            return self._broken()
        return Heard(pdu=body[start : start + length])

    def _first(self, body: bytes, t_ms: int, *, whole: bool) -> Heard:
        if self._partial is not None:
            self._broken()
        if not whole:
            return self._broken()
        length, start = ((body[0] & 0x0F) << 8) | body[1], 2
        if length == 0:
            length, start = int.from_bytes(body[2:6], "big"), 6
        if length <= len(body) - start or length > LONGEST:
            return self._broken()
        self._partial = _Partial(length, bytearray(body[start:]), 1, t_ms)
        return Heard(wants_flow_control=True)

    def _consecutive(self, body: bytes, t_ms: int) -> Heard:
        partial = self._partial
        if partial is None:
            return NOTHING
        if body[0] & 0x0F != partial.expected:
            return self._broken()
        partial.data += body[1:]
        partial.expected = (partial.expected + 1) & 0x0F
        partial.t_ms = t_ms
        if len(partial.data) < partial.length:
            return NOTHING
        self._partial = None
        return Heard(pdu=bytes(partial.data[: partial.length]))
