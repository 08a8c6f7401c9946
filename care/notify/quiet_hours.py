"""Quiet hours, pure: when a message may go out. Red goes at once, whatever the hour."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def is_quiet(local: time, quiet_from: time, quiet_until: time) -> bool:
    """True inside [from, until); equal ends mean never; a span may cross midnight."""
    if quiet_from == quiet_until:
        return False
    if quiet_from < quiet_until:
        return quiet_from <= local < quiet_until
    return local >= quiet_from or local < quiet_until


def not_before(
    at: datetime, *, red: bool, zone: str, quiet_from: time, quiet_until: time
) -> datetime:
    """The first moment from `at` on at which this person wants to hear of it."""
    local = at.astimezone(ZoneInfo(zone))
    if red or not is_quiet(local.time(), quiet_from, quiet_until):
        return at
    end = local.replace(
        hour=quiet_until.hour, minute=quiet_until.minute, second=quiet_until.second, microsecond=0
    )
    return (end if end > local else end + timedelta(days=1)).astimezone(at.tzinfo)
