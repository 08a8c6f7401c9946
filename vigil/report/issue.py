"""Issuing: an assessment becomes a numbered, signed report."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from domain.health import Assessment
from domain.identity import public_id
from domain.reports import SignedReport
from domain.vehicle import Vehicle
from vigil.report.content import Frame, body
from vigil.report.keys import KeyRing


def issue(
    assessment: Assessment,
    vehicle: Vehicle,
    keys: KeyRing,
    now: datetime,
    *,
    address: str,
    vin: str | None = None,
    odometer_km: float | None = None,
    cohort: Mapping[str, Mapping[str, object]] | None = None,
) -> SignedReport:
    """Freeze and sign. `address` is the public base of the verify page (https://…)."""
    report_id = public_id(secrets.randbelow(2**63 - 1) + 1, "r")
    frame = Frame(
        report_id=report_id,
        issued_at=now,
        verify_url=f"{address.rstrip('/')}/verify/{report_id}",
        vin=vin,
        odometer_km=odometer_km,
        cohort=cohort,
    )
    return keys.sign(body(assessment, vehicle, frame))
