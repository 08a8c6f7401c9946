"""Alerts as people see them. Severities are 0 info, 1 yellow, 2 orange, 3 red."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert without its evidence series."""

    id: int
    vehicle_id: int
    cause: str
    component: str
    severity: int
    state: str
    since: datetime
    as_of: datetime
    confidence: float
    historical: bool
    occurrences: int
    readings: Mapping[str, object]
    limits: Mapping[str, object]
    method: str
    due_low: datetime | None
    due_high: datetime | None
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    rescue: bool
    experimental: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWithChart(AlertRow):
    """One alert with its evidence: series name -> times in Unix ms and values."""

    chart: Mapping[str, tuple[Sequence[int], Sequence[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One step of an alert."""

    kind: str
    at: datetime
    severity: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChange:
    """One step of some alert in reach; `id` is its place in the feed."""

    id: int
    kind: str
    at: datetime
    severity: int
    alert_id: int
    vehicle_id: int
    cause: str
    component: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedAlert:
    """What a decision on an alert was about."""

    vehicle_id: int
    alert_id: int | None
    cause: str
    severity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An open alert with what is on its way for it: offer, work order, rescue case."""

    id: int
    vehicle_id: int
    make: str
    model: str
    powertrain: str
    cause: str
    component: str
    severity: int
    confidence: float
    since: datetime
    due_low: datetime | None
    historical: bool
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    seen_at: datetime | None
    offer_id: int | None
    offer_state: str | None
    order_id: int | None
    order_state: str | None
    rescue_id: int | None
