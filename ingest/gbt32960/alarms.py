"""Alarm levels and bits as episodes: one event where each begins, one where it ends.

level  0 0 2 2 3 3 0          2 begins, 2 ends + 3 begins, 3 ends
bit 6  0 1 1 1 1 0 0          begins, ends

A null level says nothing: it neither begins nor ends an episode. The level's event carries all
bits, and is the one that is judged; events of bits name what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_contracts.events import Event, EventKind
from firmware_contracts.gbt32960.alarms import THERMAL_EVENT, code, set_bits
from firmware_contracts.gbt32960.frame import Edition
from firmware_contracts.gbt32960.layout import Body

LEVEL = "alarm_level"
_KNOWN_BITS = {Edition.E2016: (1 << 19) - 1, Edition.E2025: (1 << 28) - 1}
"""2016 reserves bits 19 to 31, 2025 28 to 31: what a maker puts there is no alarm of ours."""
_THERMAL_LEVEL = 4
"""The highest level (table 24 of the 2025 edition)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What was alarmed at a moment; `level` None where the car does not know."""

    t_ms: int
    level: int | None = None
    bits: int = 0


def alarm_of(bodies: tuple[Body, ...], edition: Edition, t_ms: int) -> Alarm | None:
    """The alarm of a report: the highest level and every bit of its alarm information."""
    if not bodies:
        return None
    bits = 0
    for body in bodies:
        bits |= body.raw("flags") & _KNOWN_BITS[edition]
    levels = [int(level) for body in bodies if (level := body.value("level")) is not None]
    if edition is Edition.E2025 and bits >> THERMAL_EVENT & 1:
        levels.append(_THERMAL_LEVEL)  # table 24: the bit alone makes it a level 4
    return Alarm(t_ms=t_ms, level=max(levels, default=None), bits=bits)


def events(before: Alarm | None, now: Alarm) -> tuple[Event, ...]:
    """What began and what ended between two moments; ends come first."""
    past = before or Alarm(t_ms=now.t_ms)
    return (*_ends(past, now), *_begins(past, now))


def carried(before: Alarm | None, now: Alarm) -> Alarm:
    """The alarm to go on from: a level that is not known stays as it was."""
    if now.level is not None or before is None:
        return now
    return Alarm(t_ms=now.t_ms, level=before.level, bits=now.bits)


def _ends(past: Alarm, now: Alarm) -> Iterator[Event]:
    for bit in set_bits(past.bits & ~now.bits):
        yield _event(now, code(bit), active=False)
    if past.level and now.level is not None and now.level != past.level:
        yield _event(now, LEVEL, level=past.level, active=False)


def _begins(past: Alarm, now: Alarm) -> Iterator[Event]:
    for bit in set_bits(now.bits & ~past.bits):
        yield _event(now, code(bit))
    if now.level and now.level != past.level:
        yield _event(now, LEVEL, level=now.level)


def _event(now: Alarm, name: str, *, level: int = 0, active: bool = True) -> Event:
    values = {"bits": float(now.bits)} if name == LEVEL else {}
    return Event(
        kind=EventKind.ALARM, t_ms=now.t_ms, code=name, level=level, active=active, values=values
    )
