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
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from domain.health import Answer, Estimate, Silence
from domain.methods import Method
from domain.vehicle import BatteryWarranty, Chemistry
from models.base import Array
from models.battery.ageing.durability import lines
from models.battery.ageing.fleet_prior import Multiplier
from models.battery.ageing.habits import Habits
from models.battery.ageing.prior import MULTIPLIER, POWERS, Stress, parts
from models.battery.capacity.filter import Point

HORIZON_YEARS = 10.0
STEP_YEARS = 0.25
PARTICLES, LEAST_PARTICLES = 1024, 25
WIDER = 1.7
"""Multiplier and share are drawn wider than the prior and weighted back to it, so that a car in its
tail still finds particles."""
START_SD = 0.012
"""Relative spread of new packs around their rated capacity."""
KNEE_CYCLES, KNEE_SD = 3500.0, 0.45
"""Median full cycles to accelerated fade and its log spread, where cells were cycled that far."""
BEYOND_KNEE, BEYOND_SD = 4.0, 0.6
"""How many times faster beyond the knee, and its log spread (published knees: 2 to 10 times)."""
SHARE_SD = 0.5
"""Log spread of cycling against calendar loss, beside what both have in common."""
COMMON_SHARE, OWN_SHARE = 0.85, 0.5
"""Of a point's sd: what all points of one car share (gauge, sensor), and what is each one's own."""
FUTURE_SD = 0.15
"""Log spread of next years' use against past years' use."""
EFFECT_SD = 0.7
"""Log spread of what a habit is worth: published laws differ by a factor of two and more on it."""
APART_YEARS = 0.35
LEVELS = (80.0, 70.0)
BAND = (0.05, 0.5, 0.95)
TYPICAL = Stress()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose future is asked: measured points in per cent of new, age and distance now."""

    chemistry: Chemistry
    points: Sequence[Point]
    now: datetime
    in_service: date
    km: float
    km_per_year: float
    stress: Stress
    warranty: BatteryWarranty | None = None
    approvals: tuple[str, ...] = ()
    fleet: Multiplier | None = None
    """How fast comparable cars age; the literature's prior where nothing is known of them."""

    @property
    def prior(self) -> Multiplier:
        """The multiplier's prior for this car."""
        return self.fleet or literature(self.chemistry)

    @property
    def age_years(self) -> float:
        """Years since the first day on the road."""
        return self._years(self.now)

    def with_distance(self, seen: Habits | None) -> Subject:
        """Distance a year: over the whole life where the odometer tells, else as observed."""
        yearly = self.km / self.age_years if self.age_years > 0.5 else float("nan")
        if np.isnan(yearly) and seen is not None:
            yearly = seen.km_per_year
        return replace(self, km_per_year=yearly)

    def _years(self, at: datetime) -> float:
        born = datetime(
            self.in_service.year, self.in_service.month, self.in_service.day, tzinfo=UTC
        )
        return max((at - born).total_seconds() / 86_400 / 365.25, 0.02)

    def ages(self) -> Array:
        """Age in years at every measured point."""
        return np.array(
            [self._years(datetime.fromtimestamp(p.at_ms / 1000, UTC)) for p in self.points]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cloud:
    """Weighted particles: health [particles, ages] is computed by `health`."""

    weight: Array
    multiplier: Array
    share: Array
    calendar_power: Array
    cycling_power: Array
    start: Array
    knee: Array
    beyond: Array
    future: Array


def stress_of(seen: Habits | None) -> Stress:
    """The stress that habits amount to; typical values stand in for what is unknown."""
    if seen is None:
        return TYPICAL

    def or_typical(value: float, typical: float, low: float, high: float) -> float:
        return typical if np.isnan(value) else float(np.clip(value, low, high))

    mild = or_typical(seen.temperature_mean_c, 22.0, -5, 45)
    cold = or_typical(seen.temperature_p10_c, mild - 8, -20, 45)
    hot = or_typical(seen.temperature_p90_c, mild + 8, -5, 55)
    return Stress(
        soc=or_typical(seen.mean_soc_pct, 60.0, 10, 98) / 100,
        top=or_typical(seen.soc_to_pct, 90.0, 30, 100) / 100,
        depth=or_typical(seen.depth_pct, 50.0, 5, 95) / 100,
        c_rate=0.15 + 0.85 * or_typical(seen.dc_share, 0.2, 0, 1),
        temperatures_k=tuple(t + 273.15 for t in (cold, mild, hot)),
        cycles_per_year=or_typical(seen.full_cycles_per_year, 60.0, 5, 600),
    )


def literature(chemistry: Chemistry) -> Multiplier:
    """The literature's prior of the multiplier; an unknown chemistry counts as NMC."""
    median, spread = MULTIPLIER.get(chemistry, MULTIPLIER[Chemistry.NMC])
    return Multiplier(median=median, spread=spread)


def forecast(subject: Subject) -> dict[str, object]:
    """Bands, dates and distances of 80 % and 70 %, the warranty line, and what-if; JSON only.

    Shapes: `years`, `low`, `median`, `high` are lists of equal length, ages beyond now.
    """
    cloud = _updated(subject)
    terms = subject.warranty
    ahead = np.arange(0, HORIZON_YEARS + 1e-9, STEP_YEARS)
    paths = _paths(cloud, subject, subject.stress, ahead)
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
            "points": len(_spread(subject)),
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


# -- the cloud ------------------------------------------------------------------------------------


def _updated(subject: Subject) -> _Cloud:
    """Fixed draws from the prior, weighted by the measured points."""
    prior, draws = subject.prior, _draws()
    low, high = POWERS
    back = -0.5 * (WIDER**2 - 1) * (draws[0] ** 2 + draws[1] ** 2)
    cloud = _Cloud(
        weight=_weights(back),
        multiplier=prior.median * np.exp(WIDER * prior.spread * draws[0]),
        share=np.exp(WIDER * SHARE_SD * draws[1]),
        calendar_power=low + (high - low) * ndtr(draws[2]),
        cycling_power=low + (high - low) * ndtr(draws[3]),
        start=1.0 + 0.004 + START_SD * draws[4],
        knee=KNEE_CYCLES * np.exp(KNEE_SD * draws[5]),
        beyond=BEYOND_KNEE * np.exp(BEYOND_SD * draws[6]),
        future=np.exp(FUTURE_SD * draws[7]),
    )
    points = _spread(subject)
    if not points:
        return cloud
    ages = replace(subject, points=points).ages()
    expected = _health(cloud, subject, subject.stress, ages)
    measured = np.array([p.value for p in points]) / 100
    sd = np.array([(p.high - p.low) / 3.29 for p in points]) / 100
    common, sd = COMMON_SHARE * float(sd.mean()), OWN_SHARE * sd
    misfit = expected - measured
    shared = (misfit / sd**2).sum(axis=1) / ((1 / sd**2).sum() + 1 / common**2)
    log = -0.5 * (((misfit - shared[:, None]) / sd) ** 2).sum(axis=1) - 0.5 * (shared / common) ** 2
    return replace(cloud, weight=_weights(back + log))


def _weights(log: Array) -> Array:
    """Normalised; a history that almost no particle explains is believed less, until at least
    LEAST_PARTICLES of them count: a law that does not fit must not look certain."""
    while True:
        weight = np.exp(log - log.max())
        weight = weight / weight.sum()
        if 1 / float(weight @ weight) >= LEAST_PARTICLES:
            return np.asarray(weight)
        log = 0.8 * log


def _log_moments(cloud: _Cloud) -> list[float]:
    """Mean and sd of the multiplier's logarithm, for a cohort to be pooled from."""
    log = np.log(cloud.multiplier)
    mean = float(cloud.weight @ log)
    return [round(mean, 4), round(float(np.sqrt(cloud.weight @ (log - mean) ** 2)), 4)]


def _spread(subject: Subject) -> list[Point]:
    """Points of the last segment, at least APART_YEARS apart, the newest always among them."""
    if not subject.points:
        return []
    last = subject.points[-1]
    kept = [last]
    for point in reversed(subject.points):
        if point.segment != last.segment:
            break
        if kept[-1].at_ms - point.at_ms >= APART_YEARS * 365.25 * 86_400_000:
            kept.append(point)
    return kept[::-1]


@cache
def _draws() -> Array:
    """Standard normals [8, PARTICLES], even over the whole space and always the same."""
    even = qmc.Sobol(8, seed=20220309).random(PARTICLES)
    return np.asarray(ndtri(np.clip(even, 1e-6, 1 - 1e-6)).T)


def _health(cloud: _Cloud, subject: Subject, stress: Stress, ages: Array) -> Array:
    """Health 0..1 of every particle at every age, [particles, ages]."""

    def column(values: Array) -> Array:
        return values[:, None]

    def lost(years: Array) -> Array:
        calendar, cycling = parts(
            years,
            stress,
            subject.chemistry,
            column(cloud.calendar_power),
            column(cloud.cycling_power),
        )
        return np.asarray(column(cloud.multiplier) * (calendar + column(cloud.share) * cycling))

    total = lost(ages[None, :])
    at_knee = column(cloud.knee / max(stress.cycles_per_year, 1e-6))
    late = ages[None, :] > at_knee
    if late.any():
        before = lost(at_knee)
        total = np.where(late, before + column(cloud.beyond) * (total - before), total)
    return np.asarray(column(cloud.start) - total)


def _paths(cloud: _Cloud, subject: Subject, stress: Stress, ahead: Array) -> Array:
    """Health in per cent over the years ahead. What changes from now on changes the rate, not the
    past: the path continues from where the particle stands today."""
    age = subject.age_years
    now = _health(cloud, subject, subject.stress, np.array([age]))
    later = _health(cloud, subject, stress, age + ahead)
    loss = later[:, :1] - later
    return np.asarray(100 * np.clip(now - cloud.future[:, None] * loss, 0.0, 1.1))


# -- what is read off the cloud -------------------------------------------------------------------


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
    paths: Array, cloud: _Cloud, subject: Subject, ahead: Array, level: float
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


def _line(
    cloud: _Cloud, subject: Subject, paths: Array, line: BatteryWarranty
) -> dict[str, object]:
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


def _what_if(cloud: _Cloud, subject: Subject) -> dict[str, dict[str, object]]:
    """Gain in points of health after five and ten years, with its band over the particles."""
    out: dict[str, dict[str, object]] = {}
    at = np.array([0.0, 5.0, HORIZON_YEARS])
    base = _paths(cloud, subject, subject.stress, at)
    worth = cloud.future[:, None] ** (EFFECT_SD / FUTURE_SD)
    for name, change in CHANGES.items():
        gain = worth * (_paths(cloud, subject, change(subject.stress), at) - base)
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
    return (now + timedelta(days=years * 365.25)).date().isoformat()


def _known(value: float) -> float | None:
    return round(value, 2) if np.isfinite(value) else None


def _listed(values: Array, digits: int = 2) -> list[float]:
    return [round(float(v), digits) for v in values]
