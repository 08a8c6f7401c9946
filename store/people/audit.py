"""Who looked at a car, when and at what: written with every reading, readable by the owner."""

from __future__ import annotations

from datetime import datetime

from store.db.pool import Pool
from store.db.reach import Reach, reaching, rows
from store.db.sql import queries
from store.people.rows.people import LookRow

_Q = queries("audit")


class AccessLog:
    """Looking again at the same thing within five minutes is one entry."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def note(self, reach: Reach, role: str, vehicle_id: int, what: str, at: datetime) -> None:
        """Write down one look."""
        look = {"role": role, "vehicle_id": vehicle_id, "what": what, "at": at}
        with reaching(self._pool, reach) as connection:
            connection.execute(_Q["note"], look)

    def page(
        self, reach: Reach, vehicle_id: int, *, before: int | None = None, most: int = 50
    ) -> list[LookRow]:
        """Looks at a car, newest first."""
        wanted = {"vehicle_id": vehicle_id, "before": before, "most": most}
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q["list"], wanted, LookRow)
