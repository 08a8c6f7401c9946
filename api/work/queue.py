"""The workshop's queue in words. The order itself is care.queue.priority."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from api.work.schemas import QueueItem
from care.queue.priority import Ranked, is_snoozed, ranked
from domain.health import Severity
from domain.identity import public_id
from domain.sentences.catalogue import bilingual
from domain.sentences.names import certainty
from store.people.rows.alerts import QueueRow


def ordered(rows: Iterable[QueueRow], now: datetime) -> list[QueueItem]:
    """Highest priority first, each with why it stands there."""
    return [_item(each, now) for each in ranked(rows, now)]


def _item(found: Ranked, now: datetime) -> QueueItem:
    row = found.row
    return QueueItem(
        alert=public_id(row.id, "a"),
        vehicle=public_id(row.vehicle_id),
        make=row.make,
        model=row.model,
        powertrain=row.powertrain,
        cause=row.cause,
        component=row.component,
        title=bilingual(f"cause.{row.cause}").as_dict(),
        severity=Severity(row.severity).word,
        confidence=row.confidence,
        certainty=certainty(row.confidence).as_dict(),
        since=row.since,
        due_low=row.due_low,
        historical=row.historical,
        seen_at=row.seen_at,
        acknowledged=row.acknowledged_at is not None,
        snoozed=is_snoozed(row, now),
        rescue=row.rescue_id is not None,
        offer=None if row.offer_id is None else public_id(row.offer_id, "o"),
        offer_state=row.offer_state,
        order=None if row.order_id is None else public_id(row.order_id, "w"),
        order_state=row.order_state,
        priority=found.priority,
        because=[
            bilingual(why.id, **why.args, points=f"{points:+.0f}").as_dict()
            for why, points in found.reasons
        ],
    )
