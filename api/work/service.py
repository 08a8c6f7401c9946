"""Work orders, centres and cohorts in words, for requests and pages. The rules are care."""

from __future__ import annotations

from datetime import timedelta

from api import ids
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.auth.rights import Right
from api.offers.service import catalogue_of, title_of
from api.work.schemas import (
    AskExtra,
    BayTimeOut,
    CentreOut,
    CohortCarOut,
    CohortRow,
    ExtraOut,
    Move,
    NoteOut,
    OrderOut,
    StepOut,
)
from care.figures.cohorts import CarHealth, CohortFigures
from care.figures.cohorts import cohorts as cohort_figures
from care.figures.intervals import wilson
from care.offers.catalogue import Catalogue
from care.orders import move_order
from care.orders.move_order import NEXT
from domain.errors import NotFound
from domain.identity import public_id
from store.people.rows.work import CentreFigures, OrderExtra, OrderRow


def order_row(context: AppContext, caller: Caller, text: str) -> OrderRow:
    """The work order behind a public id, inside the caller's reach."""
    found = context.stores.workshop.order(caller.reach, ids.number(text, ids.order))
    if found is None:
        raise NotFound(f"no work order {text} here", remedy="see GET /api/v1/orders")
    return found


def shown(context: AppContext, order: OrderRow) -> OrderOut:
    """One order in words."""
    catalogue = catalogue_of(context)
    return OrderOut(
        id=public_id(order.id, "w"),
        offer=public_id(order.offer_id, "o"),
        vehicle=public_id(order.vehicle_id),
        make=order.make,
        model=order.model,
        state=order.state,
        services=list(order.services),
        names=[_name(catalogue, s) for s in order.services],
        title=title_of(order.cause, order.alert_id, catalogue),
        agreed_fen=order.agreed_fen,
        total_fen=move_order.total_fen(order),
        start=order.start_at,
        end=order.end_at,
        technician=order.technician,
        outcome=order.outcome,
        rating=order.rating,
        next_states=list(NEXT[order.state]),
        steps=[StepOut(at=s.at, state=s.state, note=s.note) for s in order.steps],
        extras=[_extra(extra, catalogue) for extra in order.extras],
    )


def _name(catalogue: Catalogue, service: str) -> dict[str, str]:
    name = catalogue.name(service)
    return {"zh": name.zh, "en": name.en}


def _extra(extra: OrderExtra, catalogue: Catalogue) -> ExtraOut:
    return ExtraOut(
        id=public_id(extra.id, "x"),
        service=extra.service,
        name=_name(catalogue, extra.service),
        price_fen=extra.price_fen,
        why=extra.why,
        state=extra.state,
    )


def move(context: AppContext, caller: Caller, order: OrderRow, body: Move) -> OrderOut:
    """The next state; the order as it is then."""
    move_order.move_order(
        context.stores.workshop,
        caller.reach,
        order,
        body.state,
        now=caller.now,
        note=body.note,
        outcome=body.outcome,
    )
    return _again(context, caller, order)


def ask_extra(context: AppContext, caller: Caller, order: OrderRow, body: AskExtra) -> OrderOut:
    """Ask for more work; the order as it is then."""
    move_order.ask_extra(
        context.stores.workshop,
        caller.reach,
        order,
        catalogue_of(context),
        service=body.service,
        price_fen=body.price_fen,
        why=body.why,
        now=caller.now,
    )
    return _again(context, caller, order)


def answer_extra(
    context: AppContext, caller: Caller, order: OrderRow, extra: str, *, yes: bool
) -> OrderOut:
    """The owner's yes or no; the order as it is then."""
    context.stores.workshop.decide_extra(
        caller.reach, order.id, ids.number(extra, ids.extra), yes=yes, at=caller.now
    )
    return _again(context, caller, order)


def _again(context: AppContext, caller: Caller, order: OrderRow) -> OrderOut:
    return shown(context, order_row(context, caller, public_id(order.id, "w")))


def group(context: AppContext, caller: Caller) -> list[CentreOut]:
    """Counts and rates per centre, with intervals: small numbers do not rank."""
    return [_centre(row) for row in context.stores.workshop.group(caller.reach)]


def _centre(row: CentreFigures) -> CentreOut:
    wrong = wilson(row.alerts_wrong, row.alerts_closed)
    accepted = wilson(row.accepted, row.accepted + row.declined)
    return CentreOut(
        name=row.name,
        title=row.title,
        vehicles=row.vehicles,
        alerts_open=row.alerts_open,
        offers=row.offers,
        accepted=row.accepted,
        declined=row.declined,
        done=row.done,
        confirmed=row.confirmed,
        not_found=row.not_found,
        wrong_share=wrong[0],
        wrong_low=wrong[1],
        wrong_high=wrong[2],
        accept_share=accepted[0],
        accept_low=accepted[1],
        accept_high=accepted[2],
        rating=row.rating,
        ratings=row.ratings,
    )


def cohorts(context: AppContext, caller: Caller) -> list[CohortRow]:
    """Cars by make, model, year and powertrain with their measured battery health."""
    cars = context.stores.garage.cohort(caller.reach)
    found = cohort_figures(cars, single_cars=caller.may(Right.VEHICLE_READ))
    return [_cohort(each) for each in found]


def _cohort(cohort: CohortFigures) -> CohortRow:
    return CohortRow(
        cohort=cohort.name,
        vehicles=cohort.vehicles,
        with_soh=cohort.with_soh,
        median=cohort.median,
        low=cohort.low,
        high=cohort.high,
        cars=[_car(car) for car in cohort.cars],
    )


def _car(car: CarHealth) -> CohortCarOut:
    return CohortCarOut(vehicle=public_id(car.vehicle_id), soh=car.soh, low=car.low, high=car.high)


def bay_time(context: AppContext, caller: Caller, days: int) -> list[BayTimeOut]:
    """Bay time of the caller's centre for so many days; none for somebody without a centre."""
    centre = caller.reach.centre_id
    if centre is None:
        return []
    high = caller.now + timedelta(days=days)
    return [
        BayTimeOut(
            id=public_id(slot.id, "s"),
            start=slot.start_at,
            end=slot.end_at,
            skills=list(slot.skills),
            bay=slot.bay,
            taken=slot.taken,
        )
        for slot in context.stores.workshop.slots(caller.reach, centre, caller.now, high)
    ]


def notes(context: AppContext, caller: Caller, vehicle_id: int) -> list[NoteOut]:
    """Notes of calls about a car, newest first."""
    written = context.stores.workshop.notes(caller.reach, vehicle_id)
    return [NoteOut(at=note.at, body=note.body, name=note.name) for note in written]
