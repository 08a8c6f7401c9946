"""What rooms ask of the store. Each protocol belongs to its caller and is as small as it can be.

`store` implements all of them on PostgreSQL, `store.memory` in memory (shipped: tests and small
tools use it). One contract test class runs on every implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.alerts import Alert, AlertChange
from domain.checkpoint import Checkpoint, Opening
from domain.health import Assessment
from domain.identity import Device
from domain.readings import Accepted, Committed, Day, Rejected, Window
from firmware_contracts.events import Event


class TelemetrySink(Protocol):
    """Where ingest puts messages: one call is one transaction."""

    def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        """Ledger, rows, cells, positions, states, events, records, latest, dead letters: all or
        nothing. Raises StoreUnavailable (retry the same call), StoreFull, or Refused when the
        database will never take this content (the batcher then bisects)."""
        ...


class Directory(Protocol):
    """Devices and where they sat."""

    def device(self, tenant: str, name: str) -> Device | None:
        """The device with all its bindings, fresh from the store."""
        ...


class WindowSource(Protocol):
    """History for models."""

    def read(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        cells: bool = False,
        probes: bool = False,
    ) -> Window:
        """Rows with start <= t < end (UTC), live and import tables alike."""
        ...

    def span(self, vehicle_id: int) -> tuple[datetime, datetime] | None:
        """First and last event time of the vehicle, None when it never reported."""
        ...

    def records(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        """Contract records ("trip", "charge", "crank", "parked") by start time, as dicts with
        `start`, `end` (aware UTC) and the record's fields."""
        ...

    def events(self, vehicle_id: int, start: datetime, end: datetime) -> list[Event]:
        """Events by time; `t_ms` is UTC ms."""
        ...

    def days(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        records: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        parts: bool = False,
    ) -> Sequence[Day]:
        """Every UTC day with anything on it over [start, end), by time, as of one moment.

        A day is the same however long the span is in which it is read (`start` is a midnight):
        windows as `read` gives them but for the reasons of nulls, which nobody looks up here;
        cells and probes only with `parts`; records of the given kinds on the day they ended.
        """
        ...


class AssessmentBook(Protocol):
    """Where the assessment run reads its work and leaves its results."""

    def open(self, vehicle_id: int) -> Opening | None:
        """What a run starts from, as of one moment, which is noted: see `save`. None for a
        vehicle that is not registered."""
        ...

    def due(self, limit: int) -> list[int]:
        """Vehicles with data newer than their last assessment, oldest first."""
        ...

    def save(self, assessment: Assessment, checkpoint: Checkpoint | None = None) -> None:
        """Keep it as the vehicle's latest; earlier ones stay as history.

        The checkpoint takes the place of the one before only if nothing of the vehicle came since
        `open`: a checkpoint never lacks data that belong before its edge unless `late_from` says
        so, whoever dies when.
        """
        ...

    def latest(self, vehicle_id: int) -> Assessment | None:
        """The newest assessment."""
        ...


class AlertBook(Protocol):
    """The alert book: state in the store, rules in models.alerting."""

    def open_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open alerts of one vehicle."""
        ...

    def all_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open and closed alerts of one vehicle by `since`."""
        ...

    def apply(self, changes: Iterable[AlertChange], at: datetime) -> list[Alert]:
        """Carry out changes in one transaction; returns the alerts as they are now."""
        ...


class UrgentQueue(Protocol):
    """Events that nobody has judged yet."""

    def take(self, limit: int) -> int:
        """Judge up to `limit` unhandled events in one transaction (FOR UPDATE SKIP LOCKED), with
        the judge given at construction; returns how many were handled."""
        ...

    def wait(self, seconds: float) -> None:
        """Return at a NOTIFY or after `seconds`, whichever comes first."""
        ...
