"""Messages that wait, were sent (with proof) or failed (with the reason)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from store.db.pool import Pool
from store.db.reach import Reach, reaching, rows
from store.db.sql import queries
from store.people.people import Person
from store.people.vehicle_reads import Row

_Q = queries("notifications")
_PEOPLE = queries("people")

Outcome = tuple[str | None, str | None, datetime]
"""Proof or None, failure or None, when to try again."""


class Notifications:
    """The delivery log. `Send` is called inside the transaction that holds the row."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def fresh_changes(self, since: datetime, most: int = 200) -> list[Row]:
        """Steps of alerts that people should hear of and nobody was told yet."""
        with self._pool.transaction() as line:
            return rows(line, _Q["fresh_changes"], {"since": since, "most": most})

    def escalations(self, since: datetime, until: datetime) -> list[Row]:
        """Red steps of that span that nobody acknowledged and no manager heard of."""
        with self._pool.transaction() as line:
            return rows(line, _Q["escalations"], {"since": since, "until": until})

    def hearers(self, change: Row, at: datetime) -> list[Person]:
        """Keepers of the car and the advisers of its centre."""
        return self._people(change, at, "keepers") + self.staff(change, at, "adviser")

    def staff(self, change: Row, at: datetime, role: str) -> list[Person]:
        """People of that role at the car's centre."""
        return self._people(change, at, "centre_staff", role)

    def _people(self, change: Row, at: datetime, query: str, role: str = "") -> list[Person]:
        values = {
            "tenant_id": change["tenant_id"],
            "vehicle_id": change["vehicle_id"],
            "centre_id": change["centre_id"],
            "at": at,
            "role": role,
        }
        with self._pool.transaction() as line:
            return [Person.of(each) for each in rows(line, _PEOPLE[query], values)]

    def add(self, messages: Sequence[dict[str, Any]]) -> int:
        """Queue messages; the same step, person and channel only once."""
        with self._pool.transaction() as line:
            return sum(line.execute(_Q["add"], each).rowcount for each in messages)

    def deliver(
        self, send: Callable[[Row], Outcome], at: datetime, *, tries: int, most: int = 50
    ) -> tuple[int, int]:
        """Send what is due; returns (sent, failed). Two deliverers never take the same row."""
        sent = failed = 0
        with self._pool.transaction() as line:
            for message in rows(line, _Q["take"], {"at": at, "tries": tries, "most": most}):
                proof, why, again = send(message)
                values = {"id": message["id"], "at": at, "proof": proof, "why": why, "next": again}
                line.execute(_Q["sent" if proof is not None else "failed"], values)
                sent, failed = sent + (proof is not None), failed + (proof is None)
        return sent, failed

    def mine(self, reach: Reach, most: int = 50) -> list[Row]:
        """Messages to the asking person."""
        with reaching(self._pool, reach) as line:
            return rows(line, _Q["mine"], {"most": most})
