"""Events nobody has judged yet: taken, judged and closed in one transaction.

LISTEN wakes the caller, a poll is the truth: `wait` returns after its time whatever was heard.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
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
        """Judge up to `limit` events and all that say the same; how many were handled. Alerts and
        handled_at are committed together."""
        with self._pool.transaction() as connection:
            events = [
                _event(row) for row in connection.execute(_Q["take"], {"limit": limit}).fetchall()
            ]
            lock_vehicles(connection, {event.vehicle_id for _, event in events})
            taken = [number for number, _ in events]
            handled = 0
            for number, event in _firsts(events):
                self._handle(connection, event)
                handled += 1 + self._fold(connection, number, event)
            connection.execute(_Q["handled"], {"ids": taken})
        return handled

    def _fold(self, connection: Connection, number: int, event: UrgentEvent) -> int:
        """Every later event of the car that says the same is one repeat, however many they are."""
        said = event.event
        same = {
            "vehicle": event.vehicle_id,
            "after": number,
            "kind": said.kind.value,
            "code": said.code,
            "component": said.component,
            "level": said.level,
            "active": said.active,
            "origin": event.origin.value,
        }
        row = connection.execute(_Q["same"], same).fetchone()
        count, newest_ms = row if row else (0, None)
        if count:
            last = replace(event, event=replace(said, t_ms=newest_ms))
            self._handle(connection, last, times=count)
        return int(count)

    def _handle(self, connection: Connection, event: UrgentEvent, times: int = 1) -> None:
        """One event, or several that say the same; one that can never become an alert must not
        hold up the others."""
        judged = self._judge(event, read_open(connection, event.vehicle_id))
        changes = [replace(change, times=times) for change in judged]
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


def _firsts(events: Sequence[tuple[int, UrgentEvent]]) -> list[tuple[int, UrgentEvent]]:
    """The first event of each car and meaning: the others of the same are folded into it."""
    seen: dict[tuple[object, ...], tuple[int, UrgentEvent]] = {}
    for number, event in events:
        said = event.event
        meaning = (said.kind, said.code, said.component, said.level, said.active, event.origin)
        seen.setdefault((event.vehicle_id, *meaning), (number, event))
    return list(seen.values())


def _event(row: tuple[Any, ...]) -> tuple[int, UrgentEvent]:
    number, tenant, vehicle, origin, received, *told = row
    return number, UrgentEvent(
        tenant_id=tenant,
        vehicle_id=vehicle,
        event=event_of_row(tuple(told)),
        origin=Origin(origin),
        received_at=received,
    )
