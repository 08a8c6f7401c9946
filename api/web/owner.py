"""The owner's app: my cars, battery, alerts, offers, work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, Security

from api import ids
from api.alerts import service as alerts
from api.alerts.schemas import Act
from api.auth.caller import Caller, posting, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.battery import service as battery
from api.battery.schemas import BatteryOut, CellsOut
from api.offers import service as offers
from api.offers.schemas import Accept, Decline
from api.vehicles import service as vehicles
from api.web import car_state, formatting, frame, health_page
from api.web import reports as report_pages
from api.work import service as work
from api.work.schemas import Rate
from domain.errors import NotFound
from store.people.rows.cars import VehicleRow

router = APIRouter(include_in_schema=False)

Reads = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
ReadsAlerts = Annotated[Caller, Security(signed_in, scopes=[Right.ALERT_READ])]
ActsOnAlerts = Annotated[Caller, Security(posting, scopes=[Right.ALERT_READ, Right.ALERT_ACT])]
ReadsOffers = Annotated[Caller, Security(signed_in, scopes=[Right.OFFER_READ])]
PricesOffers = Annotated[Caller, Security(posting, scopes=[Right.OFFER_READ])]
Decides = Annotated[Caller, Security(posting, scopes=[Right.OFFER_READ, Right.OFFER_DECIDE])]
ReadsWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ])]
DecidesWork = Annotated[Caller, Security(posting, scopes=[Right.WORK_READ, Right.WORK_DECIDE])]
Context = Annotated[AppContext, Depends(context_of)]
Chosen = Annotated[list[str], Form(default_factory=list, max_length=20)]
TRENDS = {"capacity_soh": "%", "resistance": "mΩ"}
"""What the battery page draws over past assessments."""


@router.get("/cars")
def cars(request: Request, caller: Reads, context: Context) -> Response:
    """All my cars with ages and the worst open alert."""
    found = vehicles.page(context, caller, None, 50).items
    open_alerts = alerts.page(
        context, caller, state="open", vehicle_id=None, cursor=None, limit=50
    ).items
    open_offers = offers.page(context, caller, state="open", vehicle_id=None, cursor=None, limit=20)
    return frame.draw(
        request,
        caller,
        "owner/cars.html",
        cars=found,
        car_names=formatting.car_names(found),
        alerts=open_alerts,
        offers=open_offers.items,
    )


@router.get("/cars/{vehicle_id}")
def car(request: Request, vehicle_id: ids.VehicleId, caller: Reads, context: Context) -> Response:
    """One car: what it says now, its alerts, offers and work."""
    row = vehicles.vehicle_of(context, caller, vehicle_id, "state")
    return frame.draw(request, caller, "owner/car.html", **about(context, caller, row))


def about(context: AppContext, caller: Caller, row: VehicleRow) -> Mapping[str, Any]:
    """What both the owner's and the console's page of a car show."""
    pages = {
        "alerts": alerts.page(
            context, caller, state=None, vehicle_id=row.id, cursor=None, limit=20
        ).items,
        "offers": offers.page(
            context, caller, state=None, vehicle_id=row.id, cursor=None, limit=10
        ).items,
    }
    orders = context.stores.workshop.orders(caller.reach, vehicle_id=row.id, open=False, most=10)
    return {
        "car": vehicles.shown(row, caller.now),
        "now": car_state.of(context, caller, row),
        "battery": assessed(context, caller, row),
        "orders": [work.shown(context, o) for o in orders],
        **pages,
    }


def assessed(context: AppContext, caller: Caller, row: VehicleRow) -> BatteryOut | None:
    """The newest battery assessment; None while there is none or the car has no such battery."""
    if row.powertrain not in ("bev", "phev"):
        return None
    try:
        return battery.report(context, caller, row)
    except NotFound:
        return None


@router.get("/cars/{vehicle_id}/battery")
def battery_report(
    request: Request, vehicle_id: ids.VehicleId, caller: Reads, context: Context
) -> Response:
    """The battery report: a number with its interval, or what is missing for one."""
    row = vehicles.vehicle_of(context, caller, vehicle_id, "battery")
    report, lang = assessed(context, caller, row), frame.language(request, caller)
    found = alerts.page(context, caller, state="open", vehicle_id=row.id, cursor=None, limit=20)
    health, trends = None, {}
    if report is not None:
        health = health_page.page_of(report, row, found.items, lang, caller.person.zone)
        trends = {
            name: health_page.trend_chart(
                lang, name, battery.trend(context, caller, row, name), unit
            )
            for name, unit in TRENDS.items()
        }
    return frame.draw(
        request,
        caller,
        "owner/battery.html",
        report=report,
        health=health,
        trends=trends,
        volts=_cells(context, caller, row),
        alerts=found.items,
        **report_pages.block(context, caller, row),
    )


def _cells(context: AppContext, caller: Caller, row: VehicleRow) -> CellsOut | None:
    try:
        return battery.cells(context, caller, row)
    except NotFound:
        return None


@router.get("/alerts/{alert_id}")
def alert(
    request: Request, alert_id: ids.AlertId, caller: ReadsAlerts, context: Context
) -> Response:
    """One alert in plain words with its evidence."""
    row = alerts.alert_of(context, caller, alert_id)
    shown = alerts.detail(context, caller, row)
    car_row = vehicles.vehicle_of(context, caller, shown.vehicle)
    found = offers.page(
        context, caller, state=None, vehicle_id=car_row.id, cursor=None, limit=20
    ).items
    lang = frame.language(request, caller)
    return frame.draw(
        request,
        caller,
        "alert.html",
        alert=shown,
        car=vehicles.shown(car_row, caller.now),
        chart=formatting.evidence_chart(lang, shown.chart, shown.limits),
        evidence=formatting.evidence_rows(lang, shown.values, shown.limits),
        offer=next((o for o in found if o.alert == shown.id), None),
        do=car_state.advice(shown.cause, lang),
    )


@router.post("/alerts/{alert_id}/act")
def act(
    alert_id: ids.AlertId,
    caller: ActsOnAlerts,
    context: Context,
    action: Annotated[str, Form(pattern="^(acknowledge|snooze|resolve|wrong)$")],
    why: Annotated[str, Form(max_length=500)] = "",
    days: Annotated[int, Form(ge=1, le=30)] = 7,
) -> Response:
    """Seen, later, done, or wrong."""
    until = caller.now + timedelta(days=days) if action == "snooze" else None
    row = alerts.alert_of(context, caller, alert_id)
    alerts.act(
        context, caller, row, Act.model_validate({"action": action, "why": why, "until": until})
    )
    return frame.back(f"/alerts/{alert_id}", action)


@router.get("/offers")
def all_offers(request: Request, caller: ReadsOffers, context: Context) -> Response:
    """Offers, open ones first."""
    found = offers.page(context, caller, state=None, vehicle_id=None, cursor=None, limit=50).items
    found.sort(key=lambda o: o.state != "open")
    return frame.draw(request, caller, "owner/offers.html", offers=found)


@router.get("/offers/{offer_id}")
def offer(
    request: Request,
    offer_id: ids.OfferId,
    caller: ReadsOffers,
    context: Context,
    item: Annotated[list[str], Query(default_factory=list, max_length=20)],
) -> Response:
    """One offer: each item with its price, who pays and why; nothing ticked."""
    row = offers.offer_row(context, caller, offer_id)
    shown = offers.shown(context, caller, row)
    car_row = vehicles.vehicle_of(context, caller, shown.vehicle)
    known = [x.service for x in shown.lines if x.service in item]
    return frame.draw(
        request,
        caller,
        "offer.html",
        offer=shown,
        car=vehicles.shown(car_row, caller.now),
        chosen=known,
        bill=offers.priced(context, caller, row, known) if known else None,
    )


@router.post("/offers/{offer_id}/price")
def price(
    request: Request,
    offer_id: ids.OfferId,
    caller: PricesOffers,
    context: Context,
    services: Chosen,
) -> Response:
    """The sum of what is ticked, and the times that fit it (a part of the page)."""
    row = offers.offer_row(context, caller, offer_id)
    bill = offers.priced(context, caller, row, services) if services else None
    shown = offers.shown(context, caller, row)
    return frame.draw(request, caller, "parts/bill.html", offer=shown, bill=bill, chosen=services)


@router.post("/offers/{offer_id}/accept")
def accept(
    offer_id: ids.OfferId,
    caller: Decides,
    context: Context,
    services: Chosen,
    version: Annotated[int, Form(ge=1)],
    slot: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Yes to the ticked items."""
    if not services:
        return frame.back(f"/offers/{offer_id}", "nothing_chosen")
    row = offers.offer_row(context, caller, offer_id)
    body = Accept(services=services, version=version, slot=slot or None)
    made = offers.accept(context, caller, row, body)
    return frame.back(f"/orders/{made.order}", "accepted")


@router.post("/offers/{offer_id}/decline")
def decline(
    offer_id: ids.OfferId,
    caller: Decides,
    context: Context,
    version: Annotated[int, Form(ge=1)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """No, and why."""
    row = offers.offer_row(context, caller, offer_id)
    offers.decline(context, caller, row, Decline(version=version, reason=reason))
    return frame.back("/offers", "declined")


@router.get("/orders")
def orders(request: Request, caller: ReadsWork, context: Context) -> Response:
    """My bookings and their progress."""
    if not frame.is_owner(caller):
        return frame.back("/console/orders")
    found = context.stores.workshop.orders(caller.reach, vehicle_id=None, open=False, most=50)
    return frame.draw(
        request, caller, "owner/orders.html", orders=[work.shown(context, o) for o in found]
    )


@router.get("/orders/{order_id}")
def order(request: Request, order_id: ids.OrderId, caller: ReadsWork, context: Context) -> Response:
    """One work order: progress, extra work, bill, rating; staff move it on."""
    shown = work.shown(context, work.order_row(context, caller, order_id))
    catalogue = offers.catalogue_of(context)
    lang = frame.language(request, caller)
    named = [
        (s.id, getattr(s.name, lang), s.list_fen)
        for s in catalogue.services.values()
        if s.id not in shown.services
    ]
    return frame.draw(request, caller, "order.html", order=shown, services=named)


@router.post("/orders/{order_id}/extras/{extra_id}")
def answer_extra(
    order_id: ids.OrderId,
    extra_id: ids.ExtraId,
    caller: DecidesWork,
    context: Context,
    yes: Annotated[bool, Form()],
) -> Response:
    """My yes or no to more work."""
    row = work.order_row(context, caller, order_id)
    work.answer_extra(context, caller, row, extra_id, yes=yes)
    return frame.back(f"/orders/{order_id}", "extra_yes" if yes else "extra_no")


@router.post("/orders/{order_id}/rate")
def rate(
    order_id: ids.OrderId,
    caller: DecidesWork,
    context: Context,
    rating: Annotated[int, Form(ge=1, le=5)],
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """How it was."""
    row = work.order_row(context, caller, order_id)
    body = Rate(rating=rating, note=note)
    context.stores.workshop.rate(caller.reach, row.id, body.rating, body.note)
    return frame.back(f"/orders/{order_id}", "rated")
