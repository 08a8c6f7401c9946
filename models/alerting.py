"""The rules of the alert book: findings and events in, changes out. Pure: time is an argument.

    findings of one run + open alerts -> Raise, Worsen, Ease, Correct, Recover
    an urgent event + open alerts     -> Raise or Repeat, red, at once

An alert follows its finding: where it stands after a run depends on the rows that are stored, not
on how often or in what order they were looked at. Hysteresis lives in the models: a finding only
gets worse until evidence says that it recovered. Silence recovers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.causes import cause, explains
from domain.health import Assessment, Evidence, Finding, Severity
from domain.methods import Method
from domain.policy import LIVE_FOR, NOTIFY_FOR
from domain.urgent import Urgent
from firmware_contracts.events import Event

TRIAL = timedelta(days=14)
"""What a repair gets to show in the data; by judgement."""
FORGOTTEN = timedelta(days=14)
"""A finding this near to the start of what is still stored may have lost its own beginning."""


def decide(
    assessment: Assessment,
    open_alerts: Sequence[Alert],
    now: datetime,
    closed: Sequence[Alert] = (),
) -> list[AlertChange]:
    """What one run changes in a vehicle's alert book; [] when nothing does.

    `closed` are the vehicle's closed alerts: what a person settled is not raised again at once.
    One alert per cause: of several components the worst, then the earliest, speaks for all.
    Experimental findings and those below yellow raise nothing. A red alert is never eased.
    """
    book = {alert.cause: alert for alert in open_alerts}
    standing = _by_cause(f for f in assessment.findings if not f.recovered)
    roots = [*standing.values()]
    changes = []
    for word, finding in sorted(standing.items(), key=lambda item: cause(item[0]).rank):
        alert = book.get(word)
        if alert is not None:
            changes += _follow(alert, finding, assessment, now)
        elif not (_explained(finding, roots, open_alerts) or _settled(finding, closed)):
            changes.append(_raise(assessment.vehicle_id, finding, now))
    for word, alert in book.items():
        if word not in standing:
            changes += _leave(alert, assessment)
    return changes


def _by_cause(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The finding that speaks for each cause; how many parts share it goes into its values."""
    chosen: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity >= Severity.YELLOW and not finding.experimental:
            chosen.setdefault(finding.cause, []).append(finding)
    return {word: _speaker(group) for word, group in chosen.items()}


def _speaker(group: list[Finding]) -> Finding:
    first = min(group, key=lambda f: (-f.severity, f.since, f.component))
    if len(group) == 1:
        return first
    return replace(first, values={**first.values, "parts": float(len(group))})


def _explained(finding: Finding, roots: Sequence[Finding], open_alerts: Sequence[Alert]) -> bool:
    """Is a root cause already there for it? Red is exempt: it is raised whatever else stands."""
    if finding.severity >= Severity.RED:
        return False
    standing = [(f.cause, f.component, f.severity) for f in roots]
    standing += [(a.cause, a.component, a.severity) for a in open_alerts]
    return any(
        explains(root, part, finding.cause, finding.component)
        for root, part, severity in standing
        if severity >= Severity.YELLOW and root != finding.cause
    )


def _settled(finding: Finding, closed: Sequence[Alert]) -> bool:
    """Did a person close this very suspicion? A repair gets TRIAL to show in the data; a finding
    called wrong comes back only when it is worse than what was looked at."""
    for alert in closed:
        if alert.cause != finding.cause or alert.component != finding.component:
            continue
        if alert.closed_at is None or finding.severity > alert.severity:
            continue
        if alert.state is AlertState.WRONG and finding.since <= alert.closed_at:
            return True
        if alert.state is AlertState.RESOLVED and finding.as_of < alert.closed_at + TRIAL:
            return True
    return False


def _dated(finding: Finding, now: datetime) -> Finding:
    """Marked historical where its evidence is older than anything live."""
    return finding if now - finding.as_of <= LIVE_FOR else replace(finding, historical=True)


def _notify(finding: Finding, now: datetime) -> bool:
    return not finding.historical and now - finding.as_of <= NOTIFY_FOR


def _raise(vehicle_id: int, finding: Finding, now: datetime) -> AlertChange:
    dated = _dated(finding, now)
    return AlertChange(
        kind=ChangeKind.RAISE,
        vehicle_id=vehicle_id,
        cause=finding.cause,
        finding=dated,
        severity=finding.severity,
        rescue=finding.severity >= Severity.RED and cause(finding.cause).rescue,
        notify=_notify(dated, now),
        why=finding.method,
    )


def _follow(
    alert: Alert, finding: Finding, assessment: Assessment, now: datetime
) -> list[AlertChange]:
    """Bring an open alert to where its finding stands."""
    if _truncated(finding.since, assessment) and alert.since < finding.since:
        finding = replace(finding, since=alert.since)  # its first rows are gone: keep what we knew
    finding = _dated(_windowed(finding, alert), now)
    severity = finding.severity
    if alert.severity >= Severity.RED:
        severity = Severity.RED
    if severity == alert.severity and _same(alert, finding):
        return []
    kind = ChangeKind.CORRECT
    if severity != alert.severity:
        kind = ChangeKind.WORSEN if severity > alert.severity else ChangeKind.EASE
    return [
        AlertChange(
            kind=kind,
            vehicle_id=alert.vehicle_id,
            cause=alert.cause,
            alert_id=alert.id,
            finding=finding,
            severity=severity,
            rescue=kind is ChangeKind.WORSEN
            and severity >= Severity.RED
            and cause(alert.cause).rescue,
            notify=kind is ChangeKind.WORSEN and _notify(finding, now),
            why=finding.method,
        )
    ]


def _windowed(finding: Finding, alert: Alert) -> Finding:
    """With the alert's due window where the finding states none and nothing speaks against it.

    A worsening fault may lose its own date (a jump is no growth, so no rate follows from it); the
    window last stated holds until its end, while the same part is no better than it was.
    """
    dated = finding.due_low is not None or finding.due_high is not None
    better = finding.component != alert.component or finding.severity < alert.severity
    if dated or better or alert.due_high is None or alert.due_high < finding.as_of:
        return finding
    return replace(finding, due_low=alert.due_low, due_high=alert.due_high)


def _same(alert: Alert, finding: Finding) -> bool:
    return (
        (alert.component, alert.since, alert.as_of, alert.method)
        == (finding.component, finding.since, finding.as_of, finding.method)
        and (alert.due_low, alert.due_high) == (finding.due_low, finding.due_high)
        and dict(alert.values) == dict(finding.values)
        and alert.historical == finding.historical
    )


def _leave(alert: Alert, assessment: Assessment) -> list[AlertChange]:
    """An open alert whose cause is not found (any more): evidence closes it, absence does not.

    Evidence is a finding marked recovered, or a full second look at the same rows (and later ones)
    that no longer finds it, as late data can do.
    """
    recovered = [f for f in assessment.findings if f.cause == alert.cause and f.recovered]
    if recovered:
        finding = max(recovered, key=lambda f: f.as_of)
        if finding.as_of > alert.as_of or alert.severity < Severity.RED:
            return [_recover(alert, finding.method)]
        return []
    examined = alert.cause in assessment.assessed_causes
    fuller = assessment.as_of >= alert.as_of and not _truncated(alert.since, assessment)
    if examined and fuller and alert.severity < Severity.RED:
        return [_recover(alert, "no_longer_supported")]
    return []


def _recover(alert: Alert, why: str) -> AlertChange:
    return AlertChange(
        kind=ChangeKind.RECOVER,
        vehicle_id=alert.vehicle_id,
        cause=alert.cause,
        alert_id=alert.id,
        notify=False,
        why=why,
    )


def _truncated(since: datetime, assessment: Assessment) -> bool:
    """Do the assessed rows begin so late that a finding's own beginning may be missing?

    `facts["from_ms"]` is the first row of the run, `facts["history_lost"]` says that the vehicle
    reported before it.
    """
    start = assessment.facts.get("from_ms")
    if not assessment.facts.get("history_lost") or not isinstance(start, int | float):
        return False
    return since < datetime.fromtimestamp(start / 1000, tz=UTC) + FORGOTTEN


def on_event(
    event: Event,
    urgent: Urgent,
    open_alerts: Sequence[Alert],
    *,
    vehicle_id: int,
    now: datetime,
    historical: bool = False,
) -> list[AlertChange]:
    """What an urgent event changes, at once and apart from every assessment.

    The first opens a red alert with its rescue case, later ones are further occurrences of it. An
    event that ends (active False) changes nothing: clearing a red alert needs evidence. `t_ms` is
    UTC. Red younger than a day notifies even when it came late; imported history never does.
    """
    if not event.active:
        return []
    at = datetime.fromtimestamp(event.t_ms / 1000, tz=UTC)
    finding = Finding(
        cause=urgent.cause,
        component=event.component,
        severity=urgent.severity,
        since=at,
        as_of=at,
        confidence=0.95,
        method=Method.CAR_EVENT,
        values={**event.values, "level": float(event.level)},
        historical=historical or now - at > LIVE_FOR,
        evidence=Evidence.FIELD,
    )
    notify = _notify(finding, now)
    known = next((a for a in open_alerts if a.cause == urgent.cause), None)
    if known is None:
        return [
            AlertChange(
                kind=ChangeKind.RAISE,
                vehicle_id=vehicle_id,
                cause=urgent.cause,
                finding=finding,
                severity=urgent.severity,
                rescue=urgent.rescue,
                notify=notify,
                why=finding.method,
            )
        ]
    if at < known.as_of:  # it came late: the alert keeps what is newest
        finding = replace(
            finding, as_of=known.as_of, component=known.component, values=known.values
        )
    repeat = AlertChange(
        kind=ChangeKind.REPEAT,
        vehicle_id=vehicle_id,
        cause=urgent.cause,
        alert_id=known.id,
        finding=finding,
        severity=max(urgent.severity, known.severity),
        rescue=urgent.rescue,
        notify=notify,
        why=finding.method,
    )
    if at >= known.since:
        return [repeat]
    correct = replace(repeat, kind=ChangeKind.CORRECT, notify=False, why="earlier_episode")
    return [repeat, correct]
