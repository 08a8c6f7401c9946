"""The standard's clock: six binary bytes, year since 2000 to second, UTC+8 without daylight time.

19 0A 1B 14 02 02  =  2025-10-27 20:02:02 Beijing  =  12:02:02 UTC
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
SIZE = 6
"""Bytes: year, month, day, hour, minute, second."""


def to_utc(clock: bytes) -> datetime | None:
    """The aware UTC time; None for six bytes that are on no calendar."""
    year, month, day, hour, minute, second = clock
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=BEIJING)
    except ValueError:
        return None
    return local.astimezone(UTC)


def from_utc(moment: datetime) -> bytes:
    """Six bytes of an aware time, cut to whole seconds; ValueError outside 2000 to 2099."""
    local = moment.astimezone(BEIJING)
    if not 2000 <= local.year <= 2099:
        raise ValueError(f"year {local.year} does not fit: the standard counts 2000 to 2099")
    return bytes(
        (local.year - 2000, local.month, local.day, local.hour, local.minute, local.second)
    )
