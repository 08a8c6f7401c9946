"""The two implementations of the ports, side by side: PostgreSQL and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from domain.ports import AlertBook, AssessmentBook, TelemetrySink, UrgentQueue, WindowSource
from store.db.pool import Pool
from store.history.windows import Windows
from store.memory import Memory
from store.people.identity import Registry
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.urgent import UrgentEvents
from store.results.urgent_event import Judge
from store.sink.sink import Telemetry
from tests.store.fleet import Car


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One store through its ports."""

    sink: TelemetrySink
    registry: Any
    windows: WindowSource
    assessments: AssessmentBook
    alerts: AlertBook
    urgent: Callable[[Judge], UrgentQueue]

    def second_device(self, car: Car, name: str) -> Car:
        """Another device in the same vehicle."""
        device_id = self.registry.add_device(car.tenant_id, name)
        since = datetime(2001, 1, 1, tzinfo=UTC)
        self.registry.bind(car.tenant_id, device_id, car.vehicle_id, since)
        return replace(car, device_id=device_id, device=name)


def postgres(ingest: Pool, worker: Pool) -> Store:
    return Store(
        sink=Telemetry(ingest),
        registry=Registry(worker),
        windows=Windows(worker),
        assessments=Assessments(worker),
        alerts=Alerts(worker),
        urgent=lambda judge: UrgentEvents(worker, judge),
    )


def in_memory() -> Store:
    house = Memory()
    return Store(
        sink=house.sink(),
        registry=house.registry,
        windows=house.windows,
        assessments=house.assessments,
        alerts=house.alerts,
        urgent=house.urgent,
    )
