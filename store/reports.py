"""The book of signed reports: kept byte for byte, found by id, withdrawn, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotFound
from domain.identity import from_public
from domain.reports import PublicKey, SignedReport, Standing, verify
from store.pool import Pool
from store.sql import queries

_Q = queries("reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report with what the book knows about it."""

    report: SignedReport
    key: PublicKey
    withdrawn: bool
    superseded: bool

    def standing(self, now: datetime) -> Standing:
        """Signature checked, then the book asked."""
        return verify(
            self.report, {self.key.key_id: self.key}, now,
            superseded=self.superseded, withdrawn=self.withdrawn, recorded=True,
        )  # fmt: skip


class Reports:
    """Keeps as vigil_worker; finds as vigil_worker or vigil_api."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def keep(self, vehicle_id: int, report: SignedReport, key: PublicKey) -> None:
        """Keep a fresh report; NotFound when the vehicle is gone."""
        given = {
            "id": from_public(report.report_id, "r"), "vehicle": vehicle_id,
            "issued_at": datetime.fromisoformat(str(report.body["issued_at"])),
            "key_id": key.key_id, "public_key": key.raw, "key_since": key.since,
            "signed": report.to_json(),
        }  # fmt: skip
        with self._pool.transaction() as line:
            if line.execute(_Q["keep"], given).fetchone() is None:
                raise NotFound(f"vehicle {vehicle_id} is not registered")

    def vin(self, vehicle_id: int) -> str | None:
        """The VIN to mask on a report; as vigil_worker only."""
        with self._pool.transaction() as line:
            row = line.execute(_Q["vin"], {"vehicle": vehicle_id}).fetchone()
        return None if row is None else row[0]

    def find(self, report_id: str) -> KeptReport | None:
        """By public id; None for an id that is none or was never issued."""
        try:
            number = from_public(report_id, "r")
        except ValueError:
            return None
        with self._pool.transaction() as line:
            row = line.execute(_Q["find"], {"id": number}).fetchone()
        if row is None:
            return None
        signed, key_id, raw, since, compromised_at, withdrawn, superseded = row
        key = PublicKey(key_id=key_id, raw=bytes(raw), since=since, compromised_at=compromised_at)
        return KeptReport(
            report=SignedReport.from_json(signed), key=key, withdrawn=withdrawn,
            superseded=superseded,
        )  # fmt: skip

    def withdraw(self, report_id: str, why: str, at: datetime) -> None:
        """From now on it verifies as withdrawn; NotFound when it is not there or was already."""
        given = {"id": from_public(report_id, "r"), "why": why, "at": at}
        with self._pool.transaction() as line:
            if not line.execute(_Q["withdraw"], given).rowcount:
                raise NotFound(f"no standing report {report_id}", remedy="check its number")

    def compromise(self, key_id: str, at: datetime) -> int:
        """Mark all reports of a key; those issued from `at` on no longer stand. How many."""
        with self._pool.transaction() as line:
            return line.execute(_Q["compromise"], {"key_id": key_id, "at": at}).rowcount
