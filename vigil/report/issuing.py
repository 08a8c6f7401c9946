"""Over the counter: a car's newest assessment becomes a report in the book, pages and two files."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from domain.errors import NotFound, Refused
from domain.identity import public_id
from domain.reports import SignedReport
from store.db.pool import Pool
from store.history.windows import Windows
from store.people.reports import Reports
from store.results.assessments import Assessments
from store.results.cohorts import Cohorts
from vigil.report.issue import issue
from vigil.report.keys import KeyRing
from vigil.report.pdf import render

log = logging.getLogger(__name__)


def hand_out(
    pool: Pool,
    keys: KeyRing,
    vehicle_id: int,
    now: datetime,
    *,
    address: str,
    ask: int | None = None,
) -> SignedReport:
    """Issue from what the last assessment run said, print it, and keep both; NotFound without an
    assessment, Refused for a car without a traction battery."""
    book = Assessments(pool)
    vehicle, assessment = book.vehicle(vehicle_id), book.latest(vehicle_id)
    if vehicle is None:
        raise NotFound(f"vehicle {public_id(vehicle_id)} is not registered")
    if not vehicle.electric:
        raise Refused(
            f"vehicle {public_id(vehicle_id)} has no traction battery",
            remedy="battery reports are for electric and plug-in cars",
        )
    if assessment is None:
        raise NotFound(
            f"vehicle {public_id(vehicle_id)} was never assessed",
            remedy="wait for its first assessment run",
        )
    reports = Reports(pool)
    report = issue(
        assessment,
        vehicle,
        keys,
        now,
        address=address,
        vin=reports.vin(vehicle_id),
        odometer_km=_odometer_km(pool, vehicle_id, assessment.as_of),
        cohort=_cohort(pool, vehicle_id),
    )
    reports.keep(vehicle_id, report, keys.public()[report.key_id], pdf=printed(report), ask=ask)
    return report


def printed(report: SignedReport) -> bytes | None:
    """The PDF; None, and a word in the log, where this machine cannot print Chinese."""
    try:
        return render(report)
    except Refused as problem:
        log.warning("report %s has no PDF: %s; %s", report.report_id, problem, problem.remedy)
        return None


def write(report: SignedReport, folder: Path) -> list[Path]:
    """`<id>.json`, and `<id>.pdf` where this machine can print Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{report.report_id}.json"]
    made[0].write_text(report.to_json(), "utf-8")
    pages = printed(report)
    if pages is not None:
        made.append(folder / f"{report.report_id}.pdf")
        made[1].write_bytes(pages)
    return made


def _cohort(pool: Pool, vehicle_id: int) -> Mapping[str, Mapping[str, object]] | None:
    """The car's ranks as the last look found them, by quantity; None before the first look."""
    names = ("rule", "cohort", "cars", "needed", "percentile", "low", "high", "ranked_at")
    found = Cohorts(pool).of_vehicle(vehicle_id)
    return {each.quantity: {name: getattr(each, name) for name in names} for each in found} or None


def _odometer_km(pool: Pool, vehicle_id: int, until: datetime) -> float | None:
    """The last distance read within two days of the assessment."""
    beyond = until + timedelta(seconds=1)
    window = Windows(pool).read(vehicle_id, ["odometer_m"], until - timedelta(days=2), beyond)
    known = window["odometer_m"][np.isfinite(window["odometer_m"])]
    return float(known[-1]) / 1000 if len(known) else None
