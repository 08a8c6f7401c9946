"""One call for the maintenance models: records first, rows where they end.

crank, trip, parked records (+ rows) -> Judgement(answers, findings, facts, causes)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from domain.readings import Day
from domain.vehicle import Powertrain, Vehicle
from models.base import Gone, Judgement
from models.maintenance import rows
from models.maintenance.thermostat import HOT, OPEN, Thermostat, Warming, warming_of
from models.maintenance.twelve_volt import CAUSE, Start, TwelveVolt, start_of
from models.maintenance.tyres import LEAK, LOW, Pressures, Tyres, look_of
from models.state import State, items, table

Point = TypeVar("Point", Start, Pressures, Warming)
_STARTERS = (Powertrain.PETROL, Powertrain.DIESEL)


class MaintenanceFamily:
    """Station 9 for what wears besides the traction battery."""

    name = "maintenance"
    signals: Sequence[str] = rows.SIGNALS
    parts = False
    records: Sequence[str] = ("crank", "trip", "parked")

    def open(self, vehicle: Vehicle) -> MaintenanceCase:
        """A case for any car."""
        return MaintenanceCase(vehicle)


class MaintenanceCase:
    """One car under examination: what records told, and what rows stand in for."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self._engine = rows.EngineLog()
        self._looks: list[Pressures] = []
        self._cranks: list[Start] = []
        self._trips: list[Warming] = []
        self._parked: list[Pressures] = []

    def add(self, day: Day) -> None:
        """The next UTC day (several at once where nobody stops in between)."""
        if self._vehicle.powertrain is not Powertrain.BEV:
            self._engine.add(day.window)
        self._looks += rows.looks(day.window)
        self._cranks += _told(day.records.get("crank", ()), start_of)
        self._trips += _told(day.records.get("trip", ()), warming_of)
        self._parked += _told(day.records.get("parked", ()), look_of)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {
            "engine": self._engine.state(),
            "looks": table(self._looks, Pressures),
            "cranks": table(self._cranks, Start),
            "trips": table(self._trips, Warming),
            "parked": table(self._parked, Pressures),
        }

    def restore(self, state: State) -> None:
        """Go on from a snapshot."""
        self._engine = rows.EngineLog.restore(state["engine"])
        self._looks = items(state["looks"], Pressures)
        self._cranks = items(state["cranks"], Start)
        self._trips = items(state["trips"], Warming)
        self._parked = items(state["parked"], Pressures)

    def carry(self, before: State, gone: Gone) -> None:
        """Starts, trips and looks out of rows of days that are gone."""
        self._engine.carry(before["engine"], gone)
        self._looks += [look for look in items(before["looks"], Pressures) if gone(look.t_ms)]
        self._looks.sort(key=lambda look: look.t_ms)

    def judgement(self) -> Judgement:
        """Answers and findings from everything added."""
        twelve_volt = TwelveVolt(starter=self._vehicle.powertrain in _STARTERS)
        twelve_volt.add(
            self._cranks or self._engine.starts
        )  # a dip half seen would clear a battery
        tyres = Tyres(placard_kpa=self._vehicle.tyre_placard_kpa)
        tyres.add(_followed(self._parked, self._looks))
        cooling = Thermostat()
        cooling.add(_followed(self._trips, self._engine.warmings()))
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
        )


def _told(
    records: Iterable[Mapping[str, object]],
    read: Callable[[Mapping[str, object]], Point | None],
) -> list[Point]:
    """Points out of the records of one day, by time."""
    told = [point for record in records if (point := read(record)) is not None]
    return sorted(told, key=lambda point: point.t_ms)


def _followed(told: list[Point], seen: list[Point]) -> list[Point]:
    """Records as far as they go; from there on what rows show."""
    last = told[-1].t_ms if told else -(2**62)
    return told + [point for point in seen if point.t_ms > last]
