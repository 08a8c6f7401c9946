"""The alert's life, as values. The rules that change it are pure and live in models.alerting.

    (none) --Raise--> open --Acknowledge--> open --Snooze--> open
                        |--Worsen / Ease / Correct--> open
                        |--Recover (evidence)--> closed(recovered)
                        '--Resolve / Wrong (a person)--> closed(resolved | wrong)

One open alert per vehicle and cause: a partial unique index holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.health import Finding, Severity
from domain.methods import Method


class AlertState(StrEnum):
    """Open alerts count and can be offered on; closed ones are history."""

    OPEN = "open"
    RECOVERED = "recovered"
    RESOLVED = "resolved"
    WRONG = "wrong"


class ChangeKind(StrEnum):
    """What happened to an alert."""

    RAISE = "raise"
    WORSEN = "worsen"
    EASE = "ease"
    CORRECT = "correct"  # late data moved `since` or the component
    REPEAT = "repeat"  # another occurrence of an open alert (a second red episode)
    RECOVER = "recover"
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert as the book holds it. `id` is random 63 bit, public form `a-...`."""

    id: int
    tenant_id: int
    vehicle_id: int
    cause: str
    component: str
    severity: Severity
    state: AlertState
    since: datetime
    as_of: datetime
    confidence: float
    historical: bool
    occurrences: int = 1
    values: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    method: Method = Method.UNSTATED
    due_low: datetime | None = None
    due_high: datetime | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    rescue: bool = False
    experimental: bool = False
    chart: Mapping[str, tuple[list[int], list[float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One step of one alert. For RAISE `alert_id` is None and `finding` tells all.

    `rescue` opens a rescue case with it; `notify` False withholds notification only; `until` ends
    a snooze; a REPEAT stands for `times` occurrences.
    """

    kind: ChangeKind
    vehicle_id: int
    cause: str
    finding: Finding | None = None
    alert_id: int | None = None
    severity: Severity | None = None
    rescue: bool = False
    notify: bool = True
    why: str = ""
    until: datetime | None = None
    times: int = 1
