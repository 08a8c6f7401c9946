"""A centre publishes bay time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.errors import BadInput, Conflict
from store.db.reach import Reach
from store.people.workshop import NewSlot


class SlotBook(Protocol):
    """Bay time (store.people.workshop.Workshop)."""

    def add_slots(self, tenant_id: int, slots: Sequence[NewSlot]) -> int:
        """Publish bay time; how many slots are new."""
        ...


def publish_slot(
    book: SlotBook,
    reach: Reach,
    *,
    start: str,
    zone: str,
    hours: float,
    bay: str,
    high_voltage: bool,
    now: datetime,
) -> bool:
    """Bay time from a local time on, for `hours`; False where the bay has that slot already."""
    if reach.centre_id is None:
        raise Conflict("you belong to no centre", remedy="ask the group to give you one")
    begins = local_time(start, zone)
    if begins <= now:
        raise BadInput("start", start, "has passed", remedy="give a time ahead")
    slot = NewSlot(
        centre_id=reach.centre_id,
        start=begins,
        end=begins + timedelta(hours=hours),
        skills=["general", "hv"] if high_voltage else ["general"],
        bay=bay,
    )
    return book.add_slots(reach.tenant_id, [slot]) == 1


def local_time(text: str, zone: str) -> datetime:
    """A wall-clock time of a zone; BadInput for anything else."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise BadInput("start", text, "is no date and time", remedy="2026-03-01T09:00") from error
