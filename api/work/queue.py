"""The workshop's order of work: priority from evidence, time and people, each part shown.

Priority is computed apart from severity and never changes it.

red 1000 · orange 60 · yellow 30 · info 5          severity
up to 30 as the due day comes nearer               time
up to 10 with the rule's confidence                evidence
-15 when an order is on its way, -40 snoozed       somebody is on it
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.work.schemas import QueueItem
from domain.health import Severity
from domain.identity import public_id
from domain.sentences.catalogue import bilingual
from domain.sentences.names import certainty, certainty_id
from domain.sentences.phrase import Phrase
from store.people.vehicle_reads import Row

_SEVERITY = {Severity.RED: 1000.0, Severity.ORANGE: 60.0, Severity.YELLOW: 30.0, Severity.INFO: 5.0}
_NEAR_DAYS = 30.0


def parts(row: Row, now: datetime) -> Iterator[tuple[Phrase, float]]:
    """Each reason and its points."""
    severity = Severity(row["severity"])
    yield Phrase(id=f"queue.severity.{severity.word}"), _SEVERITY[severity]
    if row["due_low"] is not None:
        days = (row["due_low"] - now).total_seconds() / 86400
        near = min(max(1 - days / _NEAR_DAYS, 0.0), 1.0)
        yield Phrase(id="queue.due", args={"days": round(max(days, 0))}), 30.0 * near
    sure = row["confidence"]
    yield Phrase(id=f"queue.certainty.{certainty_id(sure)}"), 10.0 * sure
    if row["order_state"] not in (None, "done", "cancelled"):
        yield Phrase(id="queue.on_its_way"), -15.0
    if row["snoozed_until"] is not None and row["snoozed_until"] > now:
        yield Phrase(id="queue.snoozed"), -40.0


def item(row: Row, now: datetime) -> QueueItem:
    """One line of the queue."""
    reasons = list(parts(row, now))
    same = (
        "make",
        "model",
        "powertrain",
        "cause",
        "component",
        "confidence",
        "since",
        "due_low",
        "historical",
        "seen_at",
        "offer_state",
        "order_state",
    )
    return QueueItem(
        alert=public_id(row["id"], "a"),
        vehicle=public_id(row["vehicle_id"]),
        title=bilingual(f"cause.{row['cause']}").as_dict(),
        severity=Severity(row["severity"]).word,
        acknowledged=row["acknowledged_at"] is not None,
        snoozed=row["snoozed_until"] is not None and row["snoozed_until"] > now,
        rescue=row["rescue_id"] is not None,
        offer=None if row["offer_id"] is None else public_id(row["offer_id"], "o"),
        order=None if row["order_id"] is None else public_id(row["order_id"], "w"),
        priority=round(sum(points for _, points in reasons), 1),
        certainty=certainty(row["confidence"]).as_dict(),
        because=[
            bilingual(s.id, **s.args, points=f"{points:+.0f}").as_dict() for s, points in reasons
        ],
        **{name: row[name] for name in same},
    )


def ordered(rows: list[Row], now: datetime) -> list[QueueItem]:
    """Highest priority first; equal ones oldest first."""
    return sorted((item(r, now) for r in rows), key=lambda q: (-q.priority, q.since, q.alert))
