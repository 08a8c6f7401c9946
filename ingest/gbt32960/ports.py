"""What the server asks of the store."""

from __future__ import annotations

from typing import Protocol

from domain.identity import Device
from ingest.gbt32960.alarms import Alarm


class Terminals(Protocol):
    """Enrolled vehicles."""

    def device(self, tenant: str, vin: str) -> Device | None:
        """The device of an enrolled VIN with all its bindings, fresh; None for a stranger."""
        ...


class AlarmHistory(Protocol):
    """Alarms that are stored already."""

    def before(self, device: Device, t_ms: int) -> Alarm | None:
        """The last stored alarm reading of this device before a time, of at most a week."""
        ...
