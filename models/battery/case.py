"""One battery under examination: days go into its logs, all answers and findings come out."""

from __future__ import annotations

from domain.health import Answer, Estimate, Silence
from domain.readings import Day
from domain.vehicle import Vehicle
from models.base import Gone, Judgement, moment
from models.battery.ageing import forecast, habits
from models.battery.ageing.fleet import Fleet
from models.battery.ageing.subject import Subject, stress_of
from models.battery.capacity import incremental_capacity
from models.battery.capacity.capacity import answer, capacity_track, energy_answer, usable
from models.battery.capacity.charge_windows import ChargeWindow, merged
from models.battery.capacity.filter import Track, scaled
from models.battery.capacity.new_value import NewValue, against, new_capacity, new_energy
from models.battery.logs import BatteryLogs
from models.battery.resistance import resistance
from models.state import State

SHOWN_WINDOWS, SHOWN_SLOW, SHOWN_POINTS = 200, 100, 100
"""Newest windows, slow charges and points that facts carry for charts; by judgement: some years."""


class BatteryCase:
    """`logs` remembers the days; `fleet` is what comparable cars say."""

    def __init__(self, vehicle: Vehicle, fleet: Fleet | None = None) -> None:
        self._vehicle = vehicle
        self._fleet = fleet or Fleet()
        self.logs = BatteryLogs(vehicle)

    def add(self, day: Day) -> None:
        """The next UTC day (several at once where nobody stops in between)."""
        self.logs.add(day)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return self.logs.state()

    def restore(self, state: State) -> None:
        """Go on from a snapshot."""
        self.logs.restore(state)

    def carry(self, before: State, gone: Gone) -> None:
        """Take over what no row is left for."""
        self.logs.carry(before, gone)

    def judgement(self) -> Judgement:
        """Answers, findings and facts from everything added."""
        measured, slow = self.logs.charges.windows(self.logs.series)
        windows, repairs = merged(measured, self.logs.recorded_windows), self.logs.repairs_ms
        ohms = resistance.resistance(self.logs.ohms.days)
        r = ohms.value if isinstance(ohms, Estimate) else 0.0
        vehicle, chemistry = self._vehicle, self.logs.chemistry
        slow = slow if incremental_capacity.applies(chemistry) else []
        more = incremental_capacity.partial_sights(slow, windows, usable(windows, chemistry))
        capacity = capacity_track(windows, chemistry, repairs, more)
        seen = self.logs.habits.habits(windows)
        ah = answer(capacity, windows, chemistry, "Ah")
        kwh = energy_answer(windows, chemistry, r, repairs, vehicle.rated_capacity_ah)
        new_ah = new_capacity(vehicle, self._fleet.new_ah)
        new_kwh = new_energy(vehicle, chemistry, self._fleet.new_kwh)
        soh = against(ah, new_ah, "rated_capacity")
        future = self._future(capacity, soh, seen, new_ah)
        return Judgement(
            answers={
                "capacity_ah": ah,
                "capacity_soh": soh,
                "energy_kwh": kwh,
                "energy_soh": against(kwh, new_kwh, "rated_energy"),
                "bms_soh": self.logs.bms.answer(),
                "onboard_soce": self.logs.soce.answer(),
                "resistance": ohms,
                "resistance_trend": resistance.trend(self.logs.ohms.days),
                "soh_at_warranty_end": _at_warranty_end(future),
                **habits.ranges(kwh, seen),
            },
            findings=(*self.logs.thermal_watch.findings(), *self.logs.cell_watch.findings()),
            facts={
                "chemistry": chemistry.value,
                "capacity_windows": [_shown(w) for w in windows[-SHOWN_WINDOWS:]],
                "capacity_curve": _curve(capacity),
                "incremental_capacity": incremental_capacity.peaks(slow)[-SHOWN_SLOW:],
                "cells": self.logs.cell_watch.summary(),
                "habits": None if seen is None else seen.shown(),
                "advice": habits.advice(seen, chemistry),
                "forecast": None if isinstance(future, Silence) else future,
            },
            causes=self.logs.examined(),
        )

    def _future(
        self, capacity: Track, soh: Answer, seen: habits.Habits | None, new: NewValue | None
    ) -> dict[str, object] | Silence:
        """Ten years ahead from the last row, or why not."""
        vehicle = self._vehicle
        why = forecast.silent(soh, vehicle.in_service)
        if why is not None or vehicle.in_service is None or new is None:
            return why or Silence(reason="age_unknown", missing="first_registration")
        last_ms = self.logs.habits.last_ms
        subject = Subject(
            chemistry=self.logs.chemistry,
            points=[scaled(p, 100 / new.value) for p in capacity.points],
            now=moment(capacity.points[-1].at_ms if last_ms is None else last_ms),
            in_service=vehicle.in_service,
            km=self.logs.habits.odometer_m / 1000,
            km_per_year=float("nan"),
            stress=stress_of(seen),
            warranty=vehicle.warranty,
            approvals=vehicle.approvals,
            fleet=self._fleet.multiplier,
        )
        return forecast.forecast(subject.with_distance(seen))


def _at_warranty_end(future: dict[str, object] | Silence) -> Answer:
    if isinstance(future, Silence):
        return future
    found = future["warranty"]
    return forecast.warranty_answer(found if isinstance(found, dict) else None)


def _curve(track: Track) -> dict[str, object]:
    """The last hundred points and all segments, for charts."""
    return {
        "points": [
            [p.at_ms, round(p.value, 3), round(p.low, 3), round(p.high, 3), p.segment]
            for p in track.points[-SHOWN_POINTS:]
        ],
        "segments": [[s.number, s.since_ms, s.reason] for s in track.segments],
    }


def _shown(w: ChargeWindow) -> dict[str, float]:
    """One window for reports: times in ms, points of charge, Ah."""
    return {
        "start_ms": w.start_ms,
        "end_ms": w.end_ms,
        "soc_from_pct": round(w.soc_from_pct, 2),
        "soc_to_pct": round(w.soc_to_pct, 2),
        "charge_ah": round(w.charge_ah, 3),
        "capacity_ah": round(w.capacity_ah, 2),
        "temperature_c": round(w.temperature_c, 1),
        "current_a": round(w.current_a, 1),
        "coverage": round(w.coverage, 3),
    }
