"""Acknowledge, snooze, resolve, call wrong. Nothing a person says changes a severity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from domain.errors import BadInput, Conflict
from store.db.reach import Reach

LONGEST_SNOOZE = timedelta(days=30)
"""Then it must be looked at again: so long most warnings take to fall due."""


class AlertBook(Protocol):
    """Alerts that people act on (store.people.vehicle_reads.Garage)."""

    def act(
        self,
        reach: Reach,
        alert_id: int,
        action: str,
        *,
        at: datetime,
        why: str = "",
        until: datetime | None = None,
    ) -> bool:
        """Do it; False where the alert does not allow it."""
        ...


def act_on_alert(
    book: AlertBook,
    reach: Reach,
    alert_id: int,
    action: str,
    *,
    why: str,
    until: datetime | None,
    now: datetime,
) -> None:
    """One action on an open alert. Conflict where the alert does not allow it."""
    if action == "snooze" and not (until and now < until <= now + LONGEST_SNOOZE):
        raise BadInput(
            "until",
            str(until),
            "is not within the next 30 days",
            remedy="give a time up to 30 days ahead, with offset",
        )
    if not book.act(reach, alert_id, action, at=now, why=why, until=until):
        raise Conflict(
            "the alert is closed, or it is red and needs evidence", remedy="read it again"
        )
