"""The trial of field state of health: simulated fleets in, the product's own estimators on them.

The simulator's truth is used for scoring only. An estimator sees, at each look, rows up to that
day; looks at one car are compared with each other to count jumps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from domain.health import Answer, Estimate
from domain.readings import Column, Matrix, Window
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.durations import DAY_MS, YEAR_DAYS
from firmware_contracts.signal import Reason
from simulators.battery.life import BatteryLife, nameplate_kwh
from simulators.battery.recording import LifeSpec, Recording, draw_spec
from simulators.battery.scenes import SCENES
from vigil.trials.spread import spread

LOOKS = (30, 45, 60, 75, 90, 180, 270)
SCORES = ("mae", "bias", "coverage90", "coverage90_exact_interval", "width90_median")
TURN_PCT = 6.0
"""A changed pack that differs by less is none the owner could be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was said after `day` days: points of per cent, or None where the model kept silent."""

    day: int
    value: float | None
    low: float = float("nan")
    high: float = float("nan")
    segment: object = None
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """Whether a change of the pack was stated: points before that, None where it never was."""

    change_pct: float
    windows_until_stated: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One car: truth in points of per cent, and every look at it; energy at the last look."""

    chemistry: str
    truth_pct: float
    bms_pct: float
    looks: tuple[Look, ...]
    energy_truth_pct: float = float("nan")
    energy: Look | None = None
    segments: int = 1
    turned: Turned | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What fleet is judged: message period in s (None: 10 or 30 by car), scene, day it starts."""

    seed: int
    days: int = 90
    period_s: float | None = None
    scene: str = "plain"

    def spec(self, index: int) -> LifeSpec:
        """The `index`-th car."""
        drawn = draw_spec(self.seed, index, days=self.days)
        if self.period_s is not None:
            drawn = replace(drawn, period_s=self.period_s)
        return SCENES[self.scene](drawn)


def window_of(recording: Recording, until_day: float, vehicle_id: int = 1) -> Window:
    """The recording's rows before a day, as the store would hand them to a model."""
    spec = recording.spec
    end_ms = spec.start_ms + int(until_day * DAY_MS)
    keep = recording.ticks_ms < end_ms
    ticks = recording.ticks_ms[keep]
    columns = {
        name: Column(values=values[keep], reasons=_reasons(values[keep]))
        for name, values in recording.columns.items()
    }
    cells = None
    if recording.cells_v is not None:
        values = recording.cells_v[keep]
        cells = Matrix(ticks_ms=ticks, values=values, reasons=np.zeros(values.shape, np.uint8))
    return Window(
        vehicle_id=vehicle_id,
        start_ms=spec.start_ms,
        end_ms=end_ms,
        ticks_ms=ticks,
        columns=columns,
        cells=cells,
    )


def vehicle_of(recording: Recording, vehicle_id: int = 1) -> Vehicle:
    """The asset as a registry would describe it."""
    spec = recording.spec
    start = datetime.fromtimestamp(spec.start_ms / 1000, tz=UTC)
    return Vehicle(
        id=vehicle_id,
        tenant_id=1,
        centre_id=None,
        powertrain=Powertrain.BEV,
        chemistry=Chemistry(spec.chemistry),
        rated_capacity_ah=spec.rated_ah,
        rated_energy_kwh=round(nameplate_kwh(spec), 1),
        cells_in_series=spec.cells,
        in_service=(start - timedelta(days=spec.age_years * YEAR_DAYS)).date(),
    )


def score_car(trial: Trial, index: int) -> Scored:
    """Simulate one car and look at it several times. It has no age here: no forecast is made."""
    from models.battery.family import assess

    recording = BatteryLife(spec=trial.spec(index)).record()
    vehicle = replace(vehicle_of(recording), in_service=None)
    said = [(day, assess(window_of(recording, day), vehicle)) for day in looks_of(trial.days)]
    looks = tuple(_look(day, each.answers.get("capacity_soh")) for day, each in said)
    day, last = said[-1]
    curve = last.facts.get("capacity_curve")
    segments = curve["segments"] if isinstance(curve, dict) else []
    return Scored(
        chemistry=recording.spec.chemistry,
        truth_pct=recording.truth.capacity_soh_pct,
        looks=looks,
        bms_pct=float(recording.columns["bms_soh_pct"][0]),
        energy_truth_pct=recording.truth.energy_soh_pct,
        segments=len(segments),
        energy=_look(day, last.answers.get("energy_soh")),
        turned=_turned(recording, curve) if isinstance(curve, dict) else None,
    )


def _turned(recording: Recording, curve: Mapping[str, Any]) -> Turned | None:
    """How soon after the change of the pack a new segment was stated; None where none happened."""
    truth, spec = recording.truth, recording.spec
    if np.isnan(truth.before_turn_pct):
        return None
    turn_ms = spec.start_ms + spec.turns[0].day * DAY_MS
    after = [p[4] for p in curve["points"] if p[0] >= turn_ms]
    before = [p[4] for p in curve["points"] if p[0] < turn_ms]
    if not before or not after:
        return None
    stated = next((n for n, segment in enumerate(after, start=1) if segment > before[-1]), None)
    return Turned(
        change_pct=truth.capacity_soh_pct - truth.before_turn_pct,
        windows_until_stated=stated,
        reason="" if stated is None else curve["segments"][after[stated - 1]][2],
    )


def score_fleet(trial: Trial, cars: int, jobs: int) -> Iterator[Scored]:
    """Every car of the fleet, in order, over `jobs` processes."""
    yield from spread(partial(score_car, trial), cars, jobs)


def summary(cars: Iterable[Scored]) -> dict[str, object]:
    """Scores of one chemistry: errors in points of per cent, coverage 0..1, counts."""
    from models.lab import metrics

    fleet = list(cars)
    answered = [car for car in fleet if car.looks[-1].value is not None]
    bms = np.array([car.bms_pct for car in answered])
    truth = np.array([car.truth_pct for car in answered])
    energy = _scores([(c.energy, c.energy_truth_pct) for c in fleet if c.energy is not None])
    return {
        "cars": len(fleet),
        "answered": len(answered),
        **_scores([(car.looks[-1], car.truth_pct) for car in answered]),
        "jumps": sum(jumps(car.looks) for car in fleet),
        "segments": sum(max(car.segments - 1, 0) for car in fleet),
        "turns": _turns([c.turned for c in fleet if c.turned is not None]),
        "bms_mae": metrics.mae(bms, truth) if answered else None,
        **{f"energy_{name}": value for name, value in energy.items()},
        "silences": _counts(car.looks[-1].silence for car in fleet if car.looks[-1].value is None),
    }


def _scores(pairs: Iterable[tuple[Look, float]]) -> dict[str, object]:
    """Error, bias, coverage with its exact interval and width of the looks that spoke."""
    from models.lab import metrics

    spoken = [(look, true) for look, true in pairs if look.value is not None]
    if not spoken:
        return dict.fromkeys(SCORES)
    said = np.array([look.value for look, _ in spoken], dtype=np.float64)
    truth = np.array([true for _, true in spoken])
    low, high = np.array([k.low for k, _ in spoken]), np.array([k.high for k, _ in spoken])
    hits = int(np.sum((low <= truth) & (truth <= high)))
    found = (
        metrics.mae(said, truth),
        float(np.mean(said - truth)),
        metrics.coverage(low, high, truth),
        list(metrics.binomial_interval(hits, len(spoken))),
        float(np.median(high - low)),
    )
    return dict(zip(SCORES, found, strict=True))


def _turns(turned: Sequence[Turned]) -> dict[str, object] | None:
    """Changes of the pack of at least TURN_PCT points: how many were stated, and how soon."""
    large = [t for t in turned if abs(t.change_pct) >= TURN_PCT]
    if not large:
        return None
    waits = [t.windows_until_stated for t in large if t.windows_until_stated is not None]
    return {
        "cars": len(large),
        "stated": len(waits),
        "windows_until_stated_median": float(np.median(waits)) if waits else None,
        "reasons": _counts(t.reason for t in large if t.reason),
    }


def jumps(looks: Iterable[Look]) -> int:
    """Changes larger than half the previous interval's width, without a stated new segment."""
    spoken = [look for look in looks if look.value is not None]
    return sum(
        abs((b.value or 0.0) - (a.value or 0.0)) > 0.5 * (a.high - a.low) and b.segment == a.segment
        for a, b in pairwise(spoken)
    )


def looks_of(days: int) -> list[int]:
    """Days after which a car is looked at."""
    return [day for day in LOOKS if day < days] + [days]


def _look(day: int, answer: Answer | None) -> Look:
    if isinstance(answer, Estimate):
        return Look(
            day=day,
            value=answer.value,
            low=answer.low,
            high=answer.high,
            segment=answer.detail.get("segment"),
        )
    return Look(day=day, value=None, silence=answer.reason if answer else "no_answer")


def _reasons(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray:
    return np.where(np.isnan(values), int(Reason.ABSENT), 0).astype(np.uint8)


def _counts(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
