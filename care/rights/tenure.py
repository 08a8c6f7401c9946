"""An owner sees their own time with a car, not the one of the keeper before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from store.db.reach import Kind, Reach

FIRST_TICK = datetime(2000, 1, 1, tzinfo=UTC)
"""Before every reading: the floor of those whose sight has none."""


class Tenures(Protocol):
    """Who kept which car since when (store.people.people.People)."""

    def tenure_start(self, reach: Reach, vehicle_id: int) -> datetime | None:
        """Since when the asking person keeps the car."""
        ...


def tenure_floor(tenures: Tenures, reach: Reach, vehicle_id: int, low: datetime) -> datetime:
    """`low`, or the start of the asking owner's tenure where that is later."""
    if reach.kind is not Kind.OWNER:
        return low
    since = tenures.tenure_start(reach, vehicle_id)
    return low if since is None else max(low, since)
