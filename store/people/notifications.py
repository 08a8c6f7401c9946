"""Messages that wait, were sent (with proof) or failed (with the reason)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from store.db.pool import Pool
from store.db.reach import rows
from store.db.sql import queries
from store.people.people import Person
from store.people.rows.people import ChangeToTell, DueMessage, NewMessage

_Q = queries("notifications")
_PEOPLE = queries("people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a try: the channel's `proof`, or why it `failed` and when to try `again`."""

    proof: str | None = None
    failed: str | None = None
    again: datetime


class Notifications:
    """The delivery log, for the worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def fresh_changes(
        self, since: datetime, window: timedelta, most: int = 200
    ) -> list[ChangeToTell]:
        """Steps of alerts that people should hear of: one of an alert, and none that is as serious
        as what was told about the same cause of the car within `window` before it or since."""
        with self._pool.transaction() as connection:
            wanted = {"since": since, "window": window, "most": most}
            return rows(connection, _Q["fresh_changes"], wanted, ChangeToTell)

    def escalations(
        self, since: datetime, until: datetime, window: timedelta
    ) -> list[ChangeToTell]:
        """Red steps of that span, one of an alert, that nobody acknowledged and whose alert no
        manager heard of within `window`."""
        with self._pool.transaction() as connection:
            span = {"since": since, "until": until, "window": window}
            return rows(connection, _Q["escalations"], span, ChangeToTell)

    def hearers(self, change: ChangeToTell, at: datetime) -> list[Person]:
        """Keepers of the car and the advisers of its centre."""
        return self._people(change, at, "keepers") + self.staff(change, at, "adviser")

    def staff(self, change: ChangeToTell, at: datetime, role: str) -> list[Person]:
        """People of that role at the car's centre."""
        return self._people(change, at, "centre_staff", role)

    def _people(
        self, change: ChangeToTell, at: datetime, query: str, role: str = ""
    ) -> list[Person]:
        about = {
            "tenant_id": change.tenant_id,
            "vehicle_id": change.vehicle_id,
            "centre_id": change.centre_id,
        }
        with self._pool.transaction() as connection:
            return rows(connection, _PEOPLE[query], {**about, "at": at, "role": role}, Person)

    def add(self, messages: Sequence[NewMessage]) -> int:
        """Queue messages; the same step, person and channel only once."""
        with self._pool.transaction() as connection:
            return sum(connection.execute(_Q["add"], asdict(each)).rowcount for each in messages)

    def deliver(
        self, send: Callable[[DueMessage], Outcome], at: datetime, *, tries: int, most: int = 50
    ) -> tuple[int, int]:
        """Send what is due; returns (sent, failed). Two deliverers never take the same row:
        `send` is called inside the transaction that holds it."""
        sent = failed = 0
        with self._pool.transaction() as connection:
            wanted = {"at": at, "tries": tries, "most": most}
            for message in rows(connection, _Q["take"], wanted, DueMessage):
                outcome = send(message)
                result = asdict(outcome) | {"id": message.id, "at": at}
                connection.execute(_Q["sent" if outcome.proof is not None else "failed"], result)
                sent += outcome.proof is not None
                failed += outcome.proof is None
        return sent, failed
