"""The book of signed reports: kept byte for byte, found by id, withdrawn, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotFound
from domain.identity import from_public
from domain.reports import PublicKey, SignedReport, Standing, verify
from store.db.pool import Pool
from store.db.reach import Reach, reaching, row, rows, value
from store.db.sql import queries
from store.people import report_requests

_Q = queries("reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report with what the book knows about it."""

    report: SignedReport
    key: PublicKey
    withdrawn: bool
    superseded: bool
    printed: bool = False

    def standing(self, now: datetime) -> Standing:
        """Signature checked, then the book asked."""
        return verify(
            self.report,
            {self.key.key_id: self.key},
            now,
            superseded=self.superseded,
            withdrawn=self.withdrawn,
            recorded=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReportRow:
    """A kept report as the database has it."""

    signed: str
    key_id: str
    public_key: bytes
    key_since: datetime
    key_compromised_at: datetime | None
    withdrawn: bool
    superseded: bool
    printed: bool = False

    def kept(self) -> KeptReport:
        """The report with what the book knows about it."""
        key = PublicKey(
            key_id=self.key_id,
            raw=bytes(self.public_key),
            since=self.key_since,
            compromised_at=self.key_compromised_at,
        )
        return KeptReport(
            report=SignedReport.from_json(self.signed),
            key=key,
            withdrawn=self.withdrawn,
            superseded=self.superseded,
            printed=self.printed,
        )


class Reports:
    """Keeps and prints as vigil_worker; finds as vigil_worker or vigil_api; lists as vigil_api."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def keep(
        self,
        vehicle_id: int,
        report: SignedReport,
        key: PublicKey,
        *,
        pdf: bytes | None = None,
        ask: int | None = None,
    ) -> None:
        """Keep a fresh report, with its printed pages where there are any, and end the ask it
        answers, all at once; NotFound when the vehicle is gone."""
        number = from_public(report.report_id, "r")
        issued_at = datetime.fromisoformat(str(report.body["issued_at"]))
        parameters = {
            "id": number,
            "vehicle": vehicle_id,
            "issued_at": issued_at,
            "key_id": key.key_id,
            "public_key": key.raw,
            "key_since": key.since,
            "signed": report.to_json(),
        }
        with self._pool.transaction() as connection:
            if connection.execute(_Q["keep"], parameters).fetchone() is None:
                raise NotFound(f"vehicle {vehicle_id} is not registered")
            if pdf is not None:
                connection.execute(_Q["keep_print"], {"id": number, "pdf": pdf})
            if ask is not None:
                report_requests.end(connection, ask, issued_at, report=number)

    def keep_print(self, report_id: str, pdf: bytes) -> None:
        """The printed pages of a report that was kept without."""
        with self._pool.transaction() as connection:
            connection.execute(_Q["keep_print"], {"id": from_public(report_id, "r"), "pdf": pdf})

    def unprinted(self, since: datetime, most: int = 10) -> list[SignedReport]:
        """Reports issued since then that have no printed pages, newest first."""
        with self._pool.transaction() as connection:
            found = connection.execute(_Q["unprinted"], {"since": since, "most": most}).fetchall()
        return [SignedReport.from_json(signed) for (signed,) in found]

    def of_vehicle(self, reach: Reach, vehicle_id: int, *, most: int = 20) -> list[KeptReport]:
        """Reports of a car in reach, newest first; an owner's are those of their own time."""
        values = {"vehicle": vehicle_id, "most": most, "id": None}
        with reaching(self._pool, reach) as connection:
            found = rows(connection, _Q["of_vehicle"], values, _ReportRow)
        return [each.kept() for each in found]

    def seen(self, reach: Reach, report_id: str) -> tuple[int, KeptReport] | None:
        """A report of a car in reach with its vehicle; None for a foreign or unknown one."""
        number = _number(report_id)
        with reaching(self._pool, reach) as connection:
            vehicle_id = value(connection, _Q["vehicle_of"], {"id": number})
            if vehicle_id is None:
                return None
            values = {"vehicle": vehicle_id, "most": 1, "id": number}
            found = row(connection, _Q["of_vehicle"], values, _ReportRow)
        return None if found is None else (vehicle_id, found.kept())

    def printed(self, reach: Reach, report_id: str) -> bytes | None:
        """The PDF of a report in reach; None where it was never printed."""
        with reaching(self._pool, reach) as connection:
            pdf = value(connection, _Q["print"], {"id": _number(report_id)})
        return None if pdf is None else bytes(pdf)

    def vin(self, vehicle_id: int) -> str | None:
        """The VIN to mask on a report; as vigil_worker only."""
        with self._pool.transaction() as connection:
            found = connection.execute(_Q["vin"], {"vehicle": vehicle_id}).fetchone()
        return None if found is None else found[0]

    def find(self, report_id: str) -> KeptReport | None:
        """By public id; None for an id that is none or was never issued."""
        number = _number(report_id)
        with self._pool.transaction() as connection:
            found = row(connection, _Q["find"], {"id": number}, _ReportRow)
        return None if found is None else found.kept()

    def withdraw(self, report_id: str, why: str, at: datetime) -> None:
        """From now on it verifies as withdrawn; NotFound when it is not there or was already."""
        parameters = {"id": from_public(report_id, "r"), "why": why, "at": at}
        with self._pool.transaction() as connection:
            if not connection.execute(_Q["withdraw"], parameters).rowcount:
                raise NotFound(f"no standing report {report_id}", remedy="check its number")

    def compromise(self, key_id: str, at: datetime) -> int:
        """Mark all reports of a key; those issued from `at` on no longer stand. How many."""
        with self._pool.transaction() as connection:
            return connection.execute(_Q["compromise"], {"key_id": key_id, "at": at}).rowcount


def _number(report_id: str) -> int | None:
    """The number behind a public id; None, which no report has, for a text that is none."""
    try:
        return from_public(report_id, "r")
    except ValueError:
        return None
