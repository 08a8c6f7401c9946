"""One number inside an answer: where it stands, how it is scaled, and when it is not a number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from firmware_contracts.signal import Reason, Signal
from gateway.decode import j1939
from gateway.frames import SignalSample


class Evidence(Enum):
    """How a field is known. What is only computed is shown, marked, and never sent on."""

    CAPTURED = "captured"  # agrees with answers of real cars
    PUBLISHED = "published"  # stated by a standard or an open project, not seen by us
    COMPUTED = "computed"  # derived or guessed; nobody stated it


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """value = raw * scale + offset; `start` counts after the service's echo.

        bytes   ... [start][start+1] ...      big endian unless `little`
        bit     a single bit of byte `start` where given (0 = least significant)
        shift, width    `width` bits from bit `shift` of the number (0 = least significant)

    `sentinels` are raw values that mean "invalid"; `low` and `high` narrow the catalogue's range to
    what this car can mean. `example` is worked: bytes -> arithmetic = value. A field with an `spn`
    is a parameter of J1939: its reserved numbers are no values.
    """

    signal: Signal
    start: int
    size: int = 1
    signed: bool = False
    little: bool = False
    bit: int | None = None
    shift: int = 0
    width: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    part: int = 0
    sentinels: frozenset[int] = frozenset()
    low: float | None = None
    high: float | None = None
    evidence: Evidence = Evidence.PUBLISHED
    example: str = ""
    spn: int | None = None

    def __post_init__(self) -> None:
        if self.start < 0 or not 1 <= self.size <= 8:
            raise ValueError(
                f"{self.signal.name}: start {self.start}, size {self.size}: use 0 or more, 1 to 8"
            )

    def read(self, body: bytes, t_ms: int) -> SignalSample | None:
        """The sample, null with a reason where it cannot be one; None where the answer is short."""
        if len(body) < self.start + self.size:
            return None
        order: Literal["little", "big"] = "little" if self.little else "big"
        signed = self.signed and self.width is None
        raw = int.from_bytes(body[self.start : self.start + self.size], order, signed=signed)
        if self.bit is not None:
            raw = (raw >> self.bit) & 1
        elif self.width is not None:
            raw = self._cut(raw)
        if self.bit is None and raw in self.sentinels:
            return self.null(t_ms, Reason.INVALID)
        if self.spn is not None:
            why = j1939.reason(raw, self.width or 8 * self.size)
            if why is not Reason.VALID:
                return self.null(t_ms, why)
        return self.sample(raw * self.scale + self.offset, t_ms)

    def _cut(self, raw: int) -> int:
        assert self.width is not None
        cut = (raw >> self.shift) & ((1 << self.width) - 1)
        return cut - (1 << self.width) if self.signed and cut >> (self.width - 1) else cut

    def sample(self, value: float, t_ms: int) -> SignalSample:
        """A checked value: outside the physical range it is null, never clipped."""
        low = self.signal.low if self.low is None else max(self.low, self.signal.low)
        high = self.signal.high if self.high is None else min(self.high, self.signal.high)
        if not low - 1e-9 <= value <= high + 1e-9:
            return self.null(t_ms, Reason.OUT_OF_RANGE)
        return SignalSample(signal=self.signal.id, t_ms=t_ms, value=value, part=self.part)

    def null(self, t_ms: int, reason: Reason) -> SignalSample:
        """A null with its reason."""
        return SignalSample(
            signal=self.signal.id, t_ms=t_ms, value=None, reason=reason, part=self.part
        )
