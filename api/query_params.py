"""What many endpoints are asked: spans of time with a zone, limits, cursors. All bounded."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from domain.errors import BadInput

MOST = 200
"""Items of one page."""
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most this many")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next` of the answer before; opaque")
]
From = Annotated[
    datetime | None,
    Query(alias="from", description="ISO 8601 with offset", examples=["2026-03-01T00:00:00+08:00"]),
]
To = Annotated[datetime | None, Query(description="ISO 8601 with offset, not included")]
ZoneName = Annotated[
    str,
    Query(
        max_length=64,
        description="IANA zone of the times in the answer",
        examples=["Asia/Shanghai"],
    ),
]


def zone(name: str) -> ZoneInfo:
    """A zone by its IANA name; BadInput otherwise."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput("zone", name, "is no IANA time zone", remedy="e.g. Asia/Shanghai") from error


def span(
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    *,
    usual: timedelta,
    most: timedelta,
) -> tuple[datetime, datetime]:
    """[start, end) in UTC; the last `usual` when not given; BadInput when naive, empty or longer
    than `most`."""
    for name, value in (("from", start), ("to", end)):
        if value is not None and value.utcoffset() is None:
            raise BadInput(
                name,
                value.isoformat(),
                "has no time zone",
                remedy=f"write {value.isoformat()}+08:00 or {value.isoformat()}Z",
            )
    try:
        high = (end or now).astimezone(UTC)
        low = high - usual if start is None else start.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(
            "from/to", "…", "is outside the calendar", remedy="give real days"
        ) from error
    if not low < high:
        raise BadInput("from", low.isoformat(), "is not before to", remedy="give from < to")
    if high - low > most:
        raise BadInput(
            "from",
            low.isoformat(),
            f"asks for {(high - low).days} days",
            remedy=f"ask for at most {most.days} days, several times if you need more",
        )
    return low, high


def cursor_of(at: datetime, id: int) -> str:
    """A position in a list by time and id."""
    text = json.dumps([at.isoformat(), id])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def position(cursor: str | None) -> tuple[datetime, int] | None:
    """The position a cursor names; BadInput when it is none of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        at, id = json.loads(base64.urlsafe_b64decode(padded))
        moment = datetime.fromisoformat(at)
        if moment.utcoffset() is None or not isinstance(id, int) or not 0 <= id < 2**63:
            raise ValueError("not a position")
        return moment.astimezone(UTC), id
    except (ValueError, TypeError, binascii.Error, OverflowError) as error:
        raise BadInput(
            "cursor", cursor[:40], "is none of ours", remedy="use `next` as it was given"
        ) from error


def number_of(cursor: str | None) -> int | None:
    """A cursor that is one number."""
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or not 0 <= int(cursor) < 2**63:
        raise BadInput(
            "cursor", cursor[:40], "is none of ours", remedy="use `next` as it was given"
        )
    return int(cursor)
