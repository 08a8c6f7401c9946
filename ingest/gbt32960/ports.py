"""What the server asks of the store."""

from __future__ import annotations

from typing import Protocol

from domain.identity import Device


class Terminals(Protocol):
    """Enrolled vehicles."""

    def device(self, tenant: str, vin: str) -> Device | None:
        """The device of an enrolled VIN with all its bindings, fresh; None for a stranger."""
        ...


class AlarmHistory(Protocol):
    """Alarms that are stored already."""

    def before(self, device: Device, t_ms: int) -> tuple[int, int | None, int] | None:
        """The last stored alarm of this device before a time, at most a week back: ms UTC, level
        (None where the car did not know), bits."""
        ...
