"""How people use and charge a car, where it stands, and what that makes of a day.

habits + climate + day -> segments: drive, charge or rest, in order, with seconds of the day
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_contracts.durations import YEAR_DAYS

DAY_S = 86400.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """One household. Shares are 0..1, states of charge per cent."""

    km_per_day: float
    idle_days: float
    plug_below_pct: float
    target_pct: float
    full_share: float
    dc_share: float
    ac_kw: float
    dc_kw: float
    hurried: float
    climate_mean_c: float
    climate_swing_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a day. `amount` is km for a drive, the target in per cent for a charge."""

    kind: str
    start_s: float
    amount: float = 0.0
    power_kw: float = 0.0


def draw_habits(rng: np.random.Generator, chemistry: str) -> Habits:
    """One household at random; owners of LFP cars charge to the top more often, as told to."""
    careful = rng.random() < 0.5
    lfp = chemistry == "lfp"
    return Habits(
        km_per_day=float(np.clip(rng.lognormal(np.log(38), 0.5), 8, 220)),
        idle_days=float(rng.uniform(0.05, 0.35)),
        plug_below_pct=float(rng.uniform(20, 75)),
        target_pct=100.0 if lfp else float(rng.choice([80, 85, 90, 90, 100])),
        full_share=float(rng.uniform(0.3, 1.0) if lfp else rng.uniform(0.0, 0.25)),
        dc_share=float(rng.beta(1.2, 4.0) if careful else rng.beta(2.0, 3.0)),
        ac_kw=float(rng.choice([3.5, 6.6, 6.6, 11.0])),
        dc_kw=float(rng.uniform(45, 120)),
        hurried=float(rng.uniform(0.6, 1.4)),
        climate_mean_c=float(np.clip(rng.normal(15, 6), 2, 27)),
        climate_swing_c=float(rng.uniform(6, 15)),
    )


def ambient_c(habits: Habits, day: float, day_of_year: float) -> float:
    """Outside temperature: the season, and weather that changes over days. `day` seeds nothing."""
    season = -np.cos(2 * np.pi * (day_of_year - 20) / YEAR_DAYS)
    weather = 3.0 * np.sin(day / 2.3) + 2.0 * np.sin(day / 7.1 + 1.0)
    return float(habits.climate_mean_c + habits.climate_swing_c * season + weather)


def plan_day(
    habits: Habits,
    soc_pct: float,
    kwh_per_pct: float,
    rng: np.random.Generator,
    consumption_kwh_km: float,
) -> list[Segment]:
    """Segments of one day, given what is left in the pack at midnight."""
    if rng.random() < habits.idle_days:
        return []
    km = float(habits.km_per_day * rng.lognormal(-0.08, 0.4))
    reach = max(soc_pct - 6.0, 0.0) * kwh_per_pct / consumption_kwh_km
    km = min(km, reach)
    out = float(rng.uniform(6.5, 9.0)) * 3600
    back = float(rng.uniform(15.5, 18.0)) * 3600
    day = [Segment(kind="drive", start_s=out, amount=km / 2)] if km > 1 else []
    if km > 1:
        day.append(Segment(kind="drive", start_s=back, amount=km / 2))
    left = soc_pct - km * consumption_kwh_km / kwh_per_pct
    if left < habits.plug_below_pct or left < 15:
        day.append(_charge(habits, back + km / 2 / 30 * 3600, rng))
    return day


def _charge(habits: Habits, earliest_s: float, rng: np.random.Generator) -> Segment:
    target = 100.0 if rng.random() < habits.full_share else habits.target_pct
    if rng.random() < habits.dc_share:
        start = min(earliest_s + 600, 19.5 * 3600)
        stop = min(target, float(rng.uniform(75, 100)))
        return Segment(kind="dc", start_s=start, amount=stop, power_kw=habits.dc_kw)
    start = max(min(earliest_s + 1200, 20.5 * 3600), float(rng.uniform(19, 20.5)) * 3600)
    return Segment(kind="ac", start_s=start, amount=target, power_kw=habits.ac_kw)
