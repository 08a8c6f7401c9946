"""Reports: asked for at most once a day, listed, read, printed, verified. Nothing is signed here.

A person asks; a worker makes (vigil.report.report_jobs). The service holds no key and computes
nothing.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.reports.schemas import AskOut, ReportOut, ReportsOut, StandingOut
from care.reports import ask_report
from domain.errors import NotFound
from domain.identity import public_id
from domain.reports import ALGORITHM
from store.people.reports import KeptReport
from store.people.rows.cars import VehicleRow
from store.people.rows.people import ReportAsk


def listed(context: AppContext, caller: Caller, vehicle: VehicleRow) -> ReportsOut:
    """Reports of a car; an owner sees those of their own time with it."""
    kept = context.stores.reports.of_vehicle(caller.reach, vehicle.id)
    newest = context.stores.report_desk.newest(caller.reach, vehicle.id)
    ask = None if newest is None else _asked(newest)
    waits = ask is not None and ask.state == "being_made"
    why = ask_report.WhyNot(obstacle="being_made") if waits else _why_not(context, caller, vehicle)
    return ReportsOut(
        items=[_shown(each, caller.now) for each in kept],
        ask=ask,
        why_not=None if why is None else why.obstacle,
        next_at=None if why is None else why.next_at,
    )


def ask(context: AppContext, caller: Caller, vehicle: VehicleRow) -> AskOut:
    """Put the car in line for a report; the same ask again while one is being made."""
    ask_report.check_powertrain(vehicle.powertrain)
    book, role = context.stores.report_desk, caller.person.role
    open_ask = book.newest(caller.reach, vehicle.id)
    if open_ask is not None and open_ask.ended_at is None:
        return _asked(open_ask)
    made = ask_report.ask_report(
        book,
        caller.reach,
        vehicle.id,
        role=role,
        assessed=_is_assessed(context, caller, vehicle),
        now=caller.now,
    )
    context.stores.log.note(caller.reach, role, vehicle.id, "report_ask", caller.now)
    return _asked(made)


def _is_assessed(context: AppContext, caller: Caller, vehicle: VehicleRow) -> bool:
    return context.stores.garage.assessment(caller.reach, vehicle.id) is not None


def _why_not(context: AppContext, caller: Caller, vehicle: VehicleRow) -> ask_report.WhyNot | None:
    return ask_report.why_not(
        context.stores.report_desk,
        caller.reach,
        vehicle.id,
        assessed=_is_assessed(context, caller, vehicle),
        now=caller.now,
    )


def _asked(found: ReportAsk) -> AskOut:
    made = found.report_id
    ended = found.ended_at is not None
    return AskOut(
        state="being_made" if not ended else "failed" if made is None else "made",
        asked_at=found.asked_at,
        report=None if made is None else public_id(made, "r"),
        trouble=found.trouble or None,
    )


def _shown(kept: KeptReport, now: datetime) -> ReportOut:
    body: dict[str, Any] = dict(kept.report.body)
    return ReportOut(
        id=kept.report.report_id,
        standing=kept.standing(now).value,
        pdf=kept.printed,
        issued_at=body["issued_at"],
        valid_until=body["valid_until"],
        data_until=body["data_until"],
        verify_url=body["verify_url"],
        capacity_soh_pct=(body["health"].get("capacity_soh") or {}).get("value"),
    )


def one(context: AppContext, caller: Caller, report_id: str) -> KeptReport:
    """A report of a car in reach; NotFound for any other."""
    found = context.stores.reports.seen(caller.reach, report_id)
    if found is None:
        raise NotFound(
            f"no report {report_id} here", remedy="see GET /api/v1/vehicles/{id}/reports"
        )
    vehicle_id, kept = found
    context.stores.log.note(caller.reach, caller.person.role, vehicle_id, "report", caller.now)
    return kept


def pdf(context: AppContext, caller: Caller, report_id: str) -> bytes:
    """The printed pages; NotFound where none could be printed."""
    one(context, caller, report_id)
    found = context.stores.reports.printed(caller.reach, report_id)
    if found is None:
        raise NotFound(
            f"report {report_id} has no PDF: no font with Chinese where it was made",
            remedy="its JSON and its page stand; an operator installs fonts-noto-cjk",
        )
    return found


def found(context: AppContext, report_id: str, address: str) -> KeptReport:
    """The kept report; NotFound for an unknown one, Busy for who asks too often."""
    context.reports.take(address)
    kept = context.stores.reports.find(report_id)
    if kept is None:
        raise NotFound(
            "unknown: no report with this number was issued here",
            remedy="compare the number with the paper; ask whoever gave it to you",
        )
    return kept


def standing(context: AppContext, kept: KeptReport) -> StandingOut:
    """The whole verification."""
    return StandingOut(
        report=kept.report.report_id,
        standing=kept.standing(context.options.clock()).value,
        key_id=kept.report.key_id,
        algorithm=ALGORITHM,
        public_key=base64.urlsafe_b64encode(kept.key.raw).decode(),
        signature=base64.urlsafe_b64encode(kept.report.signature).decode(),
        body=dict(kept.report.body),
    )
