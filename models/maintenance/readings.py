"""Reading contract records as they come from the store, without trusting any of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def number(record: Mapping[str, object], name: str) -> float:
    """A field as float, NaN where it is unknown."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return float("nan")
    return float(value)


def milliseconds(record: Mapping[str, object], name: str = "end") -> int | None:
    """A record's `start` or `end` as UTC ms."""
    value = record.get(name)
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else None
