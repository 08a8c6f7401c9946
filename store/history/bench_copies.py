"""Twins of a stored car: its history under other names, so that a bench fills a large fleet fast.

The first car comes in through the sink like any other; its rows are then copied inside the
database, a span at a time. For empty, registered vehicles; records, events and states are not
copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Identifier

from store.db.pool import Pool
from store.db.sql import queries

_Q = queries("bench_copies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """A stored car, and who shall be like it: vehicles and the device in each."""

    tenant_id: int
    car: int
    vehicles: Sequence[int]
    devices: Sequence[int]

    def _given(self, **more: object) -> dict[str, object]:
        return {
            "tenant": self.tenant_id,
            "car": self.car,
            "vehicles": list(self.vehicles),
            "sources": list(self.devices),
            **more,
        }


def copy_rows(
    ingest: Pool, twins: Twins, columns: Sequence[str], start: datetime, end: datetime
) -> None:
    """Rows with these columns, and cells, of start <= t < end; as vigil_ingest."""
    names = SQL(", ").join(map(Identifier, columns))
    with ingest.transaction() as connection:
        parameters = twins._given(start=start, end=end)
        connection.execute(_Q["rows"].format(columns=names), parameters)
        connection.execute(_Q["cells"], parameters)


def copy_latest(ingest: Pool, twins: Twins) -> None:
    """The newest state; as vigil_ingest."""
    with ingest.transaction() as connection:
        connection.execute(_Q["latest"], twins._given())


def copy_checkpoints(worker: Pool, twins: Twins) -> None:
    """What models remember of the car: it would be the same of its twins; as vigil_worker."""
    with worker.transaction() as connection:
        connection.execute(_Q["checkpoints"], twins._given())
        connection.execute(_Q["settled"], twins._given())


def checkpoint_kb(worker: Pool, vehicles: Sequence[int]) -> float:
    """Mean size of the vehicles' checkpoints."""
    with worker.transaction() as connection:
        row = connection.execute(_Q["weight"], {"vehicles": list(vehicles)}).fetchone()
    return float(row[0]) / 1000 if row else 0.0
