"""The service console: queue, car, offer editing, work, slots, cohorts, comparison."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request, Response, Security

from api import ids
from api.auth.caller import Caller, posting, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.offers import service as offers
from api.offers.schemas import Edit
from api.vehicles import service as vehicles
from api.web import formatting, frame, health_page
from api.web.owner import about
from api.work import queue, service
from api.work.schemas import AskExtra, BayTimeOut, Move
from care.slots.publish_slot import publish_slot
from domain.errors import NotFound

router = APIRouter(prefix="/console", include_in_schema=False)

ReadsQueue = Annotated[Caller, Security(signed_in, scopes=[Right.QUEUE_READ])]
ReadsCars = Annotated[Caller, Security(signed_in, scopes=[Right.QUEUE_READ, Right.VEHICLE_READ])]
WritesNotes = Annotated[Caller, Security(posting, scopes=[Right.VEHICLE_READ, Right.NOTE_WRITE])]
EditsOffers = Annotated[Caller, Security(posting, scopes=[Right.OFFER_READ, Right.OFFER_EDIT])]
ReadsWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ, Right.QUEUE_READ])]
MovesWork = Annotated[Caller, Security(posting, scopes=[Right.WORK_READ, Right.WORK_MOVE])]
WritesSlots = Annotated[Caller, Security(posting, scopes=[Right.SLOT_WRITE])]
ReadsCohorts = Annotated[Caller, Security(signed_in, scopes=[Right.COHORT_READ])]
ReadsGroup = Annotated[Caller, Security(signed_in, scopes=[Right.GROUP_READ])]
Anybody = Annotated[Caller, Security(signed_in, scopes=[Right.SELF])]
Context = Annotated[AppContext, Depends(context_of)]

CHARTS = {
    "bev": ("soc_pct", "pack_voltage_v", "pack_current_a", "probe_max_c", "lv_voltage_v"),
    "phev": ("soc_pct", "pack_voltage_v", "engine_speed_rpm", "coolant_temperature_c"),
    "petrol": ("engine_speed_rpm", "coolant_temperature_c", "lv_voltage_v", "tyre_fl_kpa"),
    "diesel": ("engine_speed_rpm", "coolant_temperature_c", "dpf_pressure_kpa", "lv_voltage_v"),
}
SPANS = {"hour": 1, "day": 24, "week": 24 * 7, "month": 24 * 30, "all": 24 * 365}
POINTS = 400
SLOT_DAYS = 14
"""Days of bay time on one page: two working weeks."""
BOARD = ("booked", "received", "in_work", "quality_check", "ready")


@router.get("")
def first(request: Request, caller: ReadsQueue, context: Context) -> Response:
    """Open alerts by priority, rescue cases on top, with why each stands where it stands."""
    items = queue.ordered(context.stores.workshop.queue(caller.reach), caller.now)
    return frame.draw(
        request,
        caller,
        "console/queue.html",
        items=items,
        rescues=[i for i in items if i.rescue],
    )


@router.get("/nothing")
def nothing(request: Request, caller: Anybody) -> Response:
    """A role without pages is told so."""
    return frame.draw(request, caller, "console/nothing.html")


@router.get("/cars")
def cars(
    request: Request, caller: ReadsCars, context: Context, after: str | None = None
) -> Response:
    """Cars of the centre."""
    found = vehicles.page(context, caller, after, 100)
    return frame.draw(request, caller, "console/cars.html", cars=found.items, onward=found.next)


@router.get("/cars/{vehicle_id}")
def car(
    request: Request,
    vehicle_id: ids.VehicleId,
    caller: ReadsCars,
    context: Context,
    span: Annotated[str, Query(pattern="^(hour|day|week|month|all)$")] = "day",
) -> Response:
    """One car: linked charts, alerts, offers, work, notes."""
    row = vehicles.vehicle_of(context, caller, vehicle_id, "state")
    lang = frame.language(request, caller)
    end = row.seen_at or caller.now
    window = (end - timedelta(hours=SPANS[span]), end + timedelta(seconds=1))
    charts = []
    for name in CHARTS.get(row.powertrain, CHARTS["petrol"]):
        found = vehicles.series(
            context, caller, row, name, span=window, points=POINTS, zone=ZoneInfo(row.zone)
        )
        drawn = formatting.series_chart(lang, name, found.t, found.mean, found.low, found.high)
        charts.append((name, drawn))
    shown = about(context, caller, row)
    report = shown["battery"]
    health = report and health_page.page_of(report, row, shown["alerts"], lang, caller.person.zone)
    may_note = caller.may(Right.NOTE_WRITE)
    notes = context.stores.workshop.notes(caller.reach, row.id) if may_note else []
    return frame.draw(
        request,
        caller,
        "console/car.html",
        charts=charts,
        span=span,
        spans=list(SPANS),
        notes=notes,
        may_note=may_note,
        health=health,
        **shown,
    )


@router.post("/cars/{vehicle_id}/notes")
def note(
    vehicle_id: ids.VehicleId,
    caller: WritesNotes,
    context: Context,
    body: Annotated[str, Form(min_length=1, max_length=4000)],
) -> Response:
    """A note of a call."""
    row = vehicles.vehicle_of(context, caller, vehicle_id)
    context.stores.workshop.add_note(caller.reach, row.id, body, caller.now)
    return frame.back(f"/console/cars/{vehicle_id}", "noted")


@router.post("/offers/{offer_id}/edit")
def edit(
    offer_id: ids.OfferId,
    caller: EditsOffers,
    context: Context,
    version: Annotated[int, Form(ge=1)],
    remove: Annotated[str, Form(max_length=60)] = "",
    service_id: Annotated[str, Form(max_length=60)] = "",
    yuan: Annotated[float | None, Form(ge=0, le=1_000_000)] = None,
) -> Response:
    """Leave an item out, or lower one price."""
    lowered = {service_id: round(yuan * 100)} if service_id and yuan is not None else {}
    body = Edit(version=version, remove=[remove] if remove else [], pay_fen=lowered)
    offers.edit(context, caller, offers.offer_row(context, caller, offer_id), body)
    return frame.back(f"/offers/{offer_id}", "edited")


@router.get("/orders")
def board(request: Request, caller: ReadsWork, context: Context) -> Response:
    """Work orders by state."""
    rows = context.stores.workshop.orders(caller.reach, vehicle_id=None, open=False, most=200)
    orders = [service.shown(context, o) for o in rows]
    columns = [(state, [o for o in orders if o.state == state]) for state in BOARD]
    ended = [o for o in orders if o.state in ("done", "cancelled")][:20]
    return frame.draw(request, caller, "console/board.html", columns=columns, ended=ended)


@router.post("/orders/{order_id}/move")
def move(
    order_id: ids.OrderId,
    caller: MovesWork,
    context: Context,
    state: Annotated[str, Form(max_length=20)],
    note: Annotated[str, Form(max_length=1000)] = "",
    outcome: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """The next state; the owner sees it at once."""
    row = service.order_row(context, caller, order_id)
    body = Move.model_validate({"state": state, "note": note, "outcome": outcome or None})
    service.move(context, caller, row, body)
    return frame.back(f"/orders/{order_id}", "moved")


@router.post("/orders/{order_id}/extras")
def ask(
    order_id: ids.OrderId,
    caller: MovesWork,
    context: Context,
    service_id: Annotated[str, Form(max_length=60)],
    why: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Ask the owner about more work."""
    row = service.order_row(context, caller, order_id)
    service.ask_extra(context, caller, row, AskExtra(service=service_id, why=why))
    return frame.back(f"/orders/{order_id}", "asked")


@router.get("/slots")
def slots(request: Request, caller: ReadsQueue, context: Context) -> Response:
    """Bay time of the coming two weeks, day by day."""
    zone = ZoneInfo(caller.person.zone)
    days: dict[str, list[BayTimeOut]] = {}
    for slot in service.bay_time(context, caller, SLOT_DAYS):
        days.setdefault(slot.start.astimezone(zone).date().isoformat(), []).append(slot)
    return frame.draw(
        request, caller, "console/slots.html", days=days, may_add=caller.may(Right.SLOT_WRITE)
    )


@router.post("/slots")
def add_slot(
    caller: WritesSlots,
    context: Context,
    start: Annotated[str, Form(max_length=20)],
    hours: Annotated[float, Form(gt=0, le=12)],
    bay: Annotated[str, Form(min_length=1, max_length=40)],
    high_voltage: Annotated[bool, Form()] = False,
) -> Response:
    """Publish bay time."""
    made = publish_slot(
        context.stores.workshop,
        caller.reach,
        start=start,
        zone=caller.person.zone,
        hours=hours,
        bay=bay,
        high_voltage=high_voltage,
        now=caller.now,
    )
    return frame.back("/console/slots", "slot_added" if made else "slot_there")


@router.get("/cohorts")
def cohorts(request: Request, caller: ReadsCohorts, context: Context) -> Response:
    """Cars of one kind together."""
    found = service.cohorts(context, caller)
    return frame.draw(request, caller, "console/cohorts.html", cohorts=found)


@router.get("/group")
def group(request: Request, caller: ReadsGroup, context: Context) -> Response:
    """Centres side by side."""
    return frame.draw(
        request,
        caller,
        "console/group.html",
        centres=service.group(context, caller),
        scored=context.options.score is not None,
    )


@router.get("/score")
def score(request: Request, caller: ReadsGroup, context: Context) -> Response:
    """A demo only: alerts held against the faults that were planted."""
    if context.options.score is None:
        raise NotFound("nothing was planted here", remedy="only a demo has a scorecard")
    return frame.draw(request, caller, "console/score.html", card=context.options.score())
