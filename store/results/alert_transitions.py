"""How one change acts on one alert: pure; the rules that ask for changes are models.alerting's.

RAISE        a new open alert                       REPEAT       more occurrences
WORSEN EASE  severity and evidence as found         CORRECT      since, component, evidence
ACKNOWLEDGE  seen by a person                       SNOOZE       quiet until a time
RECOVER RESOLVE WRONG                               closed, with its state
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.errors import BadInput, Conflict
from domain.health import Finding

_CLOSED = {
    ChangeKind.RECOVER: AlertState.RECOVERED,
    ChangeKind.RESOLVE: AlertState.RESOLVED,
    ChangeKind.WRONG: AlertState.WRONG,
}
SNOOZE = timedelta(days=7)
"""How long a snooze lasts when the change names no time."""


def raised(change: AlertChange, alert_id: int, tenant_id: int) -> Alert:
    """The alert that a RAISE opens; BadInput when it tells no finding."""
    finding = change.finding
    if finding is None:
        raise BadInput("finding", None, "a raise tells what was found", remedy="give the finding")
    return Alert(
        id=alert_id,
        tenant_id=tenant_id,
        vehicle_id=change.vehicle_id,
        cause=change.cause,
        state=AlertState.OPEN,
        rescue=change.rescue,
        **_evidence(change, finding),
    )


def changed(alert: Alert, change: AlertChange, at: datetime) -> Alert:
    """The alert after the change; Conflict when it is closed already."""
    if alert.state is not AlertState.OPEN:
        raise Conflict(
            f"alert {alert.id} is {alert.state} already", remedy="look at it again, then decide"
        )
    if change.kind in _CLOSED:
        return replace(_told(alert, change), state=_CLOSED[change.kind], closed_at=at)
    if change.kind is ChangeKind.ACKNOWLEDGE:
        return replace(alert, acknowledged_at=alert.acknowledged_at or at)
    if change.kind is ChangeKind.SNOOZE:
        return replace(alert, snoozed_until=change.until or at + SNOOZE)
    told = _told(alert, change)
    if change.kind is ChangeKind.REPEAT:
        return replace(told, since=alert.since, occurrences=alert.occurrences + change.times)
    return told


def as_repeat(change: AlertChange) -> AlertChange:
    """A raise of what is open already is one more occurrence of it."""
    if change.kind is not ChangeKind.RAISE:
        return change
    return replace(change, kind=ChangeKind.REPEAT)


def _told(alert: Alert, change: AlertChange) -> Alert:
    """The alert with the finding's evidence; a rescue, once asked for, stays."""
    rescue = alert.rescue or change.rescue
    if change.finding is None:
        severity = alert.severity if change.severity is None else change.severity
        return replace(alert, severity=severity, rescue=rescue)
    return replace(alert, rescue=rescue, **_evidence(change, change.finding))


def _evidence(change: AlertChange, finding: Finding) -> dict[str, Any]:
    names = (
        "component",
        "since",
        "as_of",
        "confidence",
        "historical",
        "values",
        "limits",
        "method",
        "due_low",
        "due_high",
        "experimental",
        "chart",
    )
    severity = finding.severity if change.severity is None else change.severity
    return {"severity": severity, **{name: getattr(finding, name) for name in names}}
