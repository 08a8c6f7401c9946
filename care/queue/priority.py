"""Priority of an open alert: from severity, time, evidence and people, each part shown. Pure.

It is computed apart from severity and never changes it.

red 1000 · orange 60 · yellow 30 · info 5          severity
up to 30 as the due day comes nearer               time
up to 10 with the rule's confidence                evidence
-15 when an order is on its way, -40 snoozed       somebody is on it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.health import Severity
from domain.sentences.names import certainty_id
from domain.sentences.phrase import Phrase
from store.people.rows.alerts import QueueRow

_SEVERITY = {Severity.RED: 1000.0, Severity.ORANGE: 60.0, Severity.YELLOW: 30.0, Severity.INFO: 5.0}
"""By judgement: nothing else together outranks red, and a due orange stays before a due yellow."""
_NEAR_DAYS = 30.0
"""From a month ahead the due day counts: so far ahead workshops plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An open alert with its priority and the points behind it."""

    row: QueueRow
    reasons: tuple[tuple[Phrase, float], ...]

    @property
    def priority(self) -> float:
        """The sum of the points."""
        return round(sum(points for _, points in self.reasons), 1)


def ranked(rows: Iterable[QueueRow], now: datetime) -> list[Ranked]:
    """Highest priority first; equal ones oldest first."""
    found = [Ranked(row=row, reasons=tuple(points_of(row, now))) for row in rows]
    return sorted(found, key=lambda r: (-r.priority, r.row.since, r.row.id))


def points_of(row: QueueRow, now: datetime) -> Iterator[tuple[Phrase, float]]:
    """Each reason and its points."""
    severity = Severity(row.severity)
    yield Phrase(id=f"queue.severity.{severity.word}"), _SEVERITY[severity]
    if row.due_low is not None:
        days = (row.due_low - now).total_seconds() / 86400
        near = min(max(1 - days / _NEAR_DAYS, 0.0), 1.0)
        yield Phrase(id="queue.due", args={"days": round(max(days, 0))}), 30.0 * near
    sure = row.confidence
    yield Phrase(id=f"queue.certainty.{certainty_id(sure)}"), 10.0 * sure
    if row.order_state not in (None, "done", "cancelled"):
        yield Phrase(id="queue.on_its_way"), -15.0
    if is_snoozed(row, now):
        yield Phrase(id="queue.snoozed"), -40.0


def is_snoozed(row: QueueRow, now: datetime) -> bool:
    """True while the alert rests by somebody's word."""
    return row.snoozed_until is not None and row.snoozed_until > now
