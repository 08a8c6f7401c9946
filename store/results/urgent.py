"""Events nobody has judged yet: taken, judged and closed in one transaction.

LISTEN wakes the caller, a poll is the truth: `wait` returns after its time whatever was heard.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any

import psycopg

from domain.errors import GiveUp
from firmware_contracts.telemetry import Origin
from store.db.errors import translated
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.history.stored_facts import event_of_row
from store.results.alerts import apply_in, lock_vehicles, read_open
from store.results.urgent_event import Judge, UrgentEvent

log = logging.getLogger(__name__)
_Q = queries("urgent")


class UrgentEvents:
    """The PostgreSQL `UrgentQueue`; connects as vigil_worker. Many may take at once."""

    def __init__(self, pool: Pool, judge: Judge) -> None:
        self._pool = pool
        self._judge = judge
        self._listener: psycopg.Connection[Any] | None = None

    def take(self, limit: int) -> int:
        """Judge up to `limit` events; alerts and handled_at are committed together."""
        with self._pool.transaction() as connection:
            events = [
                _event(row) for row in connection.execute(_Q["take"], {"limit": limit}).fetchall()
            ]
            lock_vehicles(connection, {event.vehicle_id for _, event in events})
            for _, event in events:
                self._handle(connection, event)
            connection.execute(_Q["handled"], {"ids": [number for number, _ in events]})
        return len(events)

    def _handle(self, connection: Connection, event: UrgentEvent) -> None:
        """One event; one that can never become an alert must not hold up the others."""
        changes = list(self._judge(event, read_open(connection, event.vehicle_id)))
        try:
            if changes:
                apply_in(connection, changes, datetime.now(UTC))
        except GiveUp:
            log.exception("an urgent event of vehicle %d became no alert", event.vehicle_id)

    def waiting(self) -> tuple[int, datetime | None]:
        """How many wait, and since when the oldest does."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["waiting"]).fetchone()
        return (int(row[0]), row[1]) if row else (0, None)

    def wait(self, seconds: float) -> None:
        """Return at a NOTIFY or after `seconds`; a broken line only costs the early wake-up."""
        began = time.monotonic()
        try:
            with translated():
                for _ in self._listening().notifies(timeout=seconds, stop_after=1):
                    return
        except Exception:
            self.close()
            time.sleep(max(0.0, began + seconds - time.monotonic()))

    def _listening(self) -> psycopg.Connection[Any]:
        if self._listener is None or self._listener.closed:
            self._listener = psycopg.connect(self._pool.url, autocommit=True)
            self._listener.execute(_Q["listen"])
        return self._listener

    def close(self) -> None:
        """End the listening line."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def _event(row: tuple[Any, ...]) -> tuple[int, UrgentEvent]:
    number, tenant, vehicle, origin, received, *told = row
    return number, UrgentEvent(
        tenant_id=tenant,
        vehicle_id=vehicle,
        event=event_of_row(tuple(told)),
        origin=Origin(origin),
        received_at=received,
    )
