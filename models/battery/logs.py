"""The logs of one battery: what a case remembers from day to day, and its snapshot.

day -> cells, heat | charges, resistance, habits | the car's own values | records, repairs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domain.readings import Day
from domain.vehicle import Chemistry, Vehicle
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from models.base import Gone
from models.battery import thermal
from models.battery.ageing import habits
from models.battery.capacity.charge_log import ChargeLog
from models.battery.capacity.charge_windows import ChargeWindow, windows_of_records
from models.battery.cells import watch
from models.battery.cells.limits import guess_chemistry
from models.battery.pack_rows import PackRows, pack_rows
from models.battery.reported import CarReported
from models.battery.resistance import resistance
from models.state import State, items, table

PACK_PARTS = frozenset({"traction_battery", "battery", "pack", "cell_module", "module"})
"""Components of workshop entries after which the pack counts as another one."""
CHEMISTRY_DAYS = 30
"""Days with readable cells from which an unregistered chemistry is guessed."""


class BatteryLogs:
    """What is remembered of one battery: every row is folded on its day and let go."""

    def __init__(self, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self.cell_watch = watch.CellWatch(
            chemistry=vehicle.chemistry, rated_ah=vehicle.rated_capacity_ah, name=self._cell_name
        )
        self.thermal_watch = thermal.ThermalWatch(vehicle.part)
        self.charges = ChargeLog(vehicle.rated_capacity_ah)
        self.ohms = resistance.OhmLog(vehicle.rated_capacity_ah)
        self.habits = habits.HabitLog()
        self.bms, self.soce = CarReported("bms_soh"), CarReported("onboard_soce")
        self.recorded_windows: list[ChargeWindow] = []
        self.repairs_ms: list[int] = []
        self._rest_points: list[list[float]] = []
        self._cells = 0
        self._insulated = False

    def add(self, day: Day) -> None:
        """The next UTC day (several at once where nobody stops in between)."""
        rows = self._widened(pack_rows(day.window))
        self.cell_watch.update(rows)
        self.thermal_watch.update(rows)
        if len(rows):
            self._see_rest(rows)
            self._fold(rows.slim())
        self.recorded_windows += windows_of_records(day.records.get("charge", ()))
        self.repairs_ms += repairs_ms(day.events)

    def _widened(self, rows: PackRows) -> PackRows:
        """A day that shows only some of the known cells is no other pack: the rest is unread."""
        missing = self._cells - rows.cells_v.shape[1]
        self._cells = max(self._cells, rows.cells_v.shape[1])
        if missing <= 0 or missing == self._cells:
            return rows
        unread = np.full((len(rows), missing), np.nan, dtype=np.float32)
        return replace(rows, cells_v=np.concatenate([rows.cells_v, unread], axis=1))

    def _see_rest(self, rows: PackRows) -> None:
        """A day's cell voltage at its charge, where that must tell the chemistry."""
        if self._vehicle.chemistry is Chemistry.UNKNOWN and len(self._rest_points) < CHEMISTRY_DAYS:
            self._rest_points += _middle_of(rows)

    def _fold(self, rows: PackRows) -> None:
        midnight_ms = (int(rows.t_ms[-1]) // DAY_MS + 1) * DAY_MS
        self.charges.add(rows, midnight_ms, self.series)
        self.ohms.add(rows)
        self.habits.add(rows)
        self.bms.add(rows.bms_soh_pct)
        self.soce.add(rows.onboard_soce_pct)
        self._insulated |= not np.isnan(rows.insulation_kohm).all()

    @property
    def series(self) -> int:
        """Cells in series as registered, else as many as were seen."""
        return self._vehicle.cells_in_series or self._cells

    @property
    def chemistry(self) -> Chemistry:
        """As registered, else guessed from the first days' cells."""
        if self._vehicle.chemistry is not Chemistry.UNKNOWN or not self._rest_points:
            return self._vehicle.chemistry
        volts, soc = np.median(np.array(self._rest_points), axis=0)
        return guess_chemistry(float(volts), float(soc))

    def _cell_name(self, number: int) -> str:
        return self._vehicle.part("cell", number)

    def examined(self) -> frozenset[str]:
        """Causes that the rows really allowed to look for."""
        causes = watch.CAUSES if self.cell_watch.days else frozenset()
        return causes | {"insulation_low"} if self._insulated else causes

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {
            "watch": self.cell_watch.state(),
            "thermal": self.thermal_watch.state(),
            "charges": self.charges.state(),
            "ohms": self.ohms.state(),
            "habits": self.habits.state(),
            "bms": self.bms.state(),
            "soce": self.soce.state(),
            "told": table(self.recorded_windows, ChargeWindow),
            "repairs_ms": list(self.repairs_ms),
            "looks": [list(look) for look in self._rest_points],
            "cells": self._cells,
            "insulated": self._insulated,
        }

    def restore(self, state: State) -> None:
        """Go on from a snapshot."""
        self.cell_watch = watch.CellWatch.restore(state["watch"], name=self._cell_name)
        self.thermal_watch = thermal.ThermalWatch.restore(state["thermal"], self._vehicle.part)
        self.charges = ChargeLog.restore(state["charges"], self._vehicle.rated_capacity_ah)
        self.ohms = resistance.OhmLog.restore(state["ohms"], self._vehicle.rated_capacity_ah)
        self.habits = habits.HabitLog.restore(state["habits"])
        self.bms = CarReported.restore(state["bms"], "bms_soh")
        self.soce = CarReported.restore(state["soce"], "onboard_soce")
        self.recorded_windows = items(state["told"], ChargeWindow)
        self.repairs_ms = list(state["repairs_ms"])
        self._rest_points = [list(look) for look in state["looks"]]
        self._cells, self._insulated = state["cells"], state["insulated"]

    def carry(self, before: State, gone: Gone) -> None:
        """Windows and days of resistance of days that are gone; records outlive rows."""
        self.charges.carry(before["charges"], gone)
        self.ohms.carry(before["ohms"], gone)


def repairs_ms(events: Sequence[Event]) -> list[int]:
    """Moments at which a workshop entry says that the pack was opened or changed."""
    return [e.t_ms for e in events if e.kind is EventKind.REPAIR and e.component in PACK_PARTS]


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
