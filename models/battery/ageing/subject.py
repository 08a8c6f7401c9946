"""Whose future is asked, and the stress that the habits of a car amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np

from domain.vehicle import BatteryWarranty, Chemistry
from firmware_contracts.durations import DAY_MS, YEAR_DAYS
from models.base import Array
from models.battery.ageing.fleet_prior import Multiplier
from models.battery.ageing.habits import Habits
from models.battery.ageing.prior import MULTIPLIER, Stress
from models.battery.capacity.filter import Point

TYPICAL = Stress()
"""Of a car whose habits are not known."""
YOUNGEST_YEARS = 0.02
"""A week: the powers of time have no value at the first day."""
DISTANCE_YEARS = 0.5
"""Age from which the odometer tells the distance of a year; by judgement."""
APART_YEARS = 0.35
"""Points nearer share charges and seasons; by judgement: three a year stand for themselves."""


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
        yearly = self.km / self.age_years if self.age_years > DISTANCE_YEARS else float("nan")
        if np.isnan(yearly) and seen is not None:
            yearly = seen.km_per_year
        return replace(self, km_per_year=yearly)

    def _years(self, at: datetime) -> float:
        born = datetime(
            self.in_service.year, self.in_service.month, self.in_service.day, tzinfo=UTC
        )
        return max((at - born).total_seconds() / 86_400 / YEAR_DAYS, YOUNGEST_YEARS)

    def ages(self) -> Array:
        """Age in years at every measured point."""
        return np.array(
            [self._years(datetime.fromtimestamp(p.at_ms / 1000, UTC)) for p in self.points]
        )


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


def spread(subject: Subject) -> list[Point]:
    """Points of the last segment, at least APART_YEARS apart, the newest always among them."""
    if not subject.points:
        return []
    last = subject.points[-1]
    kept = [last]
    for point in reversed(subject.points):
        if point.segment != last.segment:
            break
        if kept[-1].at_ms - point.at_ms >= APART_YEARS * YEAR_DAYS * DAY_MS:
            kept.append(point)
    return kept[::-1]
