"""The trial of the forecast: simulated cars watched for years, then left to age to the truth.

    new -> 14 days on record every quarter -> `years`: the forecast is made -> truth at +3, 5, 8

Charge windows, the filter, the habits and the forecast are the product's own, on simulated rows;
only the days between the stretches are aged without rows. Partial charges have no voice here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from domain.vehicle import BatteryWarranty, Chemistry
from firmware_contracts.durations import YEAR_DAYS
from models.base import Array, moment
from models.battery.ageing.fleet_prior import Fit, Multiplier, shrunk
from models.battery.ageing.forecast import forecast
from models.battery.ageing.habits import Habits, habits
from models.battery.ageing.subject import Subject, literature, stress_of
from models.battery.capacity.capacity import capacity_track
from models.battery.capacity.charge_windows import ChargeWindow, charge_windows
from models.battery.capacity.filter import scaled
from models.battery.pack_rows import pack_rows
from simulators.battery import habits as household
from simulators.battery.life import BatteryLife
from simulators.battery.recording import draw_spec
from vigil.trials.field_soh import window_of
from vigil.trials.spread import spread

AHEAD = (3.0, 5.0, 8.0)
STRETCH_DAYS = 14
QUARTER = YEAR_DAYS / 4
HIRED_EVERY = 5
HIRED = MappingProxyType({"km_per_day": 210.0, "idle_days": 0.08, "dc_share": 0.7})
"""Every fifth car carries passengers for hire: those reach 80 %, and the knee, within the trial."""
GAIN_YEARS = 5.0
"""A term that an owner plans for."""
GAINS: Mapping[str, Callable[[household.Habits], household.Habits]] = {
    "charge_to_80": lambda h: replace(h, target_pct=min(h.target_pct, 80.0)),
    "less_dc": lambda h: replace(h, dc_share=h.dc_share / 2),
}
HISTORIES = ("since_new", "last_quarter")
WARRANTY = BatteryWarranty(years=8, km=160_000, threshold_pct=80, source="the trial's own terms")
"""Common terms but for the threshold: at 70 % hardly a simulated car would ever be a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One car: what was seen of it until the forecast, and what became of it."""

    chemistry: str
    subject: Subject
    now_pct: float
    truth_pct: tuple[float, ...]
    warranty_pct: float
    """Health when the warranty ended; NaN where it had ended before the forecast."""
    gains_pct: Mapping[str, float]
    """Health after GAIN_YEARS had the habit changed now, less what it became."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """One forecast beside the truth, at AHEAD years; probabilities are of being below 80 %."""

    chemistry: str
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]
    line: tuple[float, ...]
    below: tuple[float, ...]
    truth: tuple[float, ...]
    warranty: tuple[float, bool] | None
    gains: Mapping[str, tuple[float, float, float, float]]
    """Low, median and high of what a habit would gain, and what it did."""
    fit: Fit


def live(seed: int, years: float, index: int) -> Life:
    """Simulate one car from its first day to eight years after the forecast."""
    hired = HIRED if index % HIRED_EVERY == 0 else {}
    spec = replace(draw_spec(seed, index, days=STRETCH_DAYS), age_years=0.0, habits=dict(hired))
    car, rated = BatteryLife(spec=spec), spec.rated_ah
    windows: list[ChargeWindow] = []
    seen: list[Habits] = []
    for quarter in range(round(4 * years)):
        car.grow_old((quarter + 1) * QUARTER - STRETCH_DAYS - car.age.days)
        rows = pack_rows(window_of(car.live(STRETCH_DAYS), (quarter + 1) * QUARTER + 1))
        found = charge_windows(rows)
        windows += found
        seen += [h for h in [habits(rows, found)] if h is not None]
    chemistry = Chemistry(spec.chemistry)
    born = moment(spec.start_ms)
    subject = Subject(
        chemistry=chemistry,
        now=born + timedelta(days=car.age.days),
        in_service=born.date(),
        points=[scaled(p, 100 / rated) for p in capacity_track(windows, chemistry).points],
        km=car.odometer_km,
        km_per_year=car.odometer_km / years,
        warranty=WARRANTY,
        stress=stress_of(_typical_of(seen)),
    )
    ends = min(WARRANTY.years, WARRANTY.km / car.km_per_year)
    now = car.capacity_soh_pct
    gains = {name: _gain(car, change, years + GAIN_YEARS) for name, change in GAINS.items()}
    truth = _truth(car, [years + a for a in AHEAD] + [max(ends, years)])
    return Life(
        chemistry=spec.chemistry,
        subject=subject,
        now_pct=now,
        truth_pct=tuple(truth[:-1]),
        warranty_pct=truth[-1] if ends > years else float("nan"),
        gains_pct=gains,
    )


def _gain(
    car: BatteryLife, change: Callable[[household.Habits], household.Habits], age: float
) -> float:
    """How much healthier the car would be at an age in years under another habit from now on."""
    as_is, otherwise = deepcopy(car), deepcopy(car)
    otherwise.habits = change(car.habits)
    return _truth(otherwise, [age])[0] - _truth(as_is, [age])[0]


def _typical_of(seen: Sequence[Habits]) -> Habits | None:
    """The mean of what every stretch showed, so that all seasons count alike."""
    if not seen:
        return None
    means: dict[str, Any] = {}
    for name in asdict(seen[0]):
        values = np.array([asdict(h)[name] for h in seen], dtype=np.float64)
        known = values[~np.isnan(values)]
        means[name] = float(known.mean()) if len(known) else np.nan
    return Habits(**means)


def _truth(car: BatteryLife, ages: Sequence[float]) -> list[float]:
    """True health at every age in years, in the order asked."""
    found = {}
    for age in sorted(set(ages)):
        car.grow_old(max(age * YEAR_DAYS - car.age.days, 0.0))
        found[age] = car.capacity_soh_pct
    return [found[age] for age in ages]


def live_all(seed: int, cars: int, years: float, jobs: int) -> Iterator[Life]:
    """Every car of the fleet, in order, over `jobs` processes."""
    yield from spread(partial(live, seed, years), cars, jobs)


def foretell(life: Life, history: str, fleet: Multiplier | None = None) -> Foretold | None:
    """The forecast from all that was seen of a car, or from its last quarter; None without any."""
    subject = replace(life.subject, fleet=fleet)
    if history == "last_quarter":
        since = (subject.now - timedelta(days=QUARTER)).timestamp() * 1000
        subject = replace(subject, points=[p for p in subject.points if p.at_ms >= since])
    if not subject.points:
        return None
    found = forecast(subject)
    grid = np.array(found["years"])
    at = {name: np.interp(AHEAD, grid, np.array(found[name])) for name in ("low", "median", "high")}
    levels, warranty, basis = found["levels"], found["warranty"], found["basis"]
    what_if = found["what_if"]
    assert isinstance(levels, dict)
    assert isinstance(basis, dict)
    assert isinstance(what_if, dict)
    below = np.interp(AHEAD, grid, levels["80"]["probability_below"])
    case = None
    if isinstance(warranty, dict) and not warranty["ended"] and not np.isnan(life.warranty_pct):
        case = (warranty["probability_below"], life.warranty_pct < WARRANTY.threshold_pct)
    return Foretold(
        chemistry=life.chemistry,
        truth=life.truth_pct,
        warranty=case,
        low=tuple(at["low"]),
        median=tuple(at["median"]),
        high=tuple(at["high"]),
        gains={
            name: (*what_if[name]["points_after_5_years"], came)
            for name, came in life.gains_pct.items()
        },
        below=tuple(below),
        line=tuple(straight(subject)),
        fit=Fit(log_mean=basis["multiplier_log"][0], log_sd=basis["multiplier_log"][1]),
    )


def straight(subject: Subject) -> Array:
    """The baseline: a straight line through 100 % when new and the measured points."""
    ages = np.append(subject.ages(), 0.0)
    values = np.append([p.value for p in subject.points], 100.0)
    sd = np.append([p.sd for p in subject.points], 1.2)
    slope, level = np.polyfit(ages, values, 1, w=1 / sd)
    return np.asarray(level + slope * (subject.age_years + np.array(AHEAD)))


def score(lives: Sequence[Life]) -> dict[str, dict[str, dict[str, object]]]:
    """Scores of one chemistry by prior (literature, cohort) and by how much history was seen."""
    plain = {h: [foretell(life, h) for life in lives] for h in HISTORIES}
    fits = [t.fit if t is not None else None for t in plain["since_new"]]
    fleets = [_others(fits, half, lives) for half in (0, 1)]
    cohort = {
        h: [foretell(life, h, fleets[n % 2]) for n, life in enumerate(lives)] for h in HISTORIES
    }
    return {
        prior: {h: summary([t for t in told[h] if t is not None]) for h in HISTORIES}
        for prior, told in (("literature", plain), ("cohort", cohort))
    }


def _others(fits: Sequence[Fit | None], half: int, lives: Sequence[Life]) -> Multiplier | None:
    """What the fits of the other half of the cars say about one half."""
    other = [fit for n, fit in enumerate(fits) if n % 2 != half and fit is not None]
    return shrunk(other, literature(lives[0].subject.chemistry)) if lives else None


def summary(told: Sequence[Foretold]) -> dict[str, object]:
    """Scores of one chemistry and history, by years ahead; errors in points of per cent."""
    return {
        "cars": len(told),
        "ahead": {f"{years:g}": _at(told, k) for k, years in enumerate(AHEAD)} if told else {},
        "what_if_after_5_years": {name: _gains([t.gains[name] for t in told]) for name in GAINS},
        "warranty_case": _probabilities([t.warranty for t in told if t.warranty is not None]),
    }


def _at(told: Sequence[Foretold], k: int) -> dict[str, object]:
    from models.lab import metrics

    truth = np.array([t.truth[k] for t in told])
    low, high = np.array([t.low[k] for t in told]), np.array([t.high[k] for t in told])
    median, line = np.array([t.median[k] for t in told]), np.array([t.line[k] for t in told])
    hits = int(np.sum((low <= truth) & (truth <= high)))
    return {
        "truth_median": float(np.median(truth)),
        "mae": metrics.mae(median, truth),
        "bias": float(np.mean(median - truth)),
        "coverage90": metrics.coverage(low, high, truth),
        "coverage90_exact_interval": list(metrics.binomial_interval(hits, len(told))),
        "width90_median": float(np.median(high - low)),
        "width90_conformal": conformal_width(median, truth),
        "straight_line": {
            "mae": metrics.mae(line, truth),
            "width90_conformal": conformal_width(line, truth),
        },
        "below_80": _probabilities([(t.below[k], t.truth[k] < 80.0) for t in told]),
    }


def _gains(found: Sequence[tuple[float, float, float, float]]) -> dict[str, float] | None:
    """Gains said and true, in points, over all cars."""
    if not found:
        return None
    low, median, high, came = np.array(found).T
    return {
        "said_mean": float(median.mean()),
        "true_mean": float(came.mean()),
        "mae": float(np.mean(np.abs(median - came))),
        "coverage90": float(np.mean((low - 0.05 <= came) & (came <= high + 0.05))),
    }


def conformal_width(said: Array, truth: Array) -> float | None:
    """Width of a split-conformal 90 % interval around a forecast: the mean over both halves."""
    error = np.abs(said - truth)
    halves = [error[0::2], error[1::2]]
    if min(len(h) for h in halves) < 10:
        return None
    ranks = [min(int(np.ceil(0.9 * (len(h) + 1))), len(h)) - 1 for h in halves]
    return float(np.mean([2 * np.sort(h)[r] for h, r in zip(halves, ranks, strict=True)]))


def _probabilities(pairs: Sequence[tuple[float, bool]]) -> dict[str, object]:
    """Brier score beside that of always saying the base rate, and reliability in five bins."""
    if not pairs:
        return {"n": 0}
    said = np.array([p for p, _ in pairs])
    came = np.array([c for _, c in pairs], dtype=float)
    bins = np.minimum((said * 5).astype(int), 4)
    return {
        "n": len(pairs),
        "happened": float(came.mean()),
        "brier": float(np.mean((said - came) ** 2)),
        "brier_base_rate": float(came.mean() * (1 - came.mean())),
        "bins": [
            {
                "n": int(np.sum(bins == b)),
                "said": float(said[bins == b].mean()),
                "happened": float(came[bins == b].mean()),
            }
            for b in range(5)
            if np.any(bins == b)
        ],
    }
