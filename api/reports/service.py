"""Reports: asked for at most once a day, listed, read, printed, verified. Nothing is signed here.

A person asks; a worker makes (vigil.report.report_jobs). The service holds no key and computes
nothing.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.reports.schemas import AskOut, ReportOut, ReportsOut, StandingOut, WhyNot
from api.vehicles.service import FIRST_TICK, tenure_floor
from domain.errors import Conflict, GiveUp, NotFound, Refused
from domain.identity import public_id
from domain.reports import ALGORITHM
from store.db.reach import Kind
from store.people.reports import KeptReport
from store.people.vehicle_reads import Row

EVERY = timedelta(days=1)
MOST_ASKS = 5
"""So many asks of a car in a day, made or not: a report that fails is not asked for for ever."""


def listed(context: AppContext, caller: Caller, vehicle: Row) -> ReportsOut:
    """Reports of a car; an owner sees those of their own time with it."""
    since = tenure_floor(context, caller, vehicle["id"], FIRST_TICK)
    kept = context.stores.reports.of_vehicle(caller.reach, vehicle["id"], since=since)
    newest = context.stores.report_desk.newest(caller.reach, vehicle["id"], since)
    ask = None if newest is None else _asked(newest)
    waits = ask is not None and ask.state == "being_made"
    why_not, next_at = ("being_made", None) if waits else _obstacle(context, caller, vehicle)
    items = [_shown(each, caller.now) for each in kept]
    return ReportsOut(items=items, ask=ask, why_not=why_not, next_at=next_at)


def ask(context: AppContext, caller: Caller, vehicle: Row) -> AskOut:
    """Put the car in line for a report; the same ask again while one is being made.

    Conflict when there is one of today or nothing to report, Refused without the keeper's yes.
    """
    if vehicle["powertrain"] not in ("bev", "phev"):
        raise Conflict("this car has no traction battery", remedy="ask for an electric car")
    book, who = context.stores.report_desk, caller.person.role
    found = book.newest(caller.reach, vehicle["id"])
    if found is not None and found["ended_at"] is None:
        return _asked(found)
    why_not, next_at = _obstacle(context, caller, vehicle)
    if why_not is not None:
        raise _refusal(why_not, next_at)
    context.stores.log.note(caller.reach, who, vehicle["id"], "report_ask", caller.now)
    book.ask(caller.reach, vehicle["id"], who, caller.now)
    found = book.newest(caller.reach, vehicle["id"])
    if found is None:
        raise NotFound("no such car here", remedy="see GET /api/v1/vehicles")
    return _asked(found)


def _obstacle(
    context: AppContext, caller: Caller, vehicle: Row
) -> tuple[WhyNot | None, datetime | None]:
    """Why no other report may be asked for now, and from when on where time heals it."""
    book = context.stores.report_desk
    if context.stores.garage.assessment(caller.reach, vehicle["id"]) is None:
        return "not_assessed", None
    foreign = caller.reach.kind is not Kind.OWNER
    if foreign and not book.allowed(caller.reach, vehicle["id"], caller.now):
        return "needs_consent", None
    turn = book.turn(caller.reach, vehicle["id"], caller.now)
    if turn.issued_at is not None and caller.now < turn.issued_at + EVERY:
        return "again_at", turn.issued_at + EVERY
    if turn.asks >= MOST_ASKS and turn.first_ask is not None:
        return "again_at", turn.first_ask + EVERY
    return None, None


def _refusal(why_not: WhyNot, next_at: datetime | None) -> GiveUp:
    if why_not == "needs_consent":
        return Refused(
            "the keeper of this car has not agreed to a battery certificate",
            remedy="they can agree on their privacy page, or ask for the report themselves",
        )
    if why_not == "not_assessed" or next_at is None:
        return Conflict("this car has not been assessed yet", remedy="wait for its first readings")
    return Conflict(
        "a report of this car was made or tried within the last 24 hours",
        remedy=f"see the list; ask again after {next_at:%Y-%m-%d %H:%M} UTC",
    )


def _asked(found: Row) -> AskOut:
    made = found["report_id"]
    ended = found["ended_at"] is not None
    return AskOut(
        state="being_made" if not ended else "failed" if made is None else "made",
        asked_at=found["asked_at"],
        report=None if made is None else public_id(made, "r"),
        trouble=found["trouble"] or None,
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
    if found is not None:
        vehicle_id, kept = found
        issued = datetime.fromisoformat(str(kept.report.body["issued_at"]))
        if issued >= tenure_floor(context, caller, vehicle_id, FIRST_TICK):
            context.stores.log.note(
                caller.reach, caller.person.role, vehicle_id, "report", caller.now
            )
            return kept
    raise NotFound(f"no report {report_id} here", remedy="see GET /api/v1/vehicles/{id}/reports")


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
