"""Pack rows as the windows a store would hand out, and a store that holds one vehicle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.alerts import Alert, AlertChange
from domain.checkpoint import Checkpoint, Opening
from domain.health import Assessment
from domain.readings import Column, Day, Matrix, Window
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event
from models.base import moment
from models.battery.pack_rows import PackRows
from store.results.alert_transitions import changed, raised

CAR = Vehicle(
    id=5, tenant_id=1, centre_id=1, powertrain=Powertrain.BEV, part_names={"cell": "V_{n}"}
)
NMC_CAR = replace(CAR, chemistry=Chemistry.NMC, rated_capacity_ah=120.0, rated_energy_kwh=42.0)


def window_of(rows: PackRows, start_ms: int | None = None, end_ms: int | None = None) -> Window:
    """The rows with start <= t < end as a window of vehicle 5."""
    start = int(rows.t_ms[0]) if start_ms is None else start_ms
    end = int(rows.t_ms[-1]) + 1 if end_ms is None else end_ms
    some = rows.take((rows.t_ms >= start) & (rows.t_ms < end))
    columns = {
        "pack_voltage_v": some.voltage_v,
        "pack_current_a": some.current_a,
        "soc_pct": some.soc_pct,
        "probe_max_c": some.temperature_c,
        "probe_min_c": some.temperature_c,
        "odometer_m": some.odometer_m,
        "insulation_kohm": some.insulation_kohm,
        "bms_soh_pct": some.bms_soh_pct,
        "onboard_soce_pct": some.onboard_soce_pct,
        "vehicle_speed_kmh": some.speed_kmh,
        "charge_kind": some.charge_kind,
        "ambient_temperature_c": some.ambient_c,
    }
    return Window(
        vehicle_id=5,
        start_ms=start,
        end_ms=end,
        ticks_ms=some.t_ms,
        columns={
            name: Column(values=v, reasons=np.zeros(len(v), dtype=np.uint8))
            for name, v in columns.items()
        },
        cells=_matrix(some.t_ms, some.cells_v),
        probes=_matrix(some.t_ms, some.probes_c),
    )


def _matrix(ticks: np.ndarray, values: np.ndarray) -> Matrix:
    return Matrix(
        ticks_ms=ticks, values=values, reasons=np.where(np.isnan(values), 2, 0).astype(np.uint8)
    )


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def by_day(rows: PackRows) -> Iterator[tuple[PackRows, int]]:
    """The rows of every UTC day that has any, and where that day ends in UTC ms."""
    days = rows.t_ms // DAY_MS
    edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(rows)]
    for first, last in pairwise(edges):
        if last > first:
            yield rows.take(slice(first, last)), int(days[first] + 1) * DAY_MS


class OneCar:
    """Window source, assessment book and alert book of one vehicle, in memory."""

    def __init__(self, rows: PackRows | None, vehicle: Vehicle = CAR) -> None:
        self.rows = rows
        self._vehicle = vehicle
        self.saved: list[Assessment] = []
        self.checkpoint: Checkpoint | None = None
        self.late_from: datetime | None = None
        self.alerts: dict[int, Alert] = {}
        self.changes: list[AlertChange] = []

    def read(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        cells: bool = False,
        probes: bool = False,
    ) -> Window:
        assert self.rows is not None
        return window_of(self.rows, ms(start), ms(end))

    def span(self, vehicle_id: int) -> tuple[datetime, datetime] | None:
        if self.rows is None:
            return None
        return moment(int(self.rows.t_ms[0])), moment(int(self.rows.t_ms[-1]))

    def records(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        return []

    def events(self, vehicle_id: int, start: datetime, end: datetime) -> list[Event]:
        return []

    def days(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        records: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        parts: bool = False,
    ) -> list[Day]:
        assert self.rows is not None
        inside = (self.rows.t_ms >= ms(start)) & (self.rows.t_ms < ms(end))
        return [
            Day(window=window_of(day, edge_ms - DAY_MS, edge_ms))
            for day, edge_ms in by_day(self.rows.take(inside))
        ]

    def open(self, vehicle_id: int) -> Opening | None:
        if vehicle_id != self._vehicle.id:
            return None
        return Opening(
            vehicle=self._vehicle,
            span=self.span(vehicle_id),
            checkpoint=self.checkpoint,
            late_from=self.late_from,
        )

    def due(self, limit: int) -> list[int]:
        return [self._vehicle.id]

    def save(self, assessment: Assessment, checkpoint: Checkpoint | None = None) -> None:
        self.saved.append(assessment)
        if checkpoint is not None:
            self.checkpoint, self.late_from = checkpoint, None

    def latest(self, vehicle_id: int) -> Assessment | None:
        return self.saved[-1] if self.saved else None

    def open_alerts(self, vehicle_id: int) -> list[Alert]:
        return [a for a in self.alerts.values() if a.closed_at is None]

    def all_alerts(self, vehicle_id: int) -> list[Alert]:
        return list(self.alerts.values())

    def apply(self, changes: Iterable[AlertChange], at: datetime) -> list[Alert]:
        out = []
        for change in changes:
            self.changes.append(change)
            if change.alert_id is None:
                alert = raised(change, len(self.alerts) + 1, 1)
            else:
                alert = changed(self.alerts[change.alert_id], change, at)
            self.alerts[alert.id] = alert
            out.append(alert)
        return out
