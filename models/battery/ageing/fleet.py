"""What is known of cars like one: who gathers it is the caller's choice, every part is optional."""

from __future__ import annotations

from dataclasses import dataclass

from models.battery.ageing.fleet_prior import Multiplier
from models.battery.capacity.new_value import NewValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What comparable cars held when new, and how fast they age against the literature."""

    new_ah: NewValue | None = None
    new_kwh: NewValue | None = None
    multiplier: Multiplier | None = None
