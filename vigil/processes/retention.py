"""The daily job that lets data go: the terms and the hands are `store.results.retention`'s."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from store.db.pool import Pool
from store.results.retention import Retention


def forget(pool: Pool, now: datetime) -> dict[str, int]:
    """Remove what is past its term; spans and rows that went, by table."""
    aged = Retention(pool).run(now)
    return dict(Counter(aged.spans) + Counter(aged.rows))
