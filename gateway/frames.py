"""What stations 1 to 3 hand on: a frame off the wire, one read value, one row.

RawFrame --decode--> SignalSample --sampling--> Tick --envelope--> TelemetryBatch
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_contracts.signal import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFrame:
    """One CAN frame as it came; `t_ms` counts from the gateway's boot."""

    bus: str
    id: int
    data: bytes
    t_ms: int
    extended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSample:
    """One reading of one catalogue signal. `part` numbers cells and probes from 1 (0 = scalar).

    `value` is None exactly when `reason` is not VALID.
    """

    signal: int
    t_ms: int
    value: float | None
    reason: Reason = Reason.VALID
    part: int = 0

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is Reason.VALID):
            raise ValueError(
                f"signal {self.signal}: value {self.value} with reason {self.reason.name}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Everything read within one tick that starts at `t_ms`. Nothing is repeated from before.

    `values` and `reasons` are keyed by signal id; a signal is in exactly one of them. `cells` are
    volts and `probes` °C by part number; None where the reading was refused.
    """

    t_ms: int
    values: dict[int, float] = field(default_factory=dict)
    reasons: dict[int, Reason] = field(default_factory=dict)
    cells: dict[int, float | None] = field(default_factory=dict)
    probes: dict[int, float | None] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True where nothing at all was read."""
        return not (self.values or self.reasons or self.cells or self.probes)
