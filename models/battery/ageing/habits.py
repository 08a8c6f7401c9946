"""How a battery lives: charging, windows of charge, temperatures, distance, and what it can do.

Time counts from row to row; while a car is parked and silent its charge and temperature stand, for
at most a week. Shares of time are of what is known, and `observed_days` says how much that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from domain.vehicle import Chemistry
from firmware_contracts.durations import YEAR_DAYS
from models.base import Array
from models.battery.capacity.charge_windows import ChargeWindow
from models.battery.pack_rows import PackRows, joined, rows_of, rows_state
from models.state import State

HELD_S = 7 * 86_400.0
"""A parked and silent car keeps its charge and temperature for a week at most; by judgement."""
DAY_S = 86_400.0
FULL_PCT = 97.0
"""A charge that ends above is a full one; gauges of many cars stop short of 100 %."""
DC_C_RATE = 0.4
"""Above: fast charging. Home chargers reach 0.05-0.25C of today's packs."""
COLD_C, MILD_C, HOT_C = -10.0, 23.0, 35.0
"""Ambient of a frost day, of the test cycle, and of a hot summer day."""
CLIMATE = {COLD_C: (1.35, 0.92), MILD_C: (1.0, 1.0), HOT_C: (1.08, 1.0)}
"""Ambient -> (consumption, usable energy) against 23 °C: heating and cooling of a cabin, and a cold
pack's losses; from published winter and summer tests of electric cars, +-10 %."""
RANGE_SD = 0.10
"""Relative, of the climate factors: published tests differ by about a tenth."""
WARMTH_STEP_C = 0.5
"""Width of a bin of temperature; by judgement: finer than any probe is right."""
WARMTH_C = np.arange(-50.0, 100.0, WARMTH_STEP_C)
_SUMS = (
    "soc_s",
    "soc_pct_s",
    "high_s",
    "low_s",
    "warmth_s",
    "warmth_c_s",
    "hot_s",
    "falls_pct",
    "odometer_steps",
    "distance_m",
    "used_kj",
    "driven_m",
)
_LAST = ("first_ms", "full_ms", "soc_pct", "odometer_m")
_ROW = (
    "t_ms",
    "voltage_v",
    "current_a",
    "soc_pct",
    "temperature_c",
    "odometer_m",
    "speed_kmh",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """NaN where it is not known. Shares are 0..1, states of charge in per cent."""

    observed_days: float
    charges: int
    charges_per_week: float
    dc_share: float
    soc_from_pct: float
    soc_to_pct: float
    mean_soc_pct: float
    share_above_90: float
    share_below_10: float
    temperature_mean_c: float
    temperature_p10_c: float
    temperature_p90_c: float
    share_above_35c: float
    km_per_year: float
    full_cycles_per_year: float
    depth_pct: float
    days_since_full: float
    consumption_kwh_100km: float

    def shown(self) -> dict[str, float | None]:
        """For reports: rounded, null where unknown."""
        return {k: None if np.isnan(v) else round(float(v), 3) for k, v in asdict(self).items()}


class HabitLog:
    """Sums over all rows so far, from row to row; rows go in by time, in pieces of any size.

    Every amount is a sum over neighbouring rows, so that pieces add up: seconds at known charge and
    temperature, seconds per bin of temperature, points of charge taken out, metres, joules.
    """

    def __init__(self) -> None:
        self._sums = dict.fromkeys(_SUMS, 0.0)
        self._last = dict.fromkeys(_LAST, float("nan"))
        self._warmth_s = np.zeros(len(WARMTH_C))
        self._row: PackRows | None = None

    @property
    def odometer_m(self) -> float:
        """The last that was read, NaN before any."""
        return self._last["odometer_m"]

    @property
    def last_ms(self) -> int | None:
        """Time of the last row, None before any."""
        return None if self._row is None else int(self._row.t_ms[-1])

    def add(self, piece: PackRows) -> None:
        """The next rows."""
        if not len(piece):
            return
        rows = piece if self._row is None else joined([self._row, piece])
        if self._row is None:
            self._last["first_ms"] = float(piece.t_ms[0])
        self._add_time(rows)
        self._add_use(piece)
        self._add_driving(rows)
        full = piece.t_ms[piece.soc_pct >= FULL_PCT]
        if len(full):
            self._last["full_ms"] = float(full[-1])
        self._row = piece.take(slice(len(piece) - 1, None))

    def _add_time(self, rows: PackRows) -> None:
        """Seconds from row to row, by what stood at the first of the two."""
        held = np.minimum(np.diff(rows.t_ms) / 1000, HELD_S)
        soc, warmth = rows.soc_pct[:-1], rows.temperature_c[:-1]
        known = ~np.isnan(soc)
        self._more("soc_s", held[known])
        self._more("soc_pct_s", (soc * held)[known])
        self._more("high_s", held[soc > 90])
        self._more("low_s", held[soc < 10])
        known = ~np.isnan(warmth)
        self._more("warmth_s", held[known])
        self._more("warmth_c_s", (warmth * held)[known])
        self._more("hot_s", held[warmth > 35])
        at = np.clip(np.round((warmth[known] - WARMTH_C[0]) / WARMTH_STEP_C), 0, len(WARMTH_C) - 1)
        self._warmth_s += np.bincount(at.astype(np.int64), held[known], len(WARMTH_C))

    def _add_use(self, piece: PackRows) -> None:
        """Points of charge taken out and metres driven; rises and rounding left out."""
        step = np.diff(self._known("soc_pct", piece.soc_pct))
        self._more("falls_pct", -step[(step < 0) & (step > -30)])
        odometer = np.where(piece.odometer_m > 0, piece.odometer_m, np.nan)
        step = np.diff(self._known("odometer_m", odometer))
        self._sums["odometer_steps"] += len(step)
        self._more("distance_m", step[(step > 0) & (step < 2e6)])

    def _add_driving(self, rows: PackRows) -> None:
        """Energy out of the pack and way while moving, from rows at most two minutes apart."""
        step = np.diff(rows.t_ms) / 1000
        power = rows.voltage_v * rows.current_a / 1000
        near = (step < 120) & (np.nan_to_num(rows.speed_kmh[1:]) > 0)
        used = ((power[1:] + power[:-1]) / 2 * step)[near]
        self._more("used_kj", -used[~np.isnan(used)])
        moved = np.diff(rows.odometer_m)[near]
        self._more("driven_m", moved[(moved >= 0) & (moved < 10_000)])

    def _known(self, name: str, values: Array) -> Array:
        """The known values behind the last one that was known before; the newest is kept."""
        known = values[~np.isnan(values)]
        before = self._last[name]
        if len(known):
            self._last[name] = float(known[-1])
        return known if np.isnan(before) else np.concatenate([[before], known])

    def _more(self, name: str, values: Array) -> None:
        self._sums[name] += float(values.sum())

    def habits(self, windows: Sequence[ChargeWindow]) -> Habits | None:
        """Habits so far; None where nothing was seen for a day. `windows` are all charges."""
        first_ms, last_ms, of = self._last["first_ms"], self.last_ms, self._sums
        if last_ms is None or last_ms - first_ms < DAY_S * 1000:
            return None
        days = (last_ms - first_ms) / 1000 / DAY_S
        km = of["distance_m"] / 1000 if of["odometer_steps"] else float("nan")
        full_ms = self._last["full_ms"]
        return Habits(
            observed_days=days,
            **_charging(windows, days),
            mean_soc_pct=_over(of["soc_pct_s"], of["soc_s"]),
            share_above_90=_over(of["high_s"], of["soc_s"]),
            share_below_10=_over(of["low_s"], of["soc_s"]),
            temperature_mean_c=_over(of["warmth_c_s"], of["warmth_s"]),
            temperature_p10_c=self._warmth(0.1),
            temperature_p90_c=self._warmth(0.9),
            share_above_35c=_over(of["hot_s"], of["warmth_s"]),
            km_per_year=km * YEAR_DAYS / days,
            full_cycles_per_year=of["falls_pct"] / 100 * YEAR_DAYS / days,
            days_since_full=(last_ms - (first_ms if np.isnan(full_ms) else full_ms)) / 1000 / DAY_S,
            consumption_kwh_100km=_consumption(of["used_kj"] / 3600, of["driven_m"] / 1000),
        )

    def _warmth(self, q: float) -> float:
        """Temperature below which the share `q` of the time was spent."""
        total = np.cumsum(self._warmth_s)
        if not total[-1] > 0:
            return float("nan")
        return float(WARMTH_C[np.searchsorted(total, q * total[-1])])

    def state(self) -> State:
        """A snapshot for `restore`."""
        row = None if self._row is None else rows_state(self._row, _ROW)
        return {
            "sums": dict(self._sums),
            "last": dict(self._last),
            "row": row,
            "warmth_s": self._warmth_s.copy(),
        }

    @classmethod
    def restore(cls, state: State) -> HabitLog:
        """The log as it was."""
        log = cls()
        log._sums = {name: state["sums"][name] for name in _SUMS}
        log._last = {name: state["last"][name] for name in _LAST}
        log._warmth_s = state["warmth_s"].copy()
        log._row = None if state["row"] is None else rows_of(state["row"])
        return log


def habits(rows: PackRows, windows: Sequence[ChargeWindow]) -> Habits | None:
    """Habits over all rows; None where nothing was seen for a day."""
    log = HabitLog()
    log.add(rows)
    return log.habits(windows)


def ranges(energy: Answer, seen: Habits | None) -> dict[str, Answer]:
    """Distance from full to empty in km at three ambient temperatures, with honest intervals."""
    if isinstance(energy, Silence):
        return {_name(c): energy for c in CLIMATE}
    if seen is None or np.isnan(seen.consumption_kwh_100km):
        silent = Silence(reason="consumption_unknown", missing="more_driving")
        return {_name(c): silent for c in CLIMATE}
    return {_name(c): _range(energy, seen.consumption_kwh_100km, c) for c in CLIMATE}


def advice(seen: Habits | None, chemistry: Chemistry) -> list[dict[str, object]]:
    """Ids of domain.sentences with the figures of this car that they rest on."""
    if seen is None:
        return []
    lfp = chemistry is Chemistry.LFP
    rules = (
        ("advice.charge_to_80", not lfp and seen.share_above_90 > 0.25, seen.share_above_90),
        ("advice.full_now_and_then", lfp and seen.days_since_full > 21, seen.days_since_full),
        ("advice.less_dc", seen.dc_share > 0.5 and seen.charges >= 5, seen.dc_share),
        ("advice.shade", seen.share_above_35c > 0.15, seen.share_above_35c),
        ("advice.not_so_empty", seen.share_below_10 > 0.05, seen.share_below_10),
    )
    return [{"id": name, "value": round(value, 3)} for name, applies, value in rules if applies]


def _name(ambient_c: float) -> str:
    return {COLD_C: "range_cold", MILD_C: "range_mild", HOT_C: "range_hot"}[ambient_c]


def _range(energy: Estimate, kwh_100km: float, ambient_c: float) -> Estimate:
    more, usable = CLIMATE[ambient_c]
    km = 100 * energy.value * usable / (kwh_100km * more)
    half = 1.645 * km * float(np.hypot(RANGE_SD, (energy.high - energy.low) / 3.29 / energy.value))
    return Estimate(
        value=km,
        low=km - half,
        high=km + half,
        unit="km",
        windows=energy.windows,
        method=Method.ENERGY_OVER_CONSUMPTION,
        coverage=energy.coverage,
        detail={"ambient_c": ambient_c, "kwh_100km": kwh_100km},
    )


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _middle(values: Array) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _consumption(used_kwh: float, driven_km: float) -> float:
    """kWh per 100 km; NaN with too little driving or where it is not physical."""
    if driven_km < 50 or not used_kwh > 0:
        return float("nan")
    found = 100 * used_kwh / driven_km
    return found if 5 < found < 80 else float("nan")


def _charging(windows: Sequence[ChargeWindow], days: float) -> Mapping[str, Any]:
    """What the windows say of habits."""
    starts = np.array([w.soc_from_pct for w in windows])
    ends = np.array([w.soc_to_pct for w in windows])
    amounts = np.array([w.charge_ah for w in windows])
    fast = np.array([w.current_a > DC_C_RATE * w.capacity_ah for w in windows], dtype=bool)
    return {
        "charges": len(windows),
        "charges_per_week": 7 * len(windows) / days,
        "dc_share": _over(float(amounts[fast].sum()), float(amounts.sum())),
        "soc_from_pct": _middle(starts),
        "soc_to_pct": _middle(ends),
        "depth_pct": _middle(ends - starts),
    }
