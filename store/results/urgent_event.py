"""An event that nobody has judged yet, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.alerts import Alert, AlertChange
from firmware_contracts.events import Event
from firmware_contracts.telemetry import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentEvent:
    """An event as the judge sees it."""

    tenant_id: int
    vehicle_id: int
    event: Event
    origin: Origin
    received_at: datetime


Judge = Callable[[UrgentEvent, Sequence[Alert]], Sequence[AlertChange]]
"""Pure: the event and the vehicle's open alerts -> what changes in the alert book."""
