"""The trial of field state of health: simulated fleets in, the product's own estimators on them.

The simulator's truth is used for scoring only. An estimator sees, at each look, rows up to that
day; looks at one car are compared with each other to count jumps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context

import numpy as np

from domain.health import Answer, Estimate
from domain.readings import Column, Matrix, Window
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.signal import Reason
from simulators.battery.life import Car
from simulators.battery.recording import Recording, draw_spec

DAY_MS = 86_400_000
LOOKS = (30, 45, 60, 75, 90)


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
class Scored:
    """One car: truth in points of per cent, and every look at it."""

    chemistry: str
    truth_pct: float
    bms_pct: float
    looks: tuple[Look, ...]


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
        vehicle_id=vehicle_id, start_ms=spec.start_ms, end_ms=end_ms, ticks_ms=ticks,
        columns=columns, cells=cells,
    )  # fmt: skip


def vehicle_of(recording: Recording, vehicle_id: int = 1) -> Vehicle:
    """The asset as a registry would describe it."""
    spec = recording.spec
    start = datetime.fromtimestamp(spec.start_ms / 1000, tz=UTC)
    return Vehicle(
        id=vehicle_id, tenant_id=1, centre_id=None, powertrain=Powertrain.BEV,
        chemistry=Chemistry(spec.chemistry), rated_capacity_ah=spec.rated_ah,
        cells_in_series=spec.cells,
        in_service=(start - timedelta(days=spec.age_years * 365.25)).date(),
    )  # fmt: skip


def score_car(seed: int, index: int, days: int) -> Scored:
    """Simulate one car and look at it five times."""
    from models.battery.judge import assess

    recording = Car(spec=draw_spec(seed, index, days=days)).record()
    vehicle = vehicle_of(recording)
    looks = tuple(
        _look(day, assess(window_of(recording, day), vehicle).answers.get("capacity_soh"))
        for day in _days(days)
    )
    return Scored(
        chemistry=recording.spec.chemistry, truth_pct=recording.truth.capacity_soh_pct,
        bms_pct=float(recording.columns["bms_soh_pct"][0]), looks=looks,
    )  # fmt: skip


def score_fleet(seed: int, cars: int, days: int, jobs: int) -> Iterator[Scored]:
    """Every car of the fleet, in order, over `jobs` processes."""
    if jobs <= 1:
        yield from (score_car(seed, index, days) for index in range(cars))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(
            score_car, [seed] * cars, range(cars), [days] * cars, chunksize=max(cars // 64, 1)
        )


def summary(cars: Iterable[Scored]) -> dict[str, object]:
    """Scores of one chemistry: errors in points of per cent, coverage 0..1, counts."""
    from models.lab import metrics

    fleet = list(cars)
    last = [(car, car.looks[-1]) for car in fleet if car.looks[-1].value is not None]
    said = np.array([look.value for _, look in last], dtype=np.float64)
    truth = np.array([car.truth_pct for car, _ in last])
    low, high = np.array([k.low for _, k in last]), np.array([k.high for _, k in last])
    bms = np.array([car.bms_pct for car, _ in last])
    hits = int(np.sum((low <= truth) & (truth <= high)))
    return {
        "cars": len(fleet),
        "answered": len(last),
        "mae": metrics.mae(said, truth) if last else None,
        "bias": float(np.mean(said - truth)) if len(last) else None,
        "coverage90": metrics.coverage(low, high, truth) if last else None,
        "coverage90_exact_interval": list(metrics.binomial_interval(hits, len(last)))
        if last else None,
        "width90_median": float(np.median(high - low)) if last else None,
        "jumps": sum(jumps(car.looks) for car in fleet),
        "bms_mae": metrics.mae(bms, truth) if last else None,
        "silences": _counts(car.looks[-1].silence for car in fleet if car.looks[-1].value is None),
    }  # fmt: skip


def jumps(looks: Iterable[Look]) -> int:
    """Changes larger than half the previous interval's width, without a stated new segment."""
    spoken = [look for look in looks if look.value is not None]
    return sum(
        abs((b.value or 0.0) - (a.value or 0.0)) > 0.5 * (a.high - a.low) and b.segment == a.segment
        for a, b in pairwise(spoken)
    )


def _days(days: int) -> list[int]:
    return [day for day in LOOKS if day < days] + [days]


def _look(day: int, answer: Answer | None) -> Look:
    if isinstance(answer, Estimate):
        return Look(
            day=day, value=answer.value, low=answer.low, high=answer.high,
            segment=answer.detail.get("segment"),
        )  # fmt: skip
    return Look(day=day, value=None, silence=answer.reason if answer else "no_answer")


def _reasons(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray:
    return np.where(np.isnan(values), int(Reason.ABSENT), 0).astype(np.uint8)


def _counts(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
