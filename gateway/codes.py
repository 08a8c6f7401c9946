"""Which trouble codes stand in which ECU: an event when one appears, is confirmed, or goes.

The same code comes by several services (03 confirmed, 07 pending, 0A permanent, 19): it stands as
long as one of them lists it, and it is confirmed when one of them says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_contracts.events import Event, EventKind
from gateway.jobs import Code

Place = tuple[int, int]
"""ECU and service."""


class CodeBook:
    """Feed it every complete list an ECU gave; it returns what changed."""

    def __init__(self) -> None:
        self._listed: dict[Place, dict[str, Code]] = {}

    def take(self, place: Place, codes: Iterable[Code], t_ms: int) -> list[Event]:
        """The whole list of one service of one ECU."""
        ecu = place[0]
        before = self._standing(ecu)
        self._listed[place] = {code.code: code for code in codes}
        after = self._standing(ecu)
        changed = [c for c in after.values() if c.code not in before or _rose(before[c.code], c)]
        gone = [c for name, c in before.items() if name not in after]
        return [_event(c, t_ms, True) for c in changed] + [_event(c, t_ms, False) for c in gone]

    def _standing(self, ecu: int) -> dict[str, Code]:
        out: dict[str, Code] = {}
        for (where, _), codes in self._listed.items():
            for name, code in codes.items():
                if where == ecu and (name not in out or _rose(out[name], code)):
                    out[name] = code
        return out


def _rose(before: Code, after: Code) -> bool:
    return after.confirmed and not before.confirmed


def _event(code: Code, t_ms: int, active: bool) -> Event:
    return Event(
        kind=EventKind.DTC,
        t_ms=t_ms,
        code=code.code,
        component=f"ecu_{code.ecu:X}",
        level=1 if code.confirmed else 0,
        active=active,
        values={"failure_type": float(code.failure_type)} if code.failure_type else {},
    )
