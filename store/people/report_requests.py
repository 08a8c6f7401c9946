"""The counter of the report desk: who asked for a car's report, and what became of it.

    asked (api) -> taken (worker) -> ended: a report, or why there is none

The service may only ask and look; a worker takes and ends. At most one ask of a car is open. An ask
that was taken and not ended is taken again later: a worker may die.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.db.pool import Connection, Pool
from store.db.reach import Reach, reaching, row
from store.db.sql import queries
from store.people.rows.people import ReportAsk

_Q = queries("report_requests")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """What a car's last day at the counter says: when its newest standing report was issued, and
    how many asks there were since the first of them."""

    issued_at: datetime | None
    asks: int
    first_ask: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An ask that this worker has in hand."""

    id: int
    vehicle_id: int
    tries: int


class ReportDesk:
    """`ask`, `turn`, `newest`, `allowed` as vigil_api; the others as vigil_worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def allowed(self, reach: Reach, vehicle_id: int, at: datetime) -> bool:
        """True where nobody keeps the car, or the keeper agreed to a certificate."""
        with reaching(self._pool, reach) as connection:
            found = connection.execute(_Q["allowed"], {"vehicle": vehicle_id, "at": at}).fetchone()
        return bool(found and found[0])

    def turn(self, reach: Reach, vehicle_id: int, at: datetime) -> RequestState:
        """The car's last day at the counter."""
        with reaching(self._pool, reach) as connection:
            wanted = {"vehicle": vehicle_id, "day_ago": at - DAY}
            found = row(connection, _Q["standing"], wanted, RequestState)
        return found or RequestState(issued_at=None, asks=0, first_ask=None)

    def newest(self, reach: Reach, vehicle_id: int) -> ReportAsk | None:
        """The newest ask of a car; an owner's is of their own time, or under way."""
        with reaching(self._pool, reach) as connection:
            return row(connection, _Q["newest"], {"vehicle": vehicle_id}, ReportAsk)

    def ask(self, reach: Reach, vehicle_id: int, role: str, at: datetime) -> bool:
        """Put the car in line; False when it stands there already."""
        values = {"vehicle": vehicle_id, "role": role, "at": at}
        with reaching(self._pool, reach) as connection:
            return connection.execute(_Q["ask"], values).fetchone() is not None

    def waiting(self, before: datetime, most: int = 20) -> list[int]:
        """Open asks that nobody has taken since `before`, oldest first."""
        with self._pool.transaction() as connection:
            found = connection.execute(_Q["waiting"], {"before": before, "most": most}).fetchall()
        return [id for (id,) in found]

    def take(self, ask_id: int, at: datetime, before: datetime) -> Taken | None:
        """Take an ask in hand; None when it ended or another worker has it since `before`."""
        values = {"id": ask_id, "at": at, "before": before}
        with self._pool.transaction() as connection:
            found = connection.execute(_Q["take"], values).fetchone()
        return None if found is None else Taken(id=ask_id, vehicle_id=found[0], tries=found[1])

    def refuse(self, ask_id: int, trouble: str, at: datetime) -> None:
        """End an ask without a report; `trouble` is the word that pages explain."""
        with self._pool.transaction() as connection:
            end(connection, ask_id, at, trouble=trouble)


def end(
    connection: Connection,
    ask_id: int,
    at: datetime,
    *,
    report: int | None = None,
    trouble: str = "",
) -> None:
    """End an ask inside a transaction of the caller's."""
    values = {"id": ask_id, "at": at, "report": report, "trouble": trouble}
    connection.execute(_Q["end"], values)
