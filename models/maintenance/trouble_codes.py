"""Trouble codes first: every code that the car stored becomes an assessed finding, and so its lamp.

    events (code, unit, confirmed or pending, there or gone) + lamp -> findings by root

A code stands from the event that named it until one says that it is gone, in every unit that told
it. Codes of one root are one finding; its component names them, the worst first. A pending code
counts one level less, red stays red. While the lamp burns nothing is below yellow, and a lamp that
no code explains is a finding of its own. Silence changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.health import Evidence, Finding, Severity
from domain.methods import Method
from domain.readings import Day, Window
from domain.trouble.meaning import code_in, meaning_of
from domain.trouble.roots import root_of
from domain.vehicle import Vehicle
from firmware_contracts.events import Event, EventKind
from models.base import Gone, Judgement, moment
from models.state import State, items, table

LAMP = "fault_lamp"
SIGNALS = ("mil_on",)
MOST = 2000
"""Changes of codes and lamp that are remembered, the newest; a car tells a few a year."""
_CONFIRMED, _PENDING = 0.9, 0.6  # read as "clear" and "first signs": a person sees the word only


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """A code of a unit appeared, rose or went, UTC ms; `level` 1 confirmed, 0 pending."""

    t_ms: int
    code: str
    unit: str
    level: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LampChange:
    """The lamp was seen to burn, or not any more, UTC ms."""

    t_ms: int
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A code as it stands, or as it was when it went."""

    code: str
    since_ms: int
    last_ms: int
    confirmed: bool
    active: bool


class TroubleCodesFamily:
    """Station 9 for what the car's own monitors say."""

    name = "trouble_codes"
    signals: Sequence[str] = SIGNALS
    parts = False
    records: Sequence[str] = ()

    def open(self, vehicle: Vehicle) -> TroubleCodesCase:
        """A case for any car."""
        return TroubleCodesCase()


class TroubleCodesCase:
    """One car under examination: changes of codes and lamp, in the order of time."""

    def __init__(self) -> None:
        self._codes: list[CodeChange] = []
        self._lamp: list[LampChange] = []

    def add(self, day: Day) -> None:
        """The next UTC day."""
        told = sorted(filter(None, map(_change_of, day.events)), key=lambda change: change.t_ms)
        self._codes = (self._codes + told)[-MOST:]
        for change in _lamp_changes(day.window):
            if not self._lamp or self._lamp[-1].on != change.on:
                self._lamp = [*self._lamp, change][-MOST:]

    def state(self) -> State:
        """A snapshot for `restore`."""
        codes = [[c.t_ms, c.code, c.unit, c.level, c.active] for c in self._codes]
        return {"codes": codes, "lamp": table(self._lamp, LampChange)}

    def restore(self, state: State) -> None:
        """Go on from a snapshot."""
        self._codes = _changes(state)
        self._lamp = items(state["lamp"], LampChange)

    def carry(self, before: State, gone: Gone) -> None:
        """Changes of days whose rows are gone."""
        codes = [c for c in _changes(before) if gone(c.t_ms)]
        lamp = [c for c in items(before["lamp"], LampChange) if gone(c.t_ms)]
        self._codes = sorted(codes + self._codes, key=lambda change: change.t_ms)[-MOST:]
        self._lamp = sorted(lamp + self._lamp, key=lambda change: change.t_ms)[-MOST:]

    def judgement(self) -> Judgement:
        """A finding per root, and one for a lamp that no standing code explains."""
        standing = _standing(self._codes)
        burning = bool(self._lamp) and self._lamp[-1].on
        roots: dict[str, list[_Standing]] = {}
        for code in standing:
            roots.setdefault(root_of(code.code), []).append(code)
        findings = [_finding(root, codes, burning) for root, codes in roots.items()]
        explained = any(not f.recovered for f in findings)
        lamp = _lamp_finding(self._lamp, explained)
        return Judgement(
            findings=(*findings, *([lamp] if lamp else [])),
            facts={"trouble_codes": _facts(standing, burning)} if standing or self._lamp else {},
        )


def _changes(state: State) -> list[CodeChange]:
    """Changes out of a snapshot."""
    return [
        CodeChange(t_ms=t_ms, code=code, unit=unit, level=level, active=active)
        for t_ms, code, unit, level, active in state["codes"]
    ]


def _change_of(event: Event) -> CodeChange | None:
    code = code_in(event.code) if event.kind is EventKind.DTC else None
    if code is None:
        return None
    return CodeChange(
        t_ms=event.t_ms,
        code=code,
        unit=event.component,
        level=event.level,
        active=event.active,
    )


def _lamp_changes(window: Window) -> list[LampChange]:
    """Where the lamp goes on or off within rows, its first state included."""
    if "mil_on" not in window.columns:
        return []
    values = np.asarray(window["mil_on"], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    on = values[known] > 0
    turns = known[np.append(True, on[1:] != on[:-1])]
    return [LampChange(t_ms=int(window.ticks_ms[i]), on=bool(values[i] > 0)) for i in turns]


def _standing(changes: Iterable[CodeChange]) -> list[_Standing]:
    """Every code told, over all its units: standing where one unit still has it."""
    units: dict[str, dict[str, CodeChange]] = {}
    since: dict[str, int] = {}
    for change in changes:
        before = units.setdefault(change.code, {})
        if change.active and not any(other.active for other in before.values()):
            since[change.code] = change.t_ms
        before[change.unit] = change
    return [_stands(code, [*told.values()], since) for code, told in units.items()]


def _stands(code: str, told: list[CodeChange], since: dict[str, int]) -> _Standing:
    active = [change for change in told if change.active]
    last = max(change.t_ms for change in told)
    return _Standing(
        code=code,
        since_ms=since.get(code, last),
        last_ms=last,
        confirmed=any(change.level > 0 for change in active or told),
        active=bool(active),
    )


def severity_of(code: str, *, confirmed: bool, lamp_on: bool) -> Severity:
    """How bad a code is as it stands: pending one level less, red never; lamp on never silent."""
    level = meaning_of(code).severity
    if not confirmed and level is not Severity.RED:
        level = Severity(max(level - 1, Severity.INFO))
    return max(level, Severity.YELLOW) if lamp_on else level


def _finding(root: str, codes: list[_Standing], lamp_on: bool) -> Finding:
    """One finding of all codes of a root; recovered where none of them stands any more."""
    active = [code for code in codes if code.active]
    shown = sorted(active or codes, key=lambda code: _rank(code, lamp_on))
    worst = shown[0]
    return Finding(
        cause=root,
        component=" ".join(code.code for code in shown),
        severity=severity_of(worst.code, confirmed=worst.confirmed, lamp_on=lamp_on),
        since=moment(min(code.since_ms for code in shown)),
        as_of=moment(max(code.last_ms for code in codes)),
        confidence=_CONFIRMED if any(code.confirmed for code in shown) else _PENDING,
        method=Method.TROUBLE_CODES,
        values={
            "codes": float(len(shown)),
            "confirmed_codes": float(sum(code.confirmed for code in shown)),
        },
        recovered=not active,
        evidence=Evidence.FIELD,
    )


def _rank(code: _Standing, lamp_on: bool) -> tuple[int, bool, str]:
    level = severity_of(code.code, confirmed=code.confirmed, lamp_on=lamp_on)
    return -level, not code.confirmed, code.code


def _lamp_finding(lamp: Sequence[LampChange], explained: bool) -> Finding | None:
    """The lamp burns and no code says why; recovered once it is off or a code speaks."""
    lit = [change for change in lamp if change.on]
    if not lit:
        return None
    last = lamp[-1]
    return Finding(
        cause=LAMP,
        component="",
        severity=Severity.YELLOW,
        since=moment(lit[-1].t_ms),
        as_of=moment(last.t_ms),
        confidence=_CONFIRMED,
        method=Method.FAULT_LAMP,
        values={"lamp_on": float(last.on)},
        recovered=explained or not last.on,
        evidence=Evidence.FIELD,
    )


def _facts(standing: Sequence[_Standing], lamp_on: bool) -> dict[str, object]:
    """What stands, for pages and people: every code with its severity and words' root."""
    return {
        "lamp_on": lamp_on,
        "codes": [
            {
                "code": code.code,
                "confirmed": code.confirmed,
                "severity": severity_of(code.code, confirmed=code.confirmed, lamp_on=lamp_on).word,
                "root": root_of(code.code),
                "since_ms": code.since_ms,
            }
            for code in standing
            if code.active
        ],
    }
