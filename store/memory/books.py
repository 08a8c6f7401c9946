"""Assessments, alerts and urgent events in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.checkpoint import Checkpoint, Opening
from domain.errors import BadInput, NotFound
from domain.health import Assessment
from domain.identity import new_vehicle_id
from firmware_contracts.telemetry import Origin
from store.memory.state import EventRow, State
from store.memory.windows import event_of
from store.results.alert_transitions import as_repeat, changed, raised
from store.results.urgent_event import Judge, UrgentEvent


class MemoryAssessments:
    """`AssessmentBook` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._noted: dict[int, int] = {}

    def open(self, vehicle_id: int) -> Opening | None:
        """See domain.ports.AssessmentBook."""
        with self._state.lock:
            state = self._state
            if vehicle_id not in state.vehicles:
                return None
            self._noted[vehicle_id] = state.versions.get(vehicle_id, 0)
            return Opening(
                vehicle=state.vehicles[vehicle_id],
                span=state.spans.get(vehicle_id),
                checkpoint=state.checkpoints.get(vehicle_id),
                late_from=state.late.get(vehicle_id),
            )

    def due(self, limit: int) -> list[int]:
        """Vehicles with data newer than their last assessment, oldest assessment first."""
        with self._state.lock:
            state = self._state
            found = [v for v, n in state.versions.items() if n > state.seen.get(v, 0)]
            order = {vehicle: n for n, vehicle in enumerate(state.seen)}
            found.sort(key=lambda v: (order.get(v, -1), v))
            self._noted.update({v: state.versions[v] for v in found[:limit]})
            return found[:limit]

    def save(self, assessment: Assessment, checkpoint: Checkpoint | None = None) -> None:
        """See domain.ports.AssessmentBook."""
        vehicle = assessment.vehicle_id
        with self._state.lock:
            if vehicle not in self._state.vehicles:
                raise NotFound(f"vehicle {vehicle} is not registered")
            version = self._state.versions.get(vehicle, 0)
            noted = self._noted.pop(vehicle, None)
            seen = version if noted is None else noted
            if checkpoint is not None and noted == version:
                self._state.checkpoints[vehicle] = checkpoint
                self._state.late.pop(vehicle, None)
            before = self._state.seen.pop(vehicle, 0)
            self._state.seen[vehicle] = max(before, seen)
            self._state.assessments.setdefault(vehicle, []).append(assessment)

    def latest(self, vehicle_id: int) -> Assessment | None:
        """The newest assessment."""
        with self._state.lock:
            found = self._state.assessments.get(vehicle_id)
        return found[-1] if found else None


class MemoryAlerts:
    """`AlertBook` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def open_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open alerts of one vehicle, worst first."""
        found = [a for a in self.all_alerts(vehicle_id) if a.state is AlertState.OPEN]
        return sorted(found, key=lambda a: (-a.severity, a.since, a.id))

    def all_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open and closed alerts by `since`."""
        with self._state.lock:
            found = [a for a in self._state.alerts.values() if a.vehicle_id == vehicle_id]
        return sorted(found, key=lambda a: (a.since, a.id))

    def apply(self, changes: Iterable[AlertChange], at: datetime) -> list[Alert]:
        """All changes, or none of them."""
        with self._state.lock:
            before = dict(self._state.alerts)
            try:
                return [self._apply(change, at) for change in changes]
            except Exception:
                self._state.alerts = before
                raise

    def _apply(self, change: AlertChange, at: datetime) -> Alert:
        vehicle = self._state.vehicles.get(change.vehicle_id)
        if vehicle is None:
            raise NotFound(f"vehicle {change.vehicle_id} is not registered")
        found = self._target(change)
        if found is None:
            alert = raised(change, new_vehicle_id(), vehicle.tenant_id)
        else:
            alert = changed(found, as_repeat(change), at)
        self._state.alerts[alert.id] = alert
        self._state.changes.append({"alert": alert.id, "change": change, "at": at})
        return alert

    def _target(self, change: AlertChange) -> Alert | None:
        if change.alert_id is None:
            if change.kind is not ChangeKind.RAISE:
                raise BadInput("alert_id", None, "is needed", remedy="name the alert that changes")
            same = [a for a in self.open_alerts(change.vehicle_id) if a.cause == change.cause]
            return same[0] if same else None
        found = self._state.alerts.get(change.alert_id)
        if found is None or found.vehicle_id != change.vehicle_id:
            raise NotFound(f"vehicle {change.vehicle_id} has no alert {change.alert_id}")
        return found


class MemoryUrgent:
    """`UrgentQueue` in memory."""

    def __init__(self, state: State, judge: Judge) -> None:
        self._state = state
        self._judge = judge
        self._alerts = MemoryAlerts(state)

    def take(self, limit: int) -> int:
        """Judge up to `limit` unhandled events, in the order they came."""
        with self._state.lock:
            self._state.wake.clear()
            found = [e for e in self._state.events.values() if e.handled_at is None]
            for row in sorted(found, key=lambda e: e.number)[:limit]:
                self._handle(row)
            return min(limit, len(found))

    def _handle(self, row: EventRow) -> None:
        parameters = row.parameters
        event = UrgentEvent(
            tenant_id=parameters["tenant"],
            vehicle_id=parameters["vehicle"],
            event=event_of(parameters),
            origin=Origin(parameters["origin"]),
            received_at=parameters["received"],
        )
        now = datetime.now(UTC)
        self._alerts.apply(self._judge(event, self._alerts.open_alerts(event.vehicle_id)), now)
        row.handled_at = now

    def wait(self, seconds: float) -> None:
        """Return when an urgent event is committed or after `seconds`."""
        self._state.wake.wait(seconds)
