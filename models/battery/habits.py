"""How a battery lives: charging, windows of charge, temperatures, distance, and what it can do.

Time counts from row to row; while a car is parked and silent its charge and temperature stand, for
at most a week. Shares of time are of what is known, and `observed_days` says how much that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from domain.health import Answer, Estimate, Silence
from domain.vehicle import Chemistry
from models.base import Array
from models.battery.charge_windows import ChargeWindow
from models.features.rows import PackRows

HELD_S = 7 * 86_400.0
DAY_S = 86_400.0
DC_C_RATE = 0.4
"""Above: fast charging. Home chargers reach 0.05-0.25C of today's packs."""
COLD_C, MILD_C, HOT_C = -10.0, 23.0, 35.0
CLIMATE = {COLD_C: (1.35, 0.92), MILD_C: (1.0, 1.0), HOT_C: (1.08, 1.0)}
"""Ambient -> (consumption, usable energy) against 23 °C: heating and cooling of a cabin, and a cold
pack's losses; from published winter and summer tests of electric cars, +-10 %."""
RANGE_SD = 0.10


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


def habits(rows: PackRows, windows: Sequence[ChargeWindow]) -> Habits | None:
    """Habits over all rows; None where nothing was seen for a day."""
    if len(rows) < 2 or rows.t_ms[-1] - rows.t_ms[0] < DAY_S * 1000:
        return None
    held = np.minimum(np.diff(rows.t_ms) / 1000, HELD_S)
    soc, temperature = rows.soc_pct[:-1], rows.temperature_c[:-1]
    days = float(rows.t_ms[-1] - rows.t_ms[0]) / 1000 / DAY_S
    starts = np.array([w.soc_from_pct for w in windows])
    ends = np.array([w.soc_to_pct for w in windows])
    amounts = np.array([w.charge_ah for w in windows])
    fast = np.array([w.current_a > DC_C_RATE * w.capacity_ah for w in windows], dtype=bool)
    km = _distance_km(rows)
    return Habits(
        observed_days=days,
        charges=len(windows),
        charges_per_week=7 * len(windows) / days,
        dc_share=_over(float(amounts[fast].sum()) if len(windows) else 0.0, amounts.sum()),
        soc_from_pct=_middle(starts),
        soc_to_pct=_middle(ends),
        mean_soc_pct=_mean(soc, held),
        share_above_90=_share(soc, held, soc > 90),
        share_below_10=_share(soc, held, soc < 10),
        temperature_mean_c=_mean(temperature, held),
        temperature_p10_c=_quantile(temperature, held, 0.1),
        temperature_p90_c=_quantile(temperature, held, 0.9),
        share_above_35c=_share(temperature, held, temperature > 35),
        km_per_year=km * 365.25 / days,
        full_cycles_per_year=_falls_pct(soc) / 100 * 365.25 / days,
        depth_pct=_middle(ends - starts),
        days_since_full=_since_full(rows),
        consumption_kwh_100km=_consumption(rows, km),
    )


def ranges(energy: Answer, seen: Habits | None) -> dict[str, Answer]:
    """Distance from full to empty in km at three ambient temperatures, with honest intervals."""
    if isinstance(energy, Silence):
        return {_name(c): energy for c in CLIMATE}
    if seen is None or np.isnan(seen.consumption_kwh_100km):
        silent = Silence(reason="consumption_unknown", missing="more_driving")
        return {_name(c): silent for c in CLIMATE}
    return {_name(c): _range(energy, seen.consumption_kwh_100km, c) for c in CLIMATE}


def advice(seen: Habits | None, chemistry: Chemistry) -> list[dict[str, object]]:
    """Message ids of domain.text with the figures of this car that they rest on."""
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
        value=km, low=km - half, high=km + half, unit="km", windows=energy.windows,
        method="measured energy over this car's own consumption, climate factor from literature",
        coverage=energy.coverage, detail={"ambient_c": ambient_c, "kwh_100km": kwh_100km},
    )  # fmt: skip


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _middle(values: Array) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _mean(values: Array, weight: Array) -> float:
    known = ~np.isnan(values)
    return _over(float((values[known] * weight[known]).sum()), float(weight[known].sum()))


def _share(values: Array, weight: Array, where: npt.NDArray[np.bool_]) -> float:
    known = ~np.isnan(values)
    return _over(float(weight[known & where].sum()), float(weight[known].sum()))


def _quantile(values: Array, weight: Array, q: float) -> float:
    known = ~np.isnan(values)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known])
    total = np.cumsum(weight[known][order])
    at = min(int(np.searchsorted(total, q * total[-1])), len(order) - 1)
    return float(values[known][order[at]])


def _falls_pct(soc: Array) -> float:
    """Points of charge taken out, from the falls between rows; rises and rounding left out."""
    known = soc[~np.isnan(soc)]
    step = np.diff(known)
    return float(-step[(step < 0) & (step > -30)].sum())


def _distance_km(rows: PackRows) -> float:
    known = rows.odometer_m[~np.isnan(rows.odometer_m) & (rows.odometer_m > 0)]
    if len(known) < 2:
        return float("nan")
    step = np.diff(known)
    return float(step[(step > 0) & (step < 2e6)].sum()) / 1000


def _since_full(rows: PackRows) -> float:
    full = rows.t_ms[rows.soc_pct >= 97]
    last = full[-1] if len(full) else rows.t_ms[0]
    return float(rows.t_ms[-1] - last) / 1000 / DAY_S


def _consumption(rows: PackRows, km: float) -> float:
    """kWh per 100 km out of the pack while moving, both from rows at most two minutes apart."""
    step = np.diff(rows.t_ms) / 1000
    power = rows.voltage_v * rows.current_a / 1000
    near = (step < 120) & (np.nan_to_num(rows.speed_kmh[1:]) > 0)
    energy = -np.nansum(((power[1:] + power[:-1]) / 2 * step)[near]) / 3600
    moved = np.diff(rows.odometer_m)[near]
    driven = float(np.nansum(moved[(moved >= 0) & (moved < 10_000)])) / 1000
    if driven < 50 or not energy > 0:
        return float("nan")
    found = float(100 * energy / driven)
    return found if 5 < found < 80 else float("nan")
