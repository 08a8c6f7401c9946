"""One call for the maintenance models: records first, rows where they end.

crank, trip, parked records (+ rows) -> Judgement(answers, findings, facts, causes)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from domain.health import Answer, Finding
from domain.ports import WindowSource
from domain.readings import Window
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts.events import Event
from models.base import Judgement, Records
from models.maintenance import rows
from models.maintenance.thermostat import HOT, OPEN, Thermostat, Warming, warming_of
from models.maintenance.twelve_volt import CAUSE, Start, TwelveVolt, start_of
from models.maintenance.tyres import LEAK, LOW, Pressures, Tyres, look_of

Point = TypeVar("Point", Start, Pressures, Warming)
_STARTERS = (Powertrain.PETROL, Powertrain.DIESEL)


class MaintenanceFamily:
    """Station 9 for what wears besides the traction battery."""

    signals: Sequence[str] = rows.SIGNALS
    parts = False
    records: Sequence[str] = ("crank", "trip", "parked")

    def open(self, vehicle: Vehicle) -> MaintenanceCase:
        """A case for any car."""
        return MaintenanceCase(vehicle)


class MaintenanceCase:
    """One car under examination; of rows only what stands for a missing record is kept."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self._starts: list[Start] = []
        self._trips: list[Warming] = []
        self._looks: list[Pressures] = []

    def add(self, window: Window) -> None:
        """The next stretch of rows."""
        if self._vehicle.powertrain is not Powertrain.BEV:
            self._starts += rows.starts(window)
            self._trips += rows.warmings(window)
        self._looks += rows.looks(window)

    def judge(self, records: Records, events: Sequence[Event]) -> Judgement:
        """Answers and findings from everything added."""
        twelve_volt = TwelveVolt(starter=self._vehicle.powertrain in _STARTERS)
        cranks = _told(records.get("crank", ()), start_of)
        twelve_volt.add(cranks or self._starts)  # a dip half seen would clear a battery
        tyres = Tyres(placard_kpa=self._vehicle.tyre_placard_kpa)
        tyres.add(_followed(_told(records.get("parked", ()), look_of), self._looks))
        cooling = Thermostat()
        cooling.add(_followed(_told(records.get("trip", ()), warming_of), self._trips))
        causes = [CAUSE] * bool(twelve_volt.starts) + [LEAK, LOW] * bool(tyres.looks)
        return Judgement(
            answers={"twelve_volt_resistance": twelve_volt.answer()},
            findings=(*twelve_volt.findings(), *tyres.findings(), *cooling.findings()),
            facts={
                "maintenance": {
                    "starts": len(twelve_volt.starts),
                    "tyre_looks": tyres.looks,
                    "warm_ups": cooling.trips,
                }
            },
            causes=frozenset(causes + [OPEN, HOT] * bool(cooling.trips)),
        )  # fmt: skip


def assess(
    windows: WindowSource, vehicle: Vehicle, now: datetime
) -> tuple[Mapping[str, Answer], tuple[Finding, ...], frozenset[str]]:
    """Answers, findings and examined causes from everything stored up to `now`."""
    case, family = MaintenanceCase(vehicle), MaintenanceFamily()
    span = windows.span(vehicle.id)
    if span is None:
        verdict = case.judge({}, ())
        return verdict.answers, verdict.findings, verdict.causes
    start, end = span[0], min(span[1], now) + timedelta(milliseconds=1)
    case.add(windows.read(vehicle.id, family.signals, start, end))
    records = {kind: windows.records(vehicle.id, kind, start, end) for kind in family.records}
    verdict = case.judge(records, windows.events(vehicle.id, start, end))
    return verdict.answers, verdict.findings, verdict.causes


def _told(
    records: Iterable[Mapping[str, object]],
    read: Callable[[Mapping[str, object]], Point | None],
) -> list[Point]:
    """Points out of records, by time."""
    told = [point for record in records if (point := read(record)) is not None]
    return sorted(told, key=lambda point: point.t_ms)


def _followed(told: list[Point], seen: Sequence[Point]) -> list[Point]:
    """Records as far as they go; from there on what rows show."""
    last = told[-1].t_ms if told else -(2**62)
    return told + sorted((p for p in seen if p.t_ms > last), key=lambda point: point.t_ms)
