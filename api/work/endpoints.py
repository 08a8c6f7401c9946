"""/api/v1/orders, /queue, /slots, /notes, /group, /cohorts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, Security
from pydantic import BaseModel, ConfigDict, Field

from api import ids, query_params
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import PROBLEMS
from api.vehicles.service import vehicle_of
from api.work import queue as order_of_work
from api.work import service
from api.work.schemas import (
    Answer,
    AskExtra,
    BayTimeOut,
    CentreOut,
    CohortRow,
    Move,
    NoteOut,
    OrderOut,
    QueueItem,
    Rate,
)

router = APIRouter(prefix="/api/v1", tags=["workshop"], responses=PROBLEMS)

ReadsWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ])]
MovesWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ, Right.WORK_MOVE])]
DecidesWork = Annotated[Caller, Security(signed_in, scopes=[Right.WORK_READ, Right.WORK_DECIDE])]
ReadsQueue = Annotated[Caller, Security(signed_in, scopes=[Right.QUEUE_READ])]
WritesNotes = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ, Right.NOTE_WRITE])]
ReadsGroup = Annotated[Caller, Security(signed_in, scopes=[Right.GROUP_READ])]
ReadsCohorts = Annotated[Caller, Security(signed_in, scopes=[Right.COHORT_READ])]
Context = Annotated[AppContext, Depends(context_of)]


class Note(BaseModel):
    """A note of a call."""

    model_config = ConfigDict(extra="forbid")
    body: str = Field(min_length=1, max_length=4000, examples=["Owner asked for Saturday"])


@router.get("/queue")
def queue(caller: ReadsQueue, context: Context) -> list[QueueItem]:
    """Open alerts of the centre's cars by priority, with the reasons."""
    return order_of_work.ordered(context.stores.workshop.queue(caller.reach), caller.now)


@router.get("/orders")
def orders(
    caller: ReadsWork,
    context: Context,
    vehicle: Annotated[str | None, Query(max_length=20)] = None,
    only_open: bool = False,
    limit: query_params.Limit = 50,
) -> list[OrderOut]:
    """Work orders you may see, next first."""
    vehicle_id = ids.number(vehicle, ids.vehicle) if vehicle else None
    found = context.stores.workshop.orders(
        caller.reach, vehicle_id=vehicle_id, open=only_open, most=limit
    )
    return [service.shown(context, each) for each in found]


@router.get("/orders/{order_id}")
def order(order_id: ids.OrderId, caller: ReadsWork, context: Context) -> OrderOut:
    """One work order with its steps and extra work."""
    return service.shown(context, service.order_row(context, caller, order_id))


@router.post("/orders/{order_id}/moves")
def move(order_id: ids.OrderId, body: Move, caller: MovesWork, context: Context) -> OrderOut:
    """Set the next state; the owner sees it at once."""
    return service.move(context, caller, service.order_row(context, caller, order_id), body)


@router.post("/orders/{order_id}/extras", status_code=201)
def ask(order_id: ids.OrderId, body: AskExtra, caller: MovesWork, context: Context) -> OrderOut:
    """Ask the owner about more work."""
    return service.ask_extra(context, caller, service.order_row(context, caller, order_id), body)


@router.post("/orders/{order_id}/extras/{extra_id}")
def answer(
    order_id: ids.OrderId,
    extra_id: ids.ExtraId,
    body: Answer,
    caller: DecidesWork,
    context: Context,
) -> OrderOut:
    """Your yes or no to more work."""
    found = service.order_row(context, caller, order_id)
    return service.answer_extra(context, caller, found, extra_id, yes=body.yes)


@router.post("/orders/{order_id}/rating", status_code=204)
def rate(order_id: ids.OrderId, body: Rate, caller: DecidesWork, context: Context) -> Response:
    """Rate finished work, once."""
    found = service.order_row(context, caller, order_id)
    context.stores.workshop.rate(caller.reach, found.id, body.rating, body.note)
    return Response(status_code=204)


@router.get("/slots")
def slots(
    caller: ReadsQueue, context: Context, days: Annotated[int, Query(ge=1, le=60)] = 14
) -> list[BayTimeOut]:
    """Bay time of your centre, taken or free."""
    return service.bay_time(context, caller, days)


@router.get("/vehicles/{vehicle_id}/notes")
def notes(vehicle_id: ids.VehicleId, caller: WritesNotes, context: Context) -> list[NoteOut]:
    """Call notes about a car."""
    found = vehicle_of(context, caller, vehicle_id, "notes")
    return service.notes(context, caller, found.id)


@router.post("/vehicles/{vehicle_id}/notes", status_code=204)
def add_note(
    vehicle_id: ids.VehicleId, body: Note, caller: WritesNotes, context: Context
) -> Response:
    """Write a note of a call."""
    found = vehicle_of(context, caller, vehicle_id)
    context.stores.workshop.add_note(caller.reach, found.id, body.body, caller.now)
    return Response(status_code=204)


@router.get("/group")
def group(caller: ReadsGroup, context: Context) -> list[CentreOut]:
    """Centres side by side, rates with their intervals."""
    return service.group(context, caller)


@router.get("/cohorts")
def cohorts(caller: ReadsCohorts, context: Context) -> list[CohortRow]:
    """Cars of one kind together: who drifts away from the rest."""
    return service.cohorts(context, caller)
