"""How far from now an event time may lie, by origin. Nothing here ever shifts a time.

origin           earliest         latest
live, backfill   now - 31 days    now + 5 min
import           2000-01-01       now + 5 min
"""

from __future__ import annotations

from datetime import UTC, datetime

from domain.policy import AHEAD, LIVE_FOR
from firmware_contracts.telemetry import Origin

IMPORT_FROM = datetime(2000, 1, 1, tzinfo=UTC)


def utc_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time, rounded down."""
    return int(moment.timestamp() * 1000 // 1)


def bounds_ms(origin: Origin, now: datetime) -> tuple[int, int]:
    """Earliest and latest event time accepted from this origin, both included, ms UTC."""
    earliest = IMPORT_FROM if origin is Origin.IMPORT else now - LIVE_FOR
    return utc_ms(earliest), utc_ms(now + AHEAD)
