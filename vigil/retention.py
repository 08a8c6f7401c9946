"""How long readings are kept, by class; a job drops what is older, span by span.

    position                                  14 days
    raw readings, cells, probes, unknown ids  90 days
    roll-ups and features                      3 years
    service history, audit                    by law: never dropped here

Imported rows count from their reception: their tables are cut by the day they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from store.edition import drop_spans
from store.pool import Pool

POSITION = timedelta(days=14)
RAW = timedelta(days=90)
TERMS: Mapping[str, timedelta] = {
    "positions": POSITION,
    "import_positions": POSITION,
    **{
        f"{prefix}{table}": RAW
        for prefix in ("", "import_")
        for table in ("telemetry", "cells", "probes", "rare")
    },
}


def forget(pool: Pool, now: datetime) -> dict[str, int]:
    """Drop the spans whose last day is over its term; how many, by table."""
    dropped = {}
    for table, term in TERMS.items():
        with pool.transaction() as line:
            dropped[table] = drop_spans(line, table, now - term)
    return dropped
