"""One number inside an answer: where it stands, how it is scaled, and when it is not a number."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_contracts.signal import Reason, Signal
from gateway.frames import SignalSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """value = raw * scale + offset; `start` counts after the service's echo.

        bytes   ... [start][start+1] ...      big endian unless `little`
        bit     a single bit of byte `start` where given (0 = least significant)

    `sentinels` are raw values that mean "invalid".
    """

    signal: Signal
    start: int
    size: int = 1
    signed: bool = False
    little: bool = False
    bit: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    part: int = 0
    sentinels: frozenset[int] = frozenset()

    def read(self, body: bytes, t_ms: int) -> SignalSample | None:
        """The sample, null with a reason where it cannot be one; None where the answer is short."""
        if len(body) < self.start + self.size:
            return None
        order = "little" if self.little else "big"
        raw = int.from_bytes(body[self.start : self.start + self.size], order, signed=self.signed)  # type: ignore[arg-type]
        if self.bit is not None:
            raw = (raw >> self.bit) & 1
        elif raw in self.sentinels:
            return self.null(t_ms, Reason.INVALID)
        return self.sample(raw * self.scale + self.offset, t_ms)

    def sample(self, value: float, t_ms: int) -> SignalSample:
        """A checked value: outside the physical range it is null, never clipped."""
        if not self.signal.low - 1e-9 <= value <= self.signal.high + 1e-9:
            return self.null(t_ms, Reason.OUT_OF_RANGE)
        return SignalSample(signal=self.signal.id, t_ms=t_ms, value=value, part=self.part)

    def null(self, t_ms: int, reason: Reason) -> SignalSample:
        """A null with its reason."""
        return SignalSample(
            signal=self.signal.id, t_ms=t_ms, value=None, reason=reason, part=self.part
        )
