"""One call for everything the traction battery's models say about a window.

    Window + Vehicle (+ records) -> Judgement(answers, findings, facts, causes)

answers   capacity_ah, capacity_soh, energy_kwh, energy_soh, bms_soh, onboard_soce, resistance
findings  weak_cell, cell_imbalance, self_discharge, internal_short, cell_sensor, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.readings import Window
from domain.vehicle import Chemistry, Vehicle
from firmware_contracts.events import Event, EventKind
from models.base import Array, Judgement, Records, moment
from models.battery import cells, forecast, habits, partial, resistance, thermal
from models.battery.capacity import answer, capacity_track, energy_answer, usable
from models.battery.cell_limits import guess_chemistry
from models.battery.charge_windows import ChargeWindow, charge_windows, merged, windows_of_records
from models.battery.fleet import Fleet
from models.battery.fusion import Track, scaled
from models.battery.new_value import NewValue, against, new_capacity, new_energy
from models.features.rows import SIGNALS, PackRows, joined, pack_rows

PACK_PARTS = frozenset({"traction_battery", "battery", "pack", "cell_module", "module"})
"""Components of workshop entries after which the pack counts as another one."""


def assess(
    window: Window,
    vehicle: Vehicle,
    *,
    records: Sequence[Mapping[str, object]] = (),
    fleet: Fleet | None = None,
) -> Judgement:
    """All battery answers and findings from rows up to the window's end, and no later.

    `records` are charge records as `WindowSource.records(vehicle, "charge", ...)` gives them. The
    window needs the signals of `models.features.rows.SIGNALS`; what is absent silences what needs
    it. Same input, same answer: no clock is read and nothing is drawn at random. `fleet` is what
    comparable cars say, if anything is known of them.
    """
    case = BatteryCase(vehicle, fleet)
    case.add(window)
    return case.judge({"charge": records}, ())


class BatteryFamily:
    """Station 9 for traction batteries."""

    signals: Sequence[str] = SIGNALS
    parts = True
    records: Sequence[str] = ("charge",)

    def open(self, vehicle: Vehicle) -> BatteryCase | None:
        """A case for electric cars."""
        return BatteryCase(vehicle) if vehicle.electric else None


class BatteryCase:
    """One battery under examination. Cells are folded at once; slim rows are kept until the end,
    because a charge may cross the border of two pieces."""

    def __init__(self, vehicle: Vehicle, fleet: Fleet | None = None) -> None:
        self._vehicle = vehicle
        self._fleet = fleet or Fleet()
        self._slim: list[PackRows] = []
        self._chemistry = vehicle.chemistry
        self._watch = cells.CellWatch(
            chemistry=vehicle.chemistry,
            rated_ah=vehicle.rated_capacity_ah,
            name=lambda number: vehicle.part("cell", number),
        )
        self._thermal = thermal.ThermalWatch(vehicle.part)

    def add(self, window: Window) -> None:
        """The next stretch of rows."""
        rows = pack_rows(window)
        if self._chemistry is Chemistry.UNKNOWN:
            self._chemistry = _chemistry(rows)
        self._watch.update(rows)
        self._thermal.update(rows)
        self._slim.append(rows.slim())

    def judge(self, records: Records, events: Sequence[Event]) -> Judgement:
        """Answers, findings and facts from everything added."""
        rows = joined(self._slim)
        told = windows_of_records(records.get("charge", ()))
        windows = merged(charge_windows(rows), told)
        repairs = repairs_ms(events)
        ohms = resistance.resistance(resistance.steps(rows, self._vehicle.rated_capacity_ah))
        r = ohms.value if isinstance(ohms, Estimate) else 0.0
        slow = self._slow_charges(rows, windows)
        more = partial.partial_sights(slow, windows, usable(windows, self._chemistry))
        capacity = capacity_track(windows, self._chemistry, repairs, more)
        vehicle, chemistry = self._vehicle, self._chemistry
        seen = habits.habits(rows, windows)
        ah = answer(capacity, windows, chemistry, "Ah")
        kwh = energy_answer(windows, chemistry, r, repairs, vehicle.rated_capacity_ah)
        new_ah = new_capacity(vehicle, self._fleet.new_ah)
        new_kwh = new_energy(vehicle, chemistry, self._fleet.new_kwh)
        soh = against(ah, new_ah, "rated_capacity")
        future = self._future(rows, capacity, soh, seen, new_ah)
        return Judgement(
            answers={
                "capacity_ah": ah,
                "capacity_soh": soh,
                "energy_kwh": kwh,
                "energy_soh": against(kwh, new_kwh, "rated_energy"),
                "bms_soh": _told(rows.bms_soh_pct, "bms_soh"),
                "onboard_soce": _told(rows.onboard_soce_pct, "onboard_soce"),
                "resistance": ohms,
                "soh_at_warranty_end": _at_warranty_end(future),
                **habits.ranges(kwh, seen),
            },
            findings=(*self._thermal.findings(), *self._watch.findings()),
            facts={
                "chemistry": chemistry.value,
                "capacity_windows": [_shown(w) for w in windows[-200:]],
                "capacity_curve": _curve(capacity),
                "incremental_capacity": partial.peaks(slow)[-100:],
                "cells": self._watch.summary(),
                "habits": None if seen is None else seen.shown(),
                "advice": habits.advice(seen, chemistry),
                "forecast": None if isinstance(future, Silence) else future,
            },
            causes=self._examined(rows),
        )

    def _slow_charges(
        self, rows: PackRows, windows: Sequence[ChargeWindow]
    ) -> list[partial.SlowCharge]:
        """Slow charges where the chemistry lets them speak."""
        if not partial.applies(self._chemistry):
            return []
        cells = self._vehicle.cells_in_series or self._watch.cells
        return partial.slow_charges(rows, windows, cells)

    def _examined(self, rows: PackRows) -> frozenset[str]:
        """Causes that the rows really allowed to look for."""
        found = cells.CAUSES if self._watch.days else frozenset()
        if not np.isnan(rows.insulation_kohm).all():
            found |= {"insulation_low"}
        return found

    def _future(
        self, rows: PackRows, capacity: Track, soh: Answer, seen: habits.Habits | None,
        new: NewValue | None,
    ) -> dict[str, object] | Silence:  # fmt: skip
        """Ten years ahead from the last row, or why not."""
        vehicle = self._vehicle
        why = forecast.silent(soh, vehicle.in_service)
        if why is not None or vehicle.in_service is None or new is None:
            return why or Silence(reason="age_unknown", missing="first_registration")
        km = rows.odometer_m[~np.isnan(rows.odometer_m)] / 1000
        subject = forecast.Subject(
            chemistry=self._chemistry,
            points=[scaled(p, 100 / new.value) for p in capacity.points],
            now=moment(int(rows.t_ms[-1])) if len(rows) else moment(capacity.points[-1].at_ms),
            in_service=vehicle.in_service,
            km=float(km[-1]) if len(km) else float("nan"),
            km_per_year=float("nan"),
            stress=forecast.stress_of(seen),
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


def repairs_ms(events: Sequence[Event]) -> list[int]:
    """Moments at which a workshop entry says that the pack was opened or changed."""
    return [
        e.t_ms for e in events
        if e.kind is EventKind.REPAIR and e.component in PACK_PARTS
    ]  # fmt: skip


def _curve(track: Track) -> dict[str, object]:
    """The last hundred points and all segments, for charts."""
    return {
        "points": [
            [p.at_ms, round(p.value, 3), round(p.low, 3), round(p.high, 3), p.segment]
            for p in track.points[-100:]
        ],
        "segments": [[s.number, s.since_ms, s.reason] for s in track.segments],
    }


def _chemistry(rows: PackRows) -> Chemistry:
    """Guessed from the median cell at middle charge and little current."""
    if not rows.cells_v.shape[1]:
        return Chemistry.UNKNOWN
    middle = (rows.soc_pct >= 50) & (rows.soc_pct <= 95) & ~(np.abs(rows.current_a) > 20)
    some = np.flatnonzero(middle)[:: max(int(middle.sum()) // 500, 1)]
    volts = rows.cells_v[some]
    if np.isnan(volts).all():
        return Chemistry.UNKNOWN
    return guess_chemistry(float(np.nanmedian(volts)), float(np.median(rows.soc_pct[some])))


def _told(values: Array, what: str) -> Answer:
    """What the car itself says last; its own interval is not known, so it is a point."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Silence(reason="not_read_from_car", missing=what)
    last = float(np.median(known[-60:]))
    return Estimate(
        value=last, low=last, high=last, unit="%", method="told by the car",
        windows=len(known), coverage=1.0, detail={"interval": "not stated by the car"},
    )  # fmt: skip


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
