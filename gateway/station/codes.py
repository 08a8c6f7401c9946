"""Which trouble codes stand in which ECU: an event when one appears, is confirmed, or goes.

The same code comes by several services (03 confirmed, 07 pending, 0A permanent, 19): it stands as
long as one of them lists it, and it is confirmed when one of them says so. The component of its
event names the unit and, where it has one, the failure type: `ecu_7E8.11`.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_contracts.events import Event, EventKind
from gateway.jobs import Code

Place = tuple[int, int]
"""ECU and service."""


Fault = tuple[str, int]
"""Code and failure type: one code with three failure types is three faults."""


class CodeBook:
    """Feed it every complete list an ECU gave; it returns what changed."""

    def __init__(self) -> None:
        self._listed: dict[Place, dict[Fault, Code]] = {}

    def take(self, place: Place, codes: Iterable[Code], t_ms: int) -> list[Event]:
        """The whole list of one service of one ECU."""
        ecu = place[0]
        before = self._standing(ecu)
        self._listed[place] = {(code.code, code.failure_type): code for code in codes}
        after = self._standing(ecu)
        changed = [c for f, c in after.items() if f not in before or _rose(before[f], c)]
        gone = [c for fault, c in before.items() if fault not in after]
        return [_event(c, t_ms, True) for c in changed] + [_event(c, t_ms, False) for c in gone]

    def _standing(self, ecu: int) -> dict[Fault, Code]:
        """Faults of one ECU; one without a failure type gives way to the same code with one."""
        out: dict[Fault, Code] = {}
        for (where, _), codes in self._listed.items():
            for fault, code in codes.items():
                if where == ecu and (fault not in out or _rose(out[fault], code)):
                    out[fault] = code
        typed = {name for name, kind in out if kind}
        return {f: c for f, c in out.items() if f[1] or f[0] not in typed}


def _rose(before: Code, after: Code) -> bool:
    return after.confirmed and not before.confirmed


def _event(code: Code, t_ms: int, active: bool) -> Event:
    return Event(
        kind=EventKind.DTC,
        t_ms=t_ms,
        code=code.code,
        component=f"ecu_{code.ecu:X}" + (f".{code.failure_type:02X}" if code.failure_type else ""),
        level=1 if code.confirmed else 0,
        active=active,
        values={"failure_type": float(code.failure_type)} if code.failure_type else {},
    )
