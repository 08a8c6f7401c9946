"""Trips, starts and cold tyres out of plain rows, for cars that send no records of their own.

One-second rows see a trip's heat as well as the car does; of a start they see some dip or none,
so such starts are marked coarse. Days are folded one by one; the rows of a trip that goes on over
midnight wait for the next day.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from domain.readings import Column, Window
from firmware_contracts.durations import DAY_MS
from models.base import Array, Gone
from models.maintenance.thermostat import Warming
from models.maintenance.twelve_volt import Start
from models.maintenance.tyres import SEA_LEVEL_KPA, WHEELS, Pressures, at_20c
from models.state import State, items, table

ENGINE = (
    "engine_speed_rpm",
    "coolant_temperature_c",
    "vehicle_speed_kmh",
    "ambient_temperature_c",
    "fuel_rate_lh",
    "maf_gs",
    "lv_voltage_v",
)
SIGNALS = (
    *ENGINE,
    "barometric_pressure_kpa",
    *(f"tyre_{wheel}_kpa" for wheel in WHEELS),
    *(f"tyre_{wheel}_c" for wheel in WHEELS),
)
PAUSE_MS = 300_000
"""Rows further apart belong to two trips; by judgement."""
_RUNNING_RPM = 400.0
"""Below any idle, above any starter."""
_MAF_TO_LH = 3600 / (14.7 * 745)
"""g/s of air to litres of petrol an hour: 14.7 g of air a gram, 745 g a litre."""
_FRAME_MS = 5_000
"""Rows further apart than this saw nothing of a start."""
_BEFORE = 8
"""Rows before a start that tell its rest voltage."""
_LEAST = 60
"""Rows with coolant that a warm-up is read from; by judgement."""
_LONGEST_MS = DAY_MS
"""A trip that has lasted a whole day at midnight is cut there."""


def column(window: Window, name: str) -> Array:
    """A signal of the window, NaN where it was not asked for."""
    if name not in window.columns:
        return np.full(len(window.ticks_ms), np.nan)
    return np.asarray(window[name], dtype=np.float64)


def warmings(window: Window) -> list[Warming]:
    """Trips with coolant temperatures."""
    coolant = column(window, "coolant_temperature_c")
    pieces = _pieces(window.ticks_ms, _running(window))
    return [_warming(window, coolant, piece) for piece in pieces if len(piece) >= _LEAST]


def starts(window: Window) -> list[Start]:
    """Starts of a combustion engine: rest voltage before, lowest voltage until it runs."""
    rpm, volts = column(window, "engine_speed_rpm"), column(window, "lv_voltage_v")
    t = window.ticks_ms
    begins = np.flatnonzero((rpm[1:] > _RUNNING_RPM) & (rpm[:-1] < _RUNNING_RPM)) + 1
    found = []
    for i in begins:
        if t[i] - t[i - 1] > _FRAME_MS:
            continue
        around = volts[max(i - 4, 0) : i + 2]
        before = volts[max(i - _BEFORE, 0) : max(i - 1, 1)]
        if np.isfinite(around).any() and np.isfinite(before).any():
            found.append(
                Start(
                    t_ms=int(t[i]),
                    min_v=float(np.nanmin(around)),
                    rest_v=float(np.nanmax(before)),
                    rested=False,
                    mohm25=float("nan"),
                    temperature_c=float("nan"),
                    coarse=True,
                )
            )
    return found


def looks(window: Window) -> list[Pressures]:
    """One look per half day from standing rows that know the air's temperature in the tyre."""
    gauge = np.column_stack([column(window, f"tyre_{w}_kpa") for w in WHEELS])
    if np.isnan(gauge).all():
        return []
    inside = np.column_stack([column(window, f"tyre_{w}_c") for w in WHEELS])
    outside = column(window, "barometric_pressure_kpa")
    outside = np.where(np.isfinite(outside), outside, SEA_LEVEL_KPA)[:, None]
    kpa = at_20c(np.where((gauge > 30) & (gauge < 1200), gauge, np.nan), inside, outside)
    halves = window.ticks_ms // 43_200_000
    found = []
    for half in np.unique(halves[np.isfinite(kpa).sum(axis=1) >= 2]):
        rows = np.flatnonzero(halves == half)
        known = rows[np.isfinite(kpa[rows]).sum(axis=1) >= 2]
        found.append(Pressures(t_ms=int(window.ticks_ms[known[-1]]), kpa=_medians(kpa[known])))
    return found


def _medians(values: Array) -> Array:
    """Median of every column, NaN where a wheel said nothing."""
    known = [column[np.isfinite(column)] for column in values.T]
    return np.array([np.median(column) if len(column) else np.nan for column in known])


def _running(window: Window) -> np.ndarray:
    """Rows with a running engine and a known coolant temperature."""
    coolant, rpm = column(window, "coolant_temperature_c"), column(window, "engine_speed_rpm")
    return np.flatnonzero((rpm > _RUNNING_RPM) & np.isfinite(coolant))


def _pieces(ticks: np.ndarray, at: np.ndarray) -> list[np.ndarray]:
    """The rows `at`, cut where nothing came for PAUSE_MS."""
    if not len(at):
        return []
    return np.split(at, np.flatnonzero(np.diff(ticks[at]) > PAUSE_MS) + 1)


def _warming(window: Window, coolant: Array, rows: np.ndarray) -> Warming:
    t = window.ticks_ms[rows]
    hours = np.diff(t, append=t[-1]) / 3.6e6
    rate = column(window, "fuel_rate_lh")[rows]
    rate = np.where(np.isfinite(rate), rate, column(window, "maf_gs")[rows] * _MAF_TO_LH)
    speed = column(window, "vehicle_speed_kmh")[rows]
    ambient = column(window, "ambient_temperature_c")[rows]
    return Warming(
        t_ms=int(t[-1]),
        minutes=float(t[-1] - t[0]) / 60_000,
        km=float(np.nansum(speed * hours)) if np.isfinite(speed).any() else float("nan"),
        litres=float(np.nansum(rate * hours)) if np.isfinite(rate).any() else float("nan"),
        coolant_max_c=float(np.nanmax(coolant[rows])),
        coolant_end_c=float(np.nanmedian(coolant[rows[-60:]])),
        ambient_c=float(np.nanmean(ambient)) if np.isfinite(ambient).any() else float("nan"),
        kj_per_k=float("nan"),
    )


class EngineLog:
    """Starts and trips so far; rows go in by whole days, in order."""

    def __init__(self) -> None:
        self.starts: list[Start] = []
        self._trips: list[Warming] = []
        self._tail: Window | None = None

    def add(self, day: Window) -> None:
        """The rows of the next day."""
        silent = np.isnan(column(day, "engine_speed_rpm")).all()
        if not len(day.ticks_ms) or (silent and self._tail is None):
            return
        rows = _joined(self._tail, day)
        tail_ms = -1 if self._tail is None else int(self._tail.ticks_ms[-1])
        self.starts += [start for start in starts(rows) if start.t_ms > tail_ms]
        cut = _open_from(rows)
        self._trips += warmings(_part(rows, slice(0, cut)))
        first = min(cut, max(len(rows.ticks_ms) - _BEFORE, 0))
        self._tail = (
            None if silent and cut == len(rows.ticks_ms) else _part(rows, slice(first, None))
        )

    def warmings(self) -> list[Warming]:
        """Every trip's heat, a trip that still goes on as far as it went."""
        return [*self._trips, *([] if self._tail is None else warmings(self._tail))]

    def carry(self, before: State, gone: Gone) -> None:
        """Take over what an earlier log found on days that are gone."""
        self.starts += [s for s in items(before["starts"], Start) if gone(s.t_ms)]
        self._trips += [t for t in items(before["trips"], Warming) if gone(t.t_ms)]
        self.starts.sort(key=lambda start: start.t_ms)
        self._trips.sort(key=lambda trip: trip.t_ms)

    def state(self) -> State:
        """A snapshot for `restore`."""
        tail = None
        if self._tail is not None:
            columns = {name: column(self._tail, name).copy() for name in ENGINE}
            tail = {**columns, "ticks_ms": self._tail.ticks_ms.copy()}
        return {
            "starts": table(self.starts, Start),
            "trips": table(self._trips, Warming),
            "tail": tail,
        }

    @classmethod
    def restore(cls, state: State) -> EngineLog:
        """The log as it was."""
        log = cls()
        log.starts = items(state["starts"], Start)
        log._trips = items(state["trips"], Warming)
        if state["tail"] is not None:
            told = dict(state["tail"])
            log._tail = _window(told.pop("ticks_ms"), told)
        return log


def _open_from(rows: Window) -> int:
    """The first row of a trip that may go on after the day of the last row; len without one."""
    count, pieces = len(rows.ticks_ms), _pieces(rows.ticks_ms, _running(rows))
    if not pieces:
        return count
    edge_ms = (int(rows.ticks_ms[-1]) // DAY_MS + 1) * DAY_MS
    first, last = rows.ticks_ms[pieces[-1][[0, -1]]]
    goes_on = edge_ms - last <= PAUSE_MS and edge_ms - first <= _LONGEST_MS
    return int(pieces[-1][0]) if goes_on else count


def _joined(tail: Window | None, day: Window) -> Window:
    """Both as one, with the columns of an engine."""
    parts = [day] if tail is None else [tail, day]
    columns = {name: np.concatenate([column(part, name) for part in parts]) for name in ENGINE}
    return _window(np.concatenate([part.ticks_ms for part in parts]), columns)


def _part(rows: Window, which: slice) -> Window:
    return _window(rows.ticks_ms[which], {name: rows[name][which] for name in ENGINE})


def _window(ticks_ms: np.ndarray, columns: Mapping[str, Array]) -> Window:
    no_reasons = np.zeros(len(ticks_ms), dtype=np.uint8)
    return Window(
        vehicle_id=0,
        start_ms=0,
        end_ms=0,
        ticks_ms=ticks_ms,
        columns={n: Column(values=v, reasons=no_reasons) for n, v in columns.items()},
    )
