"""Cars as people see them: the asset, its newest readings, series, events, assessments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRow:
    """A car in reach; `seen_at` is the event time of its newest reading.

    `warranty` is the maker's battery warranty (`years`, `km`, `threshold_pct`, `source`); `worst`
    the severity 0-3 of its most serious open alert.
    """

    id: int
    make: str
    model: str
    model_year: int | None
    powertrain: str
    chemistry: str
    zone: str
    rated_capacity_ah: float | None
    in_service: date | None
    warranty: Mapping[str, Any] | None
    seen_at: datetime | None
    open_alerts: int
    worst: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestRow:
    """The newest readings of a car: parallel arrays by catalogue id, times in Unix ms."""

    ts: datetime
    signals: Sequence[int]
    times_ms: Sequence[int]
    readings: Sequence[float | None]
    reasons: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesBucket:
    """One step of a signal's series, in the signal's unit, from `n` readings."""

    t: datetime
    mean: float
    lowest: float
    highest: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsRow:
    """The newest cell voltages in mV; `first` is the number of the first cell."""

    ts: datetime
    first: int
    readings: Sequence[int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something a car reported at one moment."""

    id: int
    ts: datetime
    kind: str
    code: str
    component: str
    level: int
    active: bool
    readings: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRow:
    """What the models said of a car; `body` as models wrote it (store.results.assessment_json)."""

    as_of: datetime
    model_version: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCar:
    """A car with the newest answers of its assessment, to be compared with its like."""

    id: int
    make: str
    model: str
    model_year: int | None
    powertrain: str
    answers: Mapping[str, Any] | None
