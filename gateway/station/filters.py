"""What may leave the car: signals by their legal group, and the odometer made coarse.

Groups that nobody agreed to never leave. The coarse odometer is made in the car because the exact
one may not leave under legal duty.
"""

from __future__ import annotations

from firmware_contracts.signal import Group
from firmware_contracts.signals import BY_ID, BY_NAME
from gateway.frames import Tick

ODOMETER = BY_NAME["odometer_m"].id
COARSE_ODOMETER = BY_NAME["coarse_odometer_km"].id
COARSE_M = 100_000
"""100 km: enough for a service plan, too coarse for a trip."""


class LegalFilter:
    """Lets through signals of the `allowed` groups; legal duty is always among them."""

    def __init__(self, allowed: frozenset[Group]) -> None:
        self.allowed = allowed | {Group.DUTY}
        self.withheld = 0

    def allows(self, group: Group) -> bool:
        """True where signals of the group may leave."""
        return group in self.allowed

    def permitted(self, tick: Tick) -> Tick:
        """The tick without what may not leave; what was held back is counted."""
        if len(self.allowed) == len(Group):
            return tick
        values = {i: v for i, v in tick.values.items() if BY_ID[i].group in self.allowed}
        self.withheld += len(tick.values) - len(values)
        asset = self.allows(Group.ASSET)
        return Tick(
            t_ms=tick.t_ms,
            values=values,
            reasons={i: r for i, r in tick.reasons.items() if BY_ID[i].group in self.allowed},
            cells=tick.cells if asset else {},
            probes=tick.probes if asset else {},
        )


class CoarseOdometer:
    """The odometer to 100 km, added to a tick when it changes."""

    def __init__(self) -> None:
        self._km: float | None = None

    def add(self, tick: Tick) -> None:
        """Put the coarse value into the tick where it is new."""
        exact_m = tick.values.get(ODOMETER)
        coarse_km = None if exact_m is None else exact_m // COARSE_M * (COARSE_M / 1000)
        if coarse_km is not None and coarse_km != self._km:
            self._km = coarse_km
            tick.values[COARSE_ODOMETER] = coarse_km
