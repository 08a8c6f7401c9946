"""Cars by make, model, year and powertrain with their measured battery health. Pure.

What leaves a centre must not point at a car: see `anonymous`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from store.people.rows.cars import CohortCar

LEAST_CARS = 10
"""Fewest cars behind a figure that leaves a centre (R4: k-anonymity)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarHealth:
    """One car's measured battery health in per cent with its bounds; None while not measured."""

    vehicle_id: int
    soh: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFigures:
    """One cohort; counts are None where too few cars stand behind them."""

    name: str
    vehicles: int | None
    with_soh: int | None
    median: float | None
    low: float | None
    high: float | None
    cars: Sequence[CarHealth]


def cohorts(cars: Iterable[CohortCar], *, single_cars: bool) -> list[CohortFigures]:
    """Every cohort by name; anonymous ones for somebody who may see no single car."""
    groups: dict[str, list[CarHealth]] = {}
    for car in cars:
        groups.setdefault(_name(car), []).append(_health(car))
    made = [_figures(name, members) for name, members in sorted(groups.items())]
    return made if single_cars else [anonymous(each) for each in made]


def anonymous(cohort: CohortFigures) -> CohortFigures:
    """The cohort without its cars and extremes; without health too where fewer than LEAST_CARS
    have one."""
    few = (cohort.with_soh or 0) < LEAST_CARS
    return replace(
        cohort,
        cars=(),
        low=None,
        high=None,
        vehicles=cohort.vehicles if (cohort.vehicles or 0) >= LEAST_CARS else None,
        with_soh=None if few else cohort.with_soh,
        median=None if few else cohort.median,
    )


def _name(car: CohortCar) -> str:
    return f"{car.make} {car.model} {car.model_year or '?'} ({car.powertrain})".strip()


def _health(car: CohortCar) -> CarHealth:
    soh = (car.answers or {}).get("capacity_soh", {})
    return CarHealth(
        vehicle_id=car.id, soh=soh.get("value"), low=soh.get("low"), high=soh.get("high")
    )


def _figures(name: str, cars: Sequence[CarHealth]) -> CohortFigures:
    known = [float(car.soh) for car in cars if car.soh is not None]
    return CohortFigures(
        name=name,
        vehicles=len(cars),
        with_soh=len(known),
        median=round(median(known), 2) if known else None,
        low=min(known, default=None),
        high=max(known, default=None),
        cars=tuple(cars),
    )
