"""Trips, starts and cold tyres out of plain rows, for cars that send no records of their own.

One-second rows see a trip's heat as well as the car does; of a start they see some dip or none,
so such starts are marked coarse. Pieces are folded one by one; a trip that crosses the border of
two pieces is seen as two.
"""

from __future__ import annotations

import numpy as np

from domain.readings import Window
from models.base import Array
from models.maintenance.thermostat import Warming
from models.maintenance.twelve_volt import Start
from models.maintenance.tyres import SEA_LEVEL_KPA, WHEELS, Pressures, at_20c

SIGNALS = (
    "engine_speed_rpm", "coolant_temperature_c", "vehicle_speed_kmh", "ambient_temperature_c",
    "fuel_rate_lh", "maf_gs", "lv_voltage_v", "barometric_pressure_kpa",
    *(f"tyre_{wheel}_kpa" for wheel in WHEELS), *(f"tyre_{wheel}_c" for wheel in WHEELS),
)  # fmt: skip
PAUSE_MS = 300_000
_RUNNING_RPM = 400.0
_MAF_TO_LH = 3600 / (14.7 * 745)
_FRAME_MS = 5_000
"""Rows further apart than this saw nothing of a start."""


def column(window: Window, name: str) -> Array:
    """A signal of the window, NaN where it was not asked for."""
    if name not in window.columns:
        return np.full(len(window.ticks_ms), np.nan)
    return np.asarray(window[name], dtype=np.float64)


def warmings(window: Window) -> list[Warming]:
    """Trips with coolant temperatures."""
    coolant, rpm = column(window, "coolant_temperature_c"), column(window, "engine_speed_rpm")
    at = np.flatnonzero((rpm > _RUNNING_RPM) & np.isfinite(coolant))
    return [_warming(window, coolant, piece) for piece in _pieces(window.ticks_ms, at, 60)]


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
        before = volts[max(i - 8, 0) : max(i - 1, 1)]
        if np.isfinite(around).any() and np.isfinite(before).any():
            found.append(
                Start(
                    t_ms=int(t[i]), min_v=float(np.nanmin(around)), rest_v=float(np.nanmax(before)),
                    rested=False, mohm25=float("nan"), temperature_c=float("nan"), coarse=True,
                )
            )  # fmt: skip
    return found


def looks(window: Window) -> list[Pressures]:
    """One look per half day from standing rows that know the air's temperature in the tyre."""
    gauge = np.column_stack([column(window, f"tyre_{w}_kpa") for w in WHEELS])
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


def _pieces(ticks: np.ndarray, at: np.ndarray, least: int) -> list[np.ndarray]:
    if not len(at):
        return []
    parts = np.split(at, np.flatnonzero(np.diff(ticks[at]) > PAUSE_MS) + 1)
    return [part for part in parts if len(part) >= least]


def _warming(window: Window, coolant: Array, rows: np.ndarray) -> Warming:
    t = window.ticks_ms[rows]
    hours = np.diff(t, append=t[-1]) / 3.6e6
    rate = column(window, "fuel_rate_lh")[rows]
    rate = np.where(np.isfinite(rate), rate, column(window, "maf_gs")[rows] * _MAF_TO_LH)
    speed = column(window, "vehicle_speed_kmh")[rows]
    ambient = column(window, "ambient_temperature_c")[rows]
    return Warming(
        t_ms=int(t[-1]), minutes=float(t[-1] - t[0]) / 60_000,
        km=float(np.nansum(speed * hours)) if np.isfinite(speed).any() else float("nan"),
        litres=float(np.nansum(rate * hours)) if np.isfinite(rate).any() else float("nan"),
        coolant_max_c=float(np.nanmax(coolant[rows])),
        coolant_end_c=float(np.nanmedian(coolant[rows[-60:]])),
        ambient_c=float(np.nanmean(ambient)) if np.isfinite(ambient).any() else float("nan"),
        kj_per_k=float("nan"),
    )  # fmt: skip
