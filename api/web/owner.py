"""The owner's app: my cars, battery, alerts, offers, work."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, Security

from api import ids
from api.alerts import service as alerts
from api.alerts.schemas import Act
from api.auth.caller import Caller, posting, signed_in
from api.auth.dependencies import Desk, desk_of
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
from store.people.vehicle_reads import Row

router = APIRouter(include_in_schema=False)

Reads = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
ReadsAlerts = Annotated[Caller, Security(signed_in, scopes=[Right.ALERT_READ])]
ActsOnAlerts = Annotated[Caller, Security(posting, scopes=[Right.ALERT_READ, Right.ALERT_ACT])]
ReadsOffers = Annotated[Caller, Security(signed_in, scopes=[Right.OFFER_READ])]
PricesOffers = Annotated[Caller, Security(posting, scopes=[Right.OFFER_READ])]
Decides = Annotated[Caller, Security(posting, scopes=[Right.OFFER_READ, Right.OFFER_DECIDE])]
ReadsWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ])]
DecidesWork = Annotated[Caller, Security(posting, scopes=[Right.WORK_READ, Right.WORK_DECIDE])]
TheDesk = Annotated[Desk, Depends(desk_of)]
Chosen = Annotated[list[str], Form(default_factory=list, max_length=20)]
TRENDS = {"capacity_soh": "%", "resistance": "mΩ"}
"""What the battery page draws over past assessments."""


@router.get("/cars")
def cars(request: Request, caller: Reads, desk: TheDesk) -> Response:
    """All my cars with ages and the worst open alert."""
    found = vehicles.page(desk, caller, None, 50).items
    open_alerts = alerts.page(
        desk, caller, state="open", vehicle_id=None, cursor=None, limit=50
    ).items
    open_offers = offers.page(desk, caller, state="open", vehicle_id=None, cursor=None, limit=20)
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
def car(request: Request, vehicle_id: ids.VehicleId, caller: Reads, desk: TheDesk) -> Response:
    """One car: what it says now, its alerts, offers and work."""
    row = vehicles.vehicle_of(desk, caller, vehicle_id, "state")
    return frame.draw(request, caller, "owner/car.html", **about(desk, caller, row))


def about(desk: Desk, caller: Caller, row: Row) -> dict[str, Any]:
    """What both the owner's and the console's page of a car show."""
    pages = {
        "alerts": alerts.page(
            desk, caller, state=None, vehicle_id=row["id"], cursor=None, limit=20
        ).items,
        "offers": offers.page(
            desk, caller, state=None, vehicle_id=row["id"], cursor=None, limit=10
        ).items,
    }
    orders = desk.stores.workshop.orders(caller.reach, vehicle_id=row["id"], open=False, most=10)
    return {
        "car": vehicles.shown(row, caller.now),
        "now": car_state.of(desk, caller, row),
        "battery": assessed(desk, caller, row),
        "orders": [work.shown(desk, o) for o in orders],
        **pages,
    }


def assessed(desk: Desk, caller: Caller, row: Row) -> BatteryOut | None:
    """The newest battery assessment; None while there is none or the car has no such battery."""
    if row["powertrain"] not in ("bev", "phev"):
        return None
    try:
        return battery.report(desk, caller, row)
    except NotFound:
        return None


@router.get("/cars/{vehicle_id}/battery")
def battery_report(
    request: Request, vehicle_id: ids.VehicleId, caller: Reads, desk: TheDesk
) -> Response:
    """The battery report: a number with its interval, or what is missing for one."""
    row = vehicles.vehicle_of(desk, caller, vehicle_id, "battery")
    report, lang = assessed(desk, caller, row), frame.language(request, caller)
    found = alerts.page(desk, caller, state="open", vehicle_id=row["id"], cursor=None, limit=20)
    health, trends = None, {}
    if report is not None:
        health = health_page.page_of(report, row, found.items, lang, caller.person.zone)
        trends = {
            name: health_page.trend_chart(lang, name, battery.trend(desk, caller, row, name), unit)
            for name, unit in TRENDS.items()
        }
    return frame.draw(
        request,
        caller,
        "owner/battery.html",
        report=report,
        health=health,
        trends=trends,
        volts=_cells(desk, caller, row),
        alerts=found.items,
        **report_pages.block(desk, caller, row),
    )


def _cells(desk: Desk, caller: Caller, row: Row) -> CellsOut | None:
    try:
        return battery.cells(desk, caller, row)
    except NotFound:
        return None


@router.get("/alerts/{alert_id}")
def alert(request: Request, alert_id: ids.AlertId, caller: ReadsAlerts, desk: TheDesk) -> Response:
    """One alert in plain words with its evidence."""
    row = alerts.alert_of(desk, caller, alert_id)
    shown = alerts.detail(desk, caller, row)
    car_row = vehicles.vehicle_of(desk, caller, shown.vehicle)
    found = offers.page(
        desk, caller, state=None, vehicle_id=car_row["id"], cursor=None, limit=20
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
    desk: TheDesk,
    action: Annotated[str, Form(pattern="^(acknowledge|snooze|resolve|wrong)$")],
    why: Annotated[str, Form(max_length=500)] = "",
    days: Annotated[int, Form(ge=1, le=30)] = 7,
) -> Response:
    """Seen, later, done, or wrong."""
    until = caller.now + timedelta(days=days) if action == "snooze" else None
    row = alerts.alert_of(desk, caller, alert_id)
    alerts.act(
        desk, caller, row, Act.model_validate({"action": action, "why": why, "until": until})
    )
    return frame.back(f"/alerts/{alert_id}", action)


@router.get("/offers")
def all_offers(request: Request, caller: ReadsOffers, desk: TheDesk) -> Response:
    """Offers, open ones first."""
    found = offers.page(desk, caller, state=None, vehicle_id=None, cursor=None, limit=50).items
    found.sort(key=lambda o: o.state != "open")
    return frame.draw(request, caller, "owner/offers.html", offers=found)


@router.get("/offers/{offer_id}")
def offer(
    request: Request,
    offer_id: ids.OfferId,
    caller: ReadsOffers,
    desk: TheDesk,
    item: Annotated[list[str], Query(default_factory=list, max_length=20)],
) -> Response:
    """One offer: each item with its price, who pays and why; nothing ticked."""
    row = offers.offer_row(desk, caller, offer_id)
    shown = offers.shown(desk, caller, row)
    car_row = vehicles.vehicle_of(desk, caller, shown.vehicle)
    known = [x.service for x in shown.lines if x.service in item]
    return frame.draw(
        request,
        caller,
        "offer.html",
        offer=shown,
        car=vehicles.shown(car_row, caller.now),
        chosen=known,
        bill=offers.priced(desk, caller, row, known) if known else None,
    )


@router.post("/offers/{offer_id}/price")
def price(
    request: Request, offer_id: ids.OfferId, caller: PricesOffers, desk: TheDesk, services: Chosen
) -> Response:
    """The sum of what is ticked, and the times that fit it (a part of the page)."""
    row = offers.offer_row(desk, caller, offer_id)
    bill = offers.priced(desk, caller, row, services) if services else None
    shown = offers.shown(desk, caller, row)
    return frame.draw(request, caller, "parts/bill.html", offer=shown, bill=bill, chosen=services)


@router.post("/offers/{offer_id}/accept")
def accept(
    offer_id: ids.OfferId,
    caller: Decides,
    desk: TheDesk,
    services: Chosen,
    version: Annotated[int, Form(ge=1)],
    slot: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Yes to the ticked items."""
    if not services:
        return frame.back(f"/offers/{offer_id}", "nothing_chosen")
    row = offers.offer_row(desk, caller, offer_id)
    body = Accept(services=services, version=version, slot=slot or None)
    made = offers.accept(desk, caller, row, body)
    return frame.back(f"/orders/{made.order}", "accepted")


@router.post("/offers/{offer_id}/decline")
def decline(
    offer_id: ids.OfferId,
    caller: Decides,
    desk: TheDesk,
    version: Annotated[int, Form(ge=1)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """No, and why."""
    row = offers.offer_row(desk, caller, offer_id)
    offers.decline(desk, caller, row, Decline(version=version, reason=reason))
    return frame.back("/offers", "declined")


@router.get("/orders")
def orders(request: Request, caller: ReadsWork, desk: TheDesk) -> Response:
    """My bookings and their progress."""
    if not frame.is_owner(caller):
        return frame.back("/console/orders")
    found = desk.stores.workshop.orders(caller.reach, vehicle_id=None, open=False, most=50)
    return frame.draw(
        request, caller, "owner/orders.html", orders=[work.shown(desk, o) for o in found]
    )


@router.get("/orders/{order_id}")
def order(request: Request, order_id: ids.OrderId, caller: ReadsWork, desk: TheDesk) -> Response:
    """One work order: progress, extra work, bill, rating; staff move it on."""
    shown = work.shown(desk, work.order_row(desk, caller, order_id))
    catalogue = offers.catalogue_of(desk)
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
    desk: TheDesk,
    yes: Annotated[bool, Form()],
) -> Response:
    """My yes or no to more work."""
    row = work.order_row(desk, caller, order_id)
    work.answer_extra(desk, caller, row, extra_id, yes=yes)
    return frame.back(f"/orders/{order_id}", "extra_yes" if yes else "extra_no")


@router.post("/orders/{order_id}/rate")
def rate(
    order_id: ids.OrderId,
    caller: DecidesWork,
    desk: TheDesk,
    rating: Annotated[int, Form(ge=1, le=5)],
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """How it was."""
    row = work.order_row(desk, caller, order_id)
    body = Rate(rating=rating, note=note)
    desk.stores.workshop.rate(caller.reach, row["id"], body.rating, body.note)
    return frame.back(f"/orders/{order_id}", "rated")
