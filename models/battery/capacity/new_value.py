"""What a pack held when it was new: the maker's rating, its nameplate, or cars of its kind.

    capacity   rated Ah                     else the fleet's young cars
    energy     rated kWh                    else the fleet's young cars
                                            else rated Ah x cells x nominal voltage

A value that is not the maker's own has its doubt in the interval and its source in the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.health import Answer, Estimate, Silence
from domain.vehicle import Chemistry, Vehicle
from models.base import mad_sigma
from models.battery.capacity.energy import NOMINAL_V
from models.battery.capacity.filter import FADE
from models.battery.cohort import MIN_COHORT

LEAST_PCT, MOST_PCT = 40.0, 115.0
"""No pack known in use holds less or more of its rating: a unit, a sign or the rating is wrong."""
YOUNG_YEARS = 1.0
"""A car measured before this age shows what a new one has; by judgement."""
NEW_SPREAD = 0.012
"""Relative: how far new packs of one kind lie apart."""
NOMINAL_SD = 0.02
"""Relative: usable energy at C/3 against ampere-hours times nominal voltage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValue:
    """Ah or kWh when new, its sd, and where it was taken from: rated, fleet or nominal_voltage."""

    value: float
    sd: float = 0.0
    source: str = "rated"
    cars: int = 0


def of_fleet(measured: Sequence[tuple[float, float]]) -> NewValue | None:
    """From (age in years, Ah or kWh) of cars of the same kind; None below MIN_COHORT young ones."""
    young = np.array([(age, value) for age, value in measured if 0 <= age <= YOUNG_YEARS])
    if len(young) < MIN_COHORT:
        return None
    new = young[:, 1] / (1 - FADE * young[:, 0])
    middle = float(np.median(new))
    random = 1.2533 * float(mad_sigma(new)) / len(new) ** 0.5
    return NewValue(
        value=middle,
        sd=float(np.hypot(NEW_SPREAD * middle, random)),
        source="fleet",
        cars=len(young),
    )


def new_capacity(vehicle: Vehicle, fleet: NewValue | None = None) -> NewValue | None:
    """Ah when new."""
    if vehicle.rated_capacity_ah:
        return NewValue(value=vehicle.rated_capacity_ah)
    return fleet


def new_energy(
    vehicle: Vehicle, chemistry: Chemistry, fleet: NewValue | None = None
) -> NewValue | None:
    """kWh when new."""
    if vehicle.rated_energy_kwh:
        return NewValue(value=vehicle.rated_energy_kwh)
    ah, cells, volts = (
        vehicle.rated_capacity_ah,
        vehicle.cells_in_series,
        NOMINAL_V.get(chemistry),
    )
    if fleet is not None or not ah or not cells or volts is None:
        return fleet
    kwh = ah * cells * volts / 1000
    return NewValue(value=kwh, sd=NOMINAL_SD * kwh, source="nominal_voltage")


def against(answer: Answer, new: NewValue | None, missing: str) -> Answer:
    """The answer as per cent of the new value; silent where that is not known."""
    if isinstance(answer, Silence):
        return answer
    if new is None:
        return Silence(
            reason="new_value_unknown",
            missing=missing,
            detail={"measured": round(answer.value, 2), "unit": answer.unit},
        )
    share = 100 / new.value
    if not LEAST_PCT <= share * answer.value <= MOST_PCT:
        return Silence(
            reason="measured_and_new_do_not_fit",
            missing="check_rated_and_units",
            detail={
                "measured": round(answer.value, 1),
                "new": round(new.value, 1),
                "unit": answer.unit,
            },
        )
    doubt = 1.645 * answer.value * new.sd / new.value
    return Estimate(
        value=share * answer.value,
        low=share * (answer.value - float(np.hypot(answer.value - answer.low, doubt))),
        high=share * (answer.value + float(np.hypot(answer.high - answer.value, doubt))),
        unit="%",
        method=answer.method,
        windows=answer.windows,
        coverage=answer.coverage,
        detail={
            **answer.detail,
            "new": round(new.value, 3),
            "new_unit": answer.unit,
            "new_source": new.source,
            **({"new_cars": new.cars} if new.cars else {}),
        },
    )
