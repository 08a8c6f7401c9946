"""Things that happen at a moment: alarms, trouble codes, gateway news. Facts, not judgements.

What is urgent is decided in the cloud (`domain.urgent`); a car only says what it saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What happened. New kinds are added, never renamed."""

    ALARM = "alarm"  # the car's own alarm level rose or fell: level 0-4, bits
    DTC = "dtc"  # trouble code appeared or went
    THERMAL = "thermal"  # gateway saw a thermal precursor
    INSULATION = "insulation"
    CRASH = "crash"
    POWER = "power"  # gateway cut off, woke, lost supply
    CLOCK = "clock"
    SECURITY = "security"
    SCHEME = "scheme"
    CONSENT = "consent"
    REPAIR = "repair"  # workshop entry that came with a history
    OTHER = "other"  # a kind from a newer release; its word stands in notes["kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`t_ms` counts as the batch's clock says; `active` False closes what an earlier one opened.

    `code` is the trouble code, alarm name or reason; `component` the part concerned ("" = car).
    """

    kind: EventKind
    t_ms: int
    code: str = ""
    component: str = ""
    level: int = 0
    active: bool = True
    values: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
