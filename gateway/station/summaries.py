"""Trips, charges and parked periods computed in the car from its own rows.

    parked --engine or speed--> trip --both quiet for 2 min--> parked
    parked --current into the pack at standstill--> charge --none for 5 min--> parked

Both ends are observed or the record is not made; a hole in the rows lowers its coverage and is
never integrated across. Counters of the car (odometer) come before integrals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from firmware_contracts.records import Charge, Parked, Record, Trip
from firmware_contracts.signals import BY_NAME
from gateway.frames import Tick
from gateway.station.distance import travelled_m

HOLE_MS = 10_000
"""Over a longer step nothing is integrated: nobody saw what happened."""
TRIP_QUIET_MS = 120_000
CHARGE_QUIET_MS = 300_000
SHORTEST_MS = 60_000
"""A trip ends two minutes after the last movement, a charge five after the last current; what is
shorter than a minute is none."""
CHARGING_A = 1.0
DC_KW = 22.0
"""Above what an AC charger on board takes (22 kW)."""
HARD_BRAKE_MS2 = -3.0
"""m/s2: what insurers usually count."""
WARM_C, COLD_C = 70.0, 50.0
PETROL_KJ_G = 43.0
STOICHIOMETRIC = 14.7
"""Lower heating value of petrol, and air to fuel by mass at lambda 1."""

_WATCHED = (
    "vehicle_speed_kmh", "odometer_m", "engine_speed_rpm", "coolant_temperature_c", "maf_gs",
    "oil_temperature_c", "fuel_rate_lh", "ambient_temperature_c", "pack_voltage_v",
    "pack_current_a", "soc_pct", "probe_max_c", "cell_voltage_max_v", "cell_voltage_min_v",
    "lv_voltage_v", "tyre_fl_kpa", "tyre_fr_kpa", "tyre_rl_kpa", "tyre_rr_kpa",
)  # fmt: skip
_IDS = {name: BY_NAME[name].id for name in _WATCHED}


class Mode(Enum):
    """What the car is doing."""

    PARKED = "parked"
    TRIP = "trip"
    CHARGE = "charge"


_QUIET_MS = {Mode.TRIP: TRIP_QUIET_MS, Mode.CHARGE: CHARGE_QUIET_MS}


@dataclass(slots=True)
class _Trace:
    """Values of one signal with their times, inside one period."""

    t_ms: list[int] = field(default_factory=list)
    v: list[float] = field(default_factory=list)

    @property
    def first(self) -> float | None:
        return self.v[0] if self.v else None

    @property
    def last(self) -> float | None:
        return self.v[-1] if self.v else None

    def of(self, function: str) -> float | None:
        """max, min or mean; None when nothing was read."""
        return float(getattr(np, function)(self.v)) if self.v else None


@dataclass(slots=True)
class Period:
    """The rows of one mode, by signal."""

    mode: Mode
    start_ms: int
    end_ms: int
    seen_ms: int = 0
    traces: dict[str, _Trace] = field(default_factory=lambda: {n: _Trace() for n in _WATCHED})

    def add(self, t_ms: int, values: Mapping[str, float]) -> None:
        """Take one row."""
        step = t_ms - self.end_ms
        self.seen_ms += step if 0 < step <= HOLE_MS else 0
        self.end_ms = max(self.end_ms, t_ms)
        for name, value in values.items():
            self.traces[name].t_ms.append(t_ms)
            self.traces[name].v.append(value)

    @property
    def coverage(self) -> float:
        """Share of the period in which rows came."""
        length = self.end_ms - self.start_ms
        return 1.0 if length <= 0 else min(1.0, self.seen_ms / length)

    def integral(self, *names: str) -> float | None:
        """Time integral (unit x s) of the product of signals read in the same ticks."""
        keyed = [dict(zip(self.traces[n].t_ms, self.traces[n].v, strict=True)) for n in names]
        common = sorted(set(keyed[0]).intersection(*keyed[1:]))
        if len(common) < 2:
            return None
        t = np.array(common, dtype=np.float64)
        y = np.prod([[k[c] for c in common] for k in keyed], axis=0)
        dt = np.diff(t)
        return float((np.where(dt <= HOLE_MS, dt, 0.0) * (y[1:] + y[:-1]) / 2).sum() / 1000)


class Summaries:
    """The state of one car. `feed` returns the records a row completed."""

    def __init__(self) -> None:
        self._period: Period | None = None
        self._busy_ms = 0

    @property
    def mode(self) -> Mode | None:
        """What is under way."""
        return None if self._period is None else self._period.mode

    def feed(self, tick: Tick) -> list[Record]:
        """Take one tick in order of time."""
        values = {n: tick.values[i] for n, i in _IDS.items() if i in tick.values}
        if not values:
            return []
        period = self._period
        if period is None:
            self._open(_wanted(values) or Mode.PARKED, tick.t_ms, values)
            return []
        slept = self._slept(period, tick.t_ms)
        period = self._period or period
        wanted = _wanted(values)
        if wanted is period.mode:
            self._busy_ms = tick.t_ms
        mode = self._next(period, wanted, tick.t_ms)
        if mode is not Mode.PARKED or mode is period.mode:
            period.add(tick.t_ms, values)  # the first moving row is the end of standing
        if mode is period.mode:
            return slept
        self._open(mode, tick.t_ms, values)
        return slept + finish(period)

    def _slept(self, period: Period, t_ms: int) -> list[Record]:
        """The bus slept: what was under way ended at its last row, and standing began there."""
        quiet = _QUIET_MS.get(period.mode)
        if quiet is None or t_ms - period.end_ms <= quiet:
            return []
        left = {n: v for n, line in period.traces.items() if (v := line.last) is not None}
        self._open(Mode.PARKED, period.end_ms, left)
        return finish(period)

    def close(self) -> list[Record]:
        """The agent stops: an unfinished period has no observed end and is not reported."""
        self._period = None
        return []

    def _open(self, mode: Mode, t_ms: int, values: Mapping[str, float]) -> None:
        self._period = Period(mode, t_ms, t_ms)
        self._period.add(t_ms, values)
        self._busy_ms = t_ms

    def _next(self, period: Period, wanted: Mode | None, t_ms: int) -> Mode:
        if wanted is None or wanted is period.mode:
            quiet = _QUIET_MS.get(period.mode)
            over = quiet is not None and t_ms - self._busy_ms > quiet
            return Mode.PARKED if over else period.mode
        return wanted


def _wanted(values: Mapping[str, float]) -> Mode | None:
    moving = values.get("vehicle_speed_kmh", 0.0) > 1
    if moving or values.get("engine_speed_rpm", 0.0) > 300:
        return Mode.TRIP
    if values.get("pack_current_a", 0.0) > CHARGING_A:
        return Mode.CHARGE
    return None


def finish(period: Period) -> list[Record]:
    """The record of a finished period; none for one too short to mean anything."""
    if period.end_ms - period.start_ms < SHORTEST_MS:
        return []
    return [_MAKERS[period.mode](period)]


def _trip(p: Period) -> Trip:
    line = p.traces
    speed = np.array(line["vehicle_speed_kmh"].v)
    t_s = np.array(line["vehicle_speed_kmh"].t_ms) / 1000
    odometer, speeds = line["odometer_m"], line["vehicle_speed_kmh"]
    distance = travelled_m(
        (odometer.t_ms, odometer.v), (speeds.t_ms, speeds.v), p.start_ms, p.end_ms, HOLE_MS
    )
    watt_s = p.integral("pack_voltage_v", "pack_current_a")
    litres_h = p.integral("fuel_rate_lh")
    standing = speed < 1
    with np.errstate(divide="ignore", invalid="ignore"):
        braking = np.diff(speed) / 3.6 / np.diff(t_s) if speed.size > 1 else np.array([])
    engine = bool(line["engine_speed_rpm"].v)
    revolutions = p.integral("engine_speed_rpm")
    warm_s, warm_kj = _warm_up(p)
    return Trip(
        start_ms=p.start_ms,
        end_ms=p.end_ms,
        coverage=p.coverage,
        distance_m=distance,
        energy_kwh=None if watt_s is None else -watt_s / 3.6e6,
        fuel_l=None if litres_h is None else litres_h / 3600,
        soc_start_pct=line["soc_pct"].first,
        soc_end_pct=line["soc_pct"].last,
        speed_mean_kmh=line["vehicle_speed_kmh"].of("mean"),
        speed_max_kmh=line["vehicle_speed_kmh"].of("max"),
        stop_share=float(standing.mean()) if speed.size else None,
        hard_brakes=int((braking < HARD_BRAKE_MS2).sum()) if speed.size else None,
        idle_s=float(standing.sum()) if engine and speed.size else None,
        coolant_max_c=line["coolant_temperature_c"].of("max"),
        coolant_end_c=line["coolant_temperature_c"].last,
        oil_end_c=line["oil_temperature_c"].last,
        ambient_mean_c=line["ambient_temperature_c"].of("mean"),
        odometer_end_m=line["odometer_m"].last,
        warmup_s=warm_s,
        warmup_kj_per_k=warm_kj,
        revolutions=None if revolutions is None else revolutions / 60,
    )


def _warm_up(p: Period) -> tuple[float | None, float | None]:
    """Seconds until warm, and fuel energy in kJ per K of coolant rise, for cold starts.

    Fuel from air: MAF / 14.7 x 43 kJ/g (closed loop petrol).
    """
    coolant = p.traces["coolant_temperature_c"]
    if not coolant.v or coolant.v[0] >= COLD_C:
        return None, None
    warm = next((t for t, c in zip(coolant.t_ms, coolant.v, strict=True) if c >= WARM_C), None)
    until = coolant.t_ms[-1] if warm is None else warm
    rise = max(coolant.v) - coolant.v[0] if warm is None else WARM_C - coolant.v[0]
    air = p.traces["maf_gs"]
    t = np.array(air.t_ms, dtype=np.float64)
    keep = t <= until
    if keep.sum() < 2 or rise < 5:
        return (None if warm is None else (warm - p.start_ms) / 1000), None
    flow, dt = np.array(air.v)[keep], np.diff(t[keep]) / 1000
    grams = float((dt * (flow[1:] + flow[:-1]) / 2).sum()) / STOICHIOMETRIC
    seconds = None if warm is None else (warm - p.start_ms) / 1000
    return seconds, grams * PETROL_KJ_G / rise


def _charge(p: Period) -> Charge:
    line = p.traces
    amp_s = p.integral("pack_current_a")
    watt_s = p.integral("pack_voltage_v", "pack_current_a")
    hours = max(1e-6, (p.end_ms - p.start_ms) / 3.6e6)
    kwh = None if watt_s is None else watt_s / 3.6e6
    peak = _peak_kw(p)
    high, low = line["cell_voltage_max_v"].last, line["cell_voltage_min_v"].last
    return Charge(
        start_ms=p.start_ms,
        end_ms=p.end_ms,
        coverage=p.coverage,
        kind=0 if peak is None else (2 if peak > DC_KW else 1),
        soc_start_pct=line["soc_pct"].first,
        soc_end_pct=line["soc_pct"].last,
        charge_ah=None if amp_s is None else amp_s / 3600,
        energy_kwh=kwh,
        power_max_kw=peak,
        current_mean_a=None if amp_s is None else amp_s / 3600 / hours,
        temperature_start_c=line["probe_max_c"].first,
        temperature_mean_c=line["probe_max_c"].of("mean"),
        temperature_max_c=line["probe_max_c"].of("max"),
        cell_min_start_v=line["cell_voltage_min_v"].first,
        cell_max_end_v=high,
        spread_end_mv=None if high is None or low is None else (high - low) * 1000,
        odometer_m=line["odometer_m"].last,
    )


def _peak_kw(p: Period) -> float | None:
    volts = dict(zip(p.traces["pack_voltage_v"].t_ms, p.traces["pack_voltage_v"].v, strict=True))
    current = p.traces["pack_current_a"]
    both = [volts[t] * a for t, a in zip(current.t_ms, current.v, strict=True) if t in volts]
    return max(both) / 1000 if both else None


def _parked(p: Period) -> Parked:
    line = p.traces
    high, low = line["cell_voltage_max_v"], line["cell_voltage_min_v"]

    def spread(end: str) -> float | None:
        top, bottom = getattr(high, end), getattr(low, end)
        return None if top is None or bottom is None else (top - bottom) * 1000

    return Parked(
        start_ms=p.start_ms,
        end_ms=p.end_ms,
        coverage=p.coverage,
        rest_start_v=line["lv_voltage_v"].first,
        rest_end_v=line["lv_voltage_v"].last,
        soc_start_pct=line["soc_pct"].first,
        soc_end_pct=line["soc_pct"].last,
        ambient_mean_c=line["ambient_temperature_c"].of("mean"),
        cell_spread_start_mv=spread("first"),
        cell_spread_end_mv=spread("last"),
        tyre_fl_kpa=line["tyre_fl_kpa"].last,
        tyre_fr_kpa=line["tyre_fr_kpa"].last,
        tyre_rl_kpa=line["tyre_rl_kpa"].last,
        tyre_rr_kpa=line["tyre_rr_kpa"].last,
    )


_MAKERS: Mapping[Mode, Callable[[Period], Record]] = {
    Mode.TRIP: _trip,
    Mode.CHARGE: _charge,
    Mode.PARKED: _parked,
}
