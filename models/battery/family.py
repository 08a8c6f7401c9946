"""One call for everything the traction battery's models say about a window.

    Window + Vehicle (+ records) -> Judgement(answers, findings, facts, causes)

answers   capacity_ah, capacity_soh, energy_kwh, energy_soh, bms_soh, onboard_soce, resistance
findings  weak_cell, cell_imbalance, self_discharge, internal_short, cell_sensor, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.readings import Day, Window
from domain.vehicle import Chemistry, Vehicle
from firmware_contracts.events import Event, EventKind
from models.base import Gone, Judgement, moment
from models.battery import thermal
from models.battery.ageing import forecast, habits
from models.battery.ageing.fleet import Fleet
from models.battery.capacity import incremental_capacity
from models.battery.capacity.capacity import answer, capacity_track, energy_answer, usable
from models.battery.capacity.charge_log import ChargeLog
from models.battery.capacity.charge_windows import ChargeWindow, merged, windows_of_records
from models.battery.capacity.filter import Track, scaled
from models.battery.capacity.new_value import NewValue, against, new_capacity, new_energy
from models.battery.cells import watch
from models.battery.cells.limits import guess_chemistry
from models.battery.pack_rows import DAY_MS, SIGNALS, PackRows, pack_rows
from models.battery.reported import Told
from models.battery.resistance import resistance
from models.state import State, items, table

PACK_PARTS = frozenset({"traction_battery", "battery", "pack", "cell_module", "module"})
"""Components of workshop entries after which the pack counts as another one."""
CHEMISTRY_DAYS = 30
"""Days with readable cells from which an unregistered chemistry is guessed."""


def assess(
    window: Window,
    vehicle: Vehicle,
    *,
    records: Sequence[Mapping[str, object]] = (),
    fleet: Fleet | None = None,
) -> Judgement:
    """All battery answers and findings from rows up to the window's end, and no later.

    `records` are charge records as `WindowSource.records(vehicle, "charge", ...)` gives them. The
    window needs the signals of `models.battery.pack_rows.SIGNALS`; what is absent silences what
    needs it. Same input, same answer: no clock is read and nothing is drawn at random. `fleet` is
    what comparable cars say, if anything is known of them.
    """
    case = BatteryCase(vehicle, fleet)
    case.add(Day(window=window, records={"charge": records}))
    return case.judge()


class BatteryFamily:
    """Station 9 for traction batteries."""

    name = "battery"
    signals: Sequence[str] = SIGNALS
    parts = True
    records: Sequence[str] = ("charge",)

    def open(self, vehicle: Vehicle) -> BatteryCase | None:
        """A case for electric cars."""
        return BatteryCase(vehicle) if vehicle.electric else None


class BatteryCase:
    """One battery under examination: every row is folded on its day and let go."""

    def __init__(self, vehicle: Vehicle, fleet: Fleet | None = None) -> None:
        self._vehicle = vehicle
        self._fleet = fleet or Fleet()
        self._watch = watch.CellWatch(
            chemistry=vehicle.chemistry, rated_ah=vehicle.rated_capacity_ah, name=self._cell_name
        )
        self._thermal = thermal.ThermalWatch(vehicle.part)
        self._charges = ChargeLog()
        self._ohms = resistance.OhmLog(vehicle.rated_capacity_ah)
        self._habits = habits.HabitLog()
        self._bms, self._soce = Told("bms_soh"), Told("onboard_soce")
        self._told: list[ChargeWindow] = []
        self._repairs_ms: list[int] = []
        self._looks: list[list[float]] = []
        self._cells = 0
        self._insulated = False

    def add(self, day: Day) -> None:
        """The next UTC day (several at once where nobody stops in between)."""
        rows = self._widened(pack_rows(day.window))
        self._watch.update(rows)
        self._thermal.update(rows)
        if len(rows):
            self._look(rows)
            self._fold(rows.slim())
        self._told += windows_of_records(day.records.get("charge", ()))
        self._repairs_ms += repairs_ms(day.events)

    def _widened(self, rows: PackRows) -> PackRows:
        """A day that shows only some of the known cells is no other pack: the rest is unread."""
        missing = self._cells - rows.cells_v.shape[1]
        self._cells = max(self._cells, rows.cells_v.shape[1])
        if missing <= 0 or missing == self._cells:
            return rows
        unread = np.full((len(rows), missing), np.nan, dtype=np.float32)
        return replace(rows, cells_v=np.concatenate([rows.cells_v, unread], axis=1))

    def _look(self, rows: PackRows) -> None:
        """A day's cell voltage at its charge, where that must tell the chemistry."""
        if self._vehicle.chemistry is Chemistry.UNKNOWN and len(self._looks) < CHEMISTRY_DAYS:
            self._looks += _middle_of(rows)

    def _fold(self, rows: PackRows) -> None:
        midnight_ms = (int(rows.t_ms[-1]) // DAY_MS + 1) * DAY_MS
        self._charges.add(rows, midnight_ms, self._series)
        self._ohms.add(rows)
        self._habits.add(rows)
        self._bms.add(rows.bms_soh_pct)
        self._soce.add(rows.onboard_soce_pct)
        self._insulated |= not np.isnan(rows.insulation_kohm).all()

    @property
    def _series(self) -> int:
        return self._vehicle.cells_in_series or self._cells

    @property
    def _chemistry(self) -> Chemistry:
        """As registered, else guessed from the first days' cells."""
        if self._vehicle.chemistry is not Chemistry.UNKNOWN or not self._looks:
            return self._vehicle.chemistry
        volts, soc = np.median(np.array(self._looks), axis=0)
        return guess_chemistry(float(volts), float(soc))

    def _cell_name(self, number: int) -> str:
        return self._vehicle.part("cell", number)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {
            "watch": self._watch.state(),
            "thermal": self._thermal.state(),
            "charges": self._charges.state(),
            "ohms": self._ohms.state(),
            "habits": self._habits.state(),
            "bms": self._bms.state(),
            "soce": self._soce.state(),
            "told": table(self._told, ChargeWindow),
            "repairs_ms": list(self._repairs_ms),
            "looks": [list(look) for look in self._looks],
            "cells": self._cells,
            "insulated": self._insulated,
        }

    def restore(self, state: State) -> None:
        """Go on from a snapshot."""
        self._watch = watch.CellWatch.restore(state["watch"], name=self._cell_name)
        self._thermal = thermal.ThermalWatch.restore(state["thermal"], self._vehicle.part)
        self._charges = ChargeLog.restore(state["charges"])
        self._ohms = resistance.OhmLog.restore(state["ohms"], self._vehicle.rated_capacity_ah)
        self._habits = habits.HabitLog.restore(state["habits"])
        self._bms = Told.restore(state["bms"], "bms_soh")
        self._soce = Told.restore(state["soce"], "onboard_soce")
        self._told = items(state["told"], ChargeWindow)
        self._repairs_ms = list(state["repairs_ms"])
        self._looks = [list(look) for look in state["looks"]]
        self._cells, self._insulated = state["cells"], state["insulated"]

    def carry(self, before: State, gone: Gone) -> None:
        """Windows and days of resistance of days that are gone; records outlive rows."""
        self._charges.carry(before["charges"], gone)
        self._ohms.carry(before["ohms"], gone)

    def judge(self) -> Judgement:
        """Answers, findings and facts from everything added."""
        measured, slow = self._charges.told(self._series)
        windows, repairs = merged(measured, self._told), self._repairs_ms
        ohms = resistance.resistance(self._ohms.days)
        r = ohms.value if isinstance(ohms, Estimate) else 0.0
        vehicle, chemistry = self._vehicle, self._chemistry
        slow = slow if incremental_capacity.applies(chemistry) else []
        more = incremental_capacity.partial_sights(slow, windows, usable(windows, chemistry))
        capacity = capacity_track(windows, chemistry, repairs, more)
        seen = self._habits.told(windows)
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
                "bms_soh": self._bms.answer(),
                "onboard_soce": self._soce.answer(),
                "resistance": ohms,
                "resistance_trend": resistance.trend(self._ohms.days),
                "soh_at_warranty_end": _at_warranty_end(future),
                **habits.ranges(kwh, seen),
            },
            findings=(*self._thermal.findings(), *self._watch.findings()),
            facts={
                "chemistry": chemistry.value,
                "capacity_windows": [_shown(w) for w in windows[-200:]],
                "capacity_curve": _curve(capacity),
                "incremental_capacity": incremental_capacity.peaks(slow)[-100:],
                "cells": self._watch.summary(),
                "habits": None if seen is None else seen.shown(),
                "advice": habits.advice(seen, chemistry),
                "forecast": None if isinstance(future, Silence) else future,
            },
            causes=self._examined(),
        )

    def _examined(self) -> frozenset[str]:
        """Causes that the rows really allowed to look for."""
        found = watch.CAUSES if self._watch.days else frozenset()
        return found | {"insulation_low"} if self._insulated else found

    def _future(
        self, capacity: Track, soh: Answer, seen: habits.Habits | None, new: NewValue | None
    ) -> dict[str, object] | Silence:
        """Ten years ahead from the last row, or why not."""
        vehicle = self._vehicle
        why = forecast.silent(soh, vehicle.in_service)
        if why is not None or vehicle.in_service is None or new is None:
            return why or Silence(reason="age_unknown", missing="first_registration")
        last_ms = self._habits.last_ms
        subject = forecast.Subject(
            chemistry=self._chemistry,
            points=[scaled(p, 100 / new.value) for p in capacity.points],
            now=moment(capacity.points[-1].at_ms if last_ms is None else last_ms),
            in_service=vehicle.in_service,
            km=self._habits.odometer_m / 1000,
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
    return [e.t_ms for e in events if e.kind is EventKind.REPAIR and e.component in PACK_PARTS]


def _curve(track: Track) -> dict[str, object]:
    """The last hundred points and all segments, for charts."""
    return {
        "points": [
            [p.at_ms, round(p.value, 3), round(p.low, 3), round(p.high, 3), p.segment]
            for p in track.points[-100:]
        ],
        "segments": [[s.number, s.since_ms, s.reason] for s in track.segments],
    }


def _middle_of(rows: PackRows) -> list[list[float]]:
    """[[volts, soc]]: the median cell of a day at middle charge and little current; [] without."""
    if not rows.cells_v.shape[1]:
        return []
    middle = (rows.soc_pct >= 50) & (rows.soc_pct <= 95) & ~(np.abs(rows.current_a) > 20)
    some = np.flatnonzero(middle)[:: max(int(middle.sum()) // 100, 1)]
    volts = rows.cells_v[some]
    if np.isnan(volts).all():
        return []
    return [[float(np.nanmedian(volts)), float(np.median(rows.soc_pct[some]))]]


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
