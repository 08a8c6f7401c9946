"""One vehicle under examination by every family: days in, a snapshot or an assessment out.

    day 1 -> day 2 -> ... | state | -> today -> conclude

No I/O. The digest of the inputs is a chain, one link per day with anything on it, so that a run
that goes on from a snapshot ends at the same digest as one that began at the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from domain.health import Assessment
from domain.readings import Day
from domain.vehicle import Vehicle
from firmware_contracts.durations import DAY_MS
from models.base import MODEL_VERSION, Digest, Family, moment
from models.state import FORMAT, State

FOLDED = ("powertrain", "chemistry", "rated_capacity_ah", "cells_in_series")
"""Facts of a vehicle that decide how its days are folded: another value, another past."""
_SHAPE = (LookupError, TypeError, AttributeError)
"""What reading a snapshot of an older release raises."""


def key_of(vehicle: Vehicle) -> str:
    """What a snapshot depends on besides the days."""
    facts = [getattr(vehicle, name) for name in FOLDED]
    return f"{MODEL_VERSION}/{FORMAT}/{Digest(facts, sorted(vehicle.part_names.items())).text()}"


class Examination:
    """The cases of all families that know such a vehicle; whole UTC days go in, in order."""

    def __init__(self, vehicle: Vehicle, families: Sequence[Family]) -> None:
        self._vehicle = vehicle
        self._cases = {f.name: case for f in families if (case := f.open(vehicle)) is not None}
        self._families = [f for f in families if f.name in self._cases]
        self._chain = ""
        self._rows = 0
        self._from_ms: int | None = None
        self._last_ms: int | None = None
        self._lost = False
        self._days: set[int] = set()

    @property
    def vehicle_id(self) -> int:
        """Whose days it takes."""
        return self._vehicle.id

    @property
    def key(self) -> str:
        """What its snapshots depend on besides the days."""
        return key_of(self._vehicle)

    @property
    def signals(self) -> list[str]:
        """What the families read of rows."""
        return sorted({name for family in self._families for name in family.signals})

    @property
    def records(self) -> list[str]:
        """Kinds of records that they read."""
        return sorted({kind for family in self._families for kind in family.records})

    @property
    def parts(self) -> bool:
        """Do they read cells and probes?"""
        return any(family.parts for family in self._families)

    @property
    def silent(self) -> bool:
        """True where no family knows such a vehicle."""
        return not self._cases

    def add(self, day: Day) -> None:
        """The next day."""
        link = Digest(self._chain)
        link.window(day.window)
        link.add(day.records, day.events)
        self._chain = link.text()
        ticks = day.window.ticks_ms
        if len(ticks):
            self._rows += len(ticks)
            self._from_ms = int(ticks[0]) if self._from_ms is None else self._from_ms
            self._last_ms = int(ticks[-1])
            self._days.add(self._last_ms // DAY_MS)
        for case in self._cases.values():
            case.add(day)

    def state(self) -> State:
        """A snapshot between two days."""
        return {
            "chain": self._chain,
            "rows": self._rows,
            "from_ms": self._from_ms,
            "last_ms": self._last_ms,
            "lost": self._lost,
            "cases": {name: case.state() for name, case in self._cases.items()},
        }

    def resumed(self, state: State) -> bool:
        """Go on from a snapshot; False where it is of another shape, then this case is spoilt."""
        try:
            for name, case in self._cases.items():
                case.restore(state["cases"][name])
            self._chain, self._rows = state["chain"], state["rows"]
            self._from_ms, self._last_ms = state["from_ms"], state["last_ms"]
            self._lost = state["lost"]
        except _SHAPE:
            return False
        return True

    def carry(self, before: State) -> None:
        """Take over from the snapshot of an earlier run what no row is left for.

        Called after all the days that the snapshot has seen, and before any later one.
        """
        self._lost = bool(before.get("lost")) or self._missing(before.get("from_ms"))
        for name, case in self._cases.items():
            with suppress(*_SHAPE):
                case.carry(before["cases"][name], self._gone)

    def _gone(self, t_ms: int) -> bool:
        return t_ms // DAY_MS not in self._days

    def _missing(self, known_ms: object) -> bool:
        """Had an earlier run seen rows of days (`known_ms` the first) that are gone now?"""
        if not isinstance(known_ms, int | float):
            return False
        return self._from_ms is None or known_ms // DAY_MS < self._from_ms // DAY_MS

    def conclude(self, last: datetime, previous: Assessment | None = None) -> Assessment:
        """What all families say; `last` is the vehicle's last event time, for one without rows.

        `previous` tells what an earlier run had seen, where no snapshot does.
        """
        verdicts = [case.judgement() for case in self._cases.values()]
        from_ms = int(last.timestamp() * 1000) if self._from_ms is None else self._from_ms
        told = {} if previous is None else previous.facts
        lost = self._lost or bool(told.get("history_lost")) or self._missing(told.get("from_ms"))
        return Assessment(
            vehicle_id=self._vehicle.id,
            as_of=last if self._last_ms is None else moment(self._last_ms),
            model_version=MODEL_VERSION,
            input_digest=Digest(MODEL_VERSION, self._vehicle, self._chain).text(),
            answers={name: a for v in verdicts for name, a in v.answers.items()},
            findings=tuple(f for v in verdicts for f in v.findings),
            facts={
                **{name: f for v in verdicts for name, f in v.facts.items()},
                "from_ms": from_ms,
                "rows": self._rows,
                "history_lost": lost,
            },
            assessed_causes=frozenset().union(*(v.causes for v in verdicts)),
        )
