"""Verifying a report: its signature, and what the book knows. Nothing else is told."""

from __future__ import annotations

import base64

from api.auth.desk import Desk
from api.reports.schemas import StandingOut
from domain.errors import NotFound
from domain.reports import ALGORITHM
from store.reports import KeptReport


def found(desk: Desk, report_id: str, address: str) -> KeptReport:
    """The kept report; NotFound for an unknown one, Busy for who asks too often."""
    desk.reports.take(address)
    kept = desk.stores.reports.find(report_id)
    if kept is None:
        raise NotFound(
            "unknown: no report with this number was issued here",
            remedy="compare the number with the paper; ask whoever gave it to you",
        )
    return kept


def standing(desk: Desk, kept: KeptReport) -> StandingOut:
    """The whole verification."""
    return StandingOut(
        report=kept.report.report_id, standing=kept.standing(desk.options.clock()).value,
        key_id=kept.report.key_id, algorithm=ALGORITHM,
        public_key=base64.urlsafe_b64encode(kept.key.raw).decode(),
        signature=base64.urlsafe_b64encode(kept.report.signature).decode(),
        body=dict(kept.report.body),
    )  # fmt: skip
