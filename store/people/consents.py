"""The consent book: every yes and every no, with the hash of the text that was shown."""

from __future__ import annotations

from datetime import datetime

from domain.consent import Consent
from domain.identity import new_vehicle_id
from store.db.pool import Pool
from store.db.reach import Reach, reaching, rows
from store.db.sql import queries
from store.people.rows.people import ConsentRow

_Q = queries("consents")


class Consents:
    """What the asking person allowed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def mine(self, reach: Reach, vehicle_id: int | None = None) -> list[ConsentRow]:
        """Given, ended and withdrawn ones, newest first."""
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q["list"], {"vehicle_id": vehicle_id}, ConsentRow)

    def give(self, reach: Reach, consent: Consent) -> ConsentRow:
        """Record a yes; an earlier one for the same purpose ends with it."""
        given = ConsentRow(
            id=new_vehicle_id(),
            vehicle_id=consent.vehicle_id,
            purpose=consent.purpose.value,
            given_at=consent.given_at,
            until=consent.until,
            text_hash=consent.text_hash,
            withdrawn_at=None,
        )
        parameters = {
            "id": given.id,
            "vehicle_id": given.vehicle_id,
            "purpose": given.purpose,
            "at": given.given_at,
            "until": given.until,
            "text_hash": given.text_hash,
        }
        with reaching(self._pool, reach) as connection:
            connection.execute(_Q["withdraw_purpose"], parameters)
            connection.execute(_Q["give"], parameters)
        return given

    def withdraw(self, reach: Reach, consent_id: int, at: datetime) -> bool:
        """Record a no; False when there was nothing to withdraw."""
        with reaching(self._pool, reach) as connection:
            return connection.execute(_Q["withdraw"], {"id": consent_id, "at": at}).rowcount == 1
