"""Over the counter: a car's newest assessment becomes a report in the book and two files."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from domain.errors import NotFound, Refused
from domain.identity import public_id
from domain.reports import SignedReport
from store.assessments import Assessments
from store.pool import Pool
from store.reports import Reports
from store.windows import Windows
from vigil.report.issue import issue
from vigil.report.keys import KeyRing
from vigil.report.pdf import render


def hand_out(
    pool: Pool, keys: KeyRing, vehicle_id: int, now: datetime, *, address: str
) -> SignedReport:
    """Issue from what the last assessment run said, and keep it; NotFound without one."""
    book = Assessments(pool)
    vehicle, assessment = book.vehicle(vehicle_id), book.latest(vehicle_id)
    if vehicle is None:
        raise NotFound(f"vehicle {public_id(vehicle_id)} is not registered")
    if assessment is None:
        raise NotFound(
            f"vehicle {public_id(vehicle_id)} was never assessed",
            remedy="wait for its first assessment run",
        )
    reports = Reports(pool)
    report = issue(
        assessment, vehicle, keys, now, address=address, vin=reports.vin(vehicle_id),
        odometer_km=_odometer_km(pool, vehicle_id, assessment.as_of),
    )  # fmt: skip
    reports.keep(vehicle_id, report, keys.public()[report.key_id])
    return report


def write(report: SignedReport, folder: Path) -> list[Path]:
    """`<id>.json`, and `<id>.pdf` where this machine can print Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{report.report_id}.json"]
    made[0].write_text(report.to_json(), "utf-8")
    try:
        printed = render(report)
    except Refused:
        return made
    made.append(folder / f"{report.report_id}.pdf")
    made[1].write_bytes(printed)
    return made


def _odometer_km(pool: Pool, vehicle_id: int, until: datetime) -> float | None:
    """The last distance read within two days of the assessment."""
    beyond = until + timedelta(seconds=1)
    window = Windows(pool).read(vehicle_id, ["odometer_m"], until - timedelta(days=2), beyond)
    known = window["odometer_m"][np.isfinite(window["odometer_m"])]
    return float(known[-1]) / 1000 if len(known) else None
