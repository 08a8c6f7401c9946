"""The consent book: every yes and every no, with the hash of the text that was shown."""

from __future__ import annotations

from datetime import datetime

from domain.consent import Consent
from domain.identity import new_vehicle_id
from store.db.pool import Pool
from store.db.reach import Reach, reaching, row, rows
from store.db.sql import queries
from store.people.vehicle_reads import Row

_Q = queries("consents")


class Consents:
    """What the asking person allowed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def mine(self, reach: Reach, vehicle_id: int | None = None) -> list[Row]:
        """Given, ended and withdrawn ones, newest first."""
        with reaching(self._pool, reach) as line:
            return rows(line, _Q["list"], {"vehicle_id": vehicle_id})

    def give(self, reach: Reach, consent: Consent) -> int:
        """Record a yes; an earlier one for the same purpose ends with it."""
        id = new_vehicle_id()
        values = {
            "id": id,
            "vehicle_id": consent.vehicle_id,
            "purpose": consent.purpose.value,
            "at": consent.given_at,
            "until": consent.until,
            "text_hash": consent.text_hash,
        }
        with reaching(self._pool, reach) as line:
            line.execute(_Q["withdraw_purpose"], values)
            line.execute(_Q["give"], values)
        return id

    def withdraw(self, reach: Reach, consent_id: int, at: datetime) -> bool:
        """Record a no; False when there was nothing to withdraw."""
        with reaching(self._pool, reach) as line:
            return row(line, _Q["withdraw"], {"id": consent_id, "at": at}) is not None
