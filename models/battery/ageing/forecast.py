"""State of health to ten years ahead: literature's shape, this car's own history, honest bands.

    loss = m (calendar (t/4y)^p + k cycling (t/4y)^q), r times as fast beyond the knee
    particles (m, k, p, q, knee, r, start, future use) ~ prior
    weight by how well each explains the car's measured points
    bands = weighted quantiles of all particles' futures

Published laws agree on how temperature, charge and depth matter, and not on the power of time: so
each particle has its own powers. The particles are a fixed set (the same draws for every car and
run), so the same history always gives the same forecast. Nothing is said before there is a measured
state of health and an age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from domain.vehicle import BatteryWarranty
from firmware_contracts.durations import YEAR_DAYS
from models.base import Array
from models.battery.ageing.durability import lines
from models.battery.ageing.particles import FUTURE_SD, Cloud, weighted
from models.battery.ageing.particles import paths as particle_paths
from models.battery.ageing.prior import Stress
from models.battery.ageing.subject import Subject, spread

HORIZON_YEARS = 10.0
"""Years ahead; by judgement: beyond ten the published laws say little."""
STEP_YEARS = 0.25
"""Between points of a band; by judgement: finer than any date is known."""
EFFECT_SD = 0.7
"""Log spread of what a habit is worth: published laws differ by a factor of two and more on it."""
LEVELS = (80.0, 70.0)
"""Per cent of new: the usual ends of a battery's first life and of makers' warranties."""
BAND = (0.05, 0.5, 0.95)
"""Quantiles of a band: 90 % with its median."""


def forecast(subject: Subject) -> dict[str, object]:
    """Bands, dates and distances of 80 % and 70 %, the warranty line, and what-if; JSON only.

    Shapes: `years`, `low`, `median`, `high` are lists of equal length, ages beyond now.
    """
    cloud = weighted(subject)
    terms = subject.warranty
    ahead = np.arange(0, HORIZON_YEARS + 1e-9, STEP_YEARS)
    paths = particle_paths(cloud, subject, subject.stress, ahead)
    low, median, high = _quantiles(paths, cloud.weight, BAND)
    return {
        "method": Method.AGEING_LAW_PARTICLES.value,
        "evidence": "literature",
        "years": _listed(ahead),
        "low": _listed(low),
        "median": _listed(median),
        "high": _listed(high),
        "levels": {f"{x:.0f}": _reach(paths, cloud, subject, ahead, x) for x in LEVELS},
        "warranty": _line(cloud, subject, paths, terms) if terms else None,
        "durability": [_line(cloud, subject, paths, line) for line in lines(subject.approvals)],
        "what_if": _what_if(cloud, subject),
        "basis": {
            "points": len(spread(subject)),
            "age_years": round(subject.age_years, 2),
            "km": _known(subject.km),
            "km_per_year": _known(subject.km_per_year),
            "multiplier_prior": [round(subject.prior.median, 3), round(subject.prior.spread, 3)],
            "multiplier_prior_cars": subject.prior.cars,
            "multiplier": round(float(cloud.weight @ cloud.multiplier), 3),
            "multiplier_log": _log_moments(cloud),
        },
    }


def silent(soh: Answer, in_service: date | None) -> Silence | None:
    """Why there can be no forecast, None where there can."""
    if isinstance(soh, Silence):
        return soh
    if in_service is None:
        return Silence(reason="age_unknown", missing="first_registration")
    return None


def _quantiles(values: Array, weight: Array, levels: Sequence[float]) -> list[Array]:
    """Weighted quantiles over particles of every column."""
    order = np.argsort(values, axis=0)
    total = np.cumsum(weight[order], axis=0)
    columns = np.arange(values.shape[1])
    out = []
    for level in levels:
        at = np.minimum((total < level).sum(axis=0), len(weight) - 1)
        out.append(values[order[at, columns], columns])
    return out


def _after(paths: Array, years: float) -> Array:
    """Every particle's health so many years ahead, between the steps of its path."""
    step, part = divmod(years / STEP_YEARS, 1.0)
    last = paths.shape[1] - 1
    before, behind = min(int(step), last), min(int(step) + 1, last)
    return np.asarray((1 - part) * paths[:, before] + part * paths[:, behind])


def _reach(
    paths: Array, cloud: Cloud, subject: Subject, ahead: Array, level: float
) -> dict[str, object]:
    """When the level is reached: 5/50/95 % dates and distances, null beyond the horizon."""
    below = paths < level
    first = np.where(below.any(axis=1), ahead[below.argmax(axis=1)], np.inf)
    years = _quantiles(first[:, None], cloud.weight, BAND)
    share = float(cloud.weight @ below[:, -1])
    return {
        "years": [_known(float(y[0])) for y in years],
        "dates": [_date(subject.now, float(y[0])) for y in years],
        "km": [_known(subject.km + subject.km_per_year * float(y[0])) for y in years],
        "probability_within_horizon": round(share, 3),
        "probability_below": _listed(cloud.weight @ below, 3),
    }


def _line(cloud: Cloud, subject: Subject, paths: Array, line: BatteryWarranty) -> dict[str, object]:
    """Probability of being below a line when its term ends, by years or distance."""
    said: dict[str, object] = {
        "threshold_pct": line.threshold_pct,
        "source": line.source,
        "kind": line.kind,
        "years": line.years,
        "km": line.km,
    }
    left = line.years - subject.age_years
    if subject.km_per_year > 0 and not np.isnan(subject.km):
        left = min(left, (line.km - subject.km) / subject.km_per_year)
    if left <= 0:
        return {**said, "ended": True}
    at = _after(paths, min(left, HORIZON_YEARS))
    low, median, high = _quantiles(at[:, None], cloud.weight, BAND)
    return {
        **said,
        "ended": False,
        "ends": _date(subject.now, left),
        "soh_then_pct": [round(float(x[0]), 1) for x in (low, median, high)],
        "probability_below": round(float(cloud.weight @ (at < line.threshold_pct)), 3),
    }


CHANGES: Mapping[str, Callable[[Stress], Stress]] = {
    "charge_to_80": lambda s: s.charged_to(0.8),
    "less_dc": lambda s: replace(s, c_rate=0.15 + 0.5 * (s.c_rate - 0.15)),
    "shade": lambda s: s.cooler(4.0),
}
"""What an owner could change: 80 % instead of where charges end now, half the fast charging, and
parking in the shade (4 K off the hottest third of the time)."""


def _what_if(cloud: Cloud, subject: Subject) -> dict[str, dict[str, object]]:
    """Gain in points of health after five and ten years, with its band over the particles."""
    out: dict[str, dict[str, object]] = {}
    at = np.array([0.0, 5.0, HORIZON_YEARS])
    base = particle_paths(cloud, subject, subject.stress, at)
    worth = cloud.future[:, None] ** (EFFECT_SD / FUTURE_SD)
    for name, change in CHANGES.items():
        gain = worth * (particle_paths(cloud, subject, change(subject.stress), at) - base)
        low, median, high = _quantiles(gain[:, 1:], cloud.weight, BAND)
        out[name] = {
            "points_after_5_years": [round(float(x[0]), 2) for x in (low, median, high)],
            "points_after_10_years": [round(float(x[1]), 2) for x in (low, median, high)],
        }
    return out


def warranty_answer(found: Mapping[str, object] | None) -> Answer:
    """The health expected when the warranty ends, as an answer."""
    if not found or found.get("ended"):
        reason = "warranty_ended" if found else "no_warranty_record"
        return Silence(reason=reason, missing="warranty_record")
    then = found["soh_then_pct"]
    assert isinstance(then, list)
    return Estimate(
        value=then[1],
        low=then[0],
        high=then[2],
        unit="%",
        method=Method.WARRANTY_FORECAST,
        detail={k: v for k, v in found.items() if k != "soh_then_pct"},
    )


def _date(now: datetime, years: float) -> str | None:
    if not np.isfinite(years) or years > HORIZON_YEARS:
        return None
    return (now + timedelta(days=years * YEAR_DAYS)).date().isoformat()


def _known(value: float) -> float | None:
    return round(value, 2) if np.isfinite(value) else None


def _listed(values: Array, digits: int = 2) -> list[float]:
    return [round(float(v), digits) for v in values]


def _log_moments(cloud: Cloud) -> list[float]:
    """Mean and sd of the multiplier's logarithm, for a cohort to be pooled from."""
    log = np.log(cloud.multiplier)
    mean = float(cloud.weight @ log)
    return [round(mean, 4), round(float(np.sqrt(cloud.weight @ (log - mean) ** 2)), 4)]
