"""What is red: a pure table. The urgent path asks it about every event it has not handled.

event kind    condition                        cause            severity  rescue
alarm         level 3                          bms_alarm_3      red       yes
alarm         level 4, or general bit 23       thermal_event    red       yes
thermal       any                              thermal_event    red       yes
insulation    level >= 2 (below 100 ohm/V)     insulation       red       yes
crash         any                              crash            red       yes
dtc           a code of the red list           dtc_<code>       red       yes

An event that only says that something is over is never urgent, and clears nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.health import Severity
from firmware_contracts.events import Event, EventKind

THERMAL_BIT = 1 << 23
"""Bit 23 of the alarm bits: thermal event (GB/T 32960.3-2025, table 24)."""
RED_CODES = frozenset({"P0217", "P0524", "P0A0D", "P0A0A", "P0AA6", "P0A1F"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """What an event means at once."""

    cause: str
    severity: Severity
    rescue: bool


def _red(cause: str) -> Urgent:
    return Urgent(cause=cause, severity=Severity.RED, rescue=True)


def judge(event: Event) -> Urgent | None:
    """The table above; None for events that are not urgent."""
    if not event.active:
        return None
    bits = int(event.values.get("bits", 0))
    match event.kind:
        case EventKind.ALARM if event.level >= 4 or bits & THERMAL_BIT:
            return _red("thermal_event")
        case EventKind.ALARM if event.level == 3:
            return _red("bms_alarm_3")
        case EventKind.THERMAL:
            return _red("thermal_event")
        case EventKind.INSULATION if event.level >= 2:
            return _red("insulation")
        case EventKind.CRASH:
            return _red("crash")
        case EventKind.DTC if event.code in RED_CODES:
            return _red(f"dtc_{event.code.lower()}")
    return None
