"""/api/v1/vehicles."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Security

from api import ids, query_params
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import PROBLEMS
from api.vehicles import service
from api.vehicles.schemas import EventPage, RecordsOut, SeriesOut, StateOut, VehicleOut, VehiclePage

router = APIRouter(prefix="/api/v1/vehicles", tags=["vehicles"], responses=PROBLEMS)

ReadsCars = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
Context = Annotated[AppContext, Depends(context_of)]
VehicleCursor = Annotated[str | None, Query(max_length=20, description="`next` of the page before")]


@router.get("")
def vehicles(
    caller: ReadsCars,
    context: Context,
    limit: query_params.Limit = 50,
    cursor: VehicleCursor = None,
) -> VehiclePage:
    """Cars you may see, with the age of their newest reading."""
    return service.page(context, caller, cursor, limit)


@router.get("/{vehicle_id}")
def vehicle(vehicle_id: ids.VehicleId, caller: ReadsCars, context: Context) -> VehicleOut:
    """One car."""
    return service.shown(service.vehicle_of(context, caller, vehicle_id, "vehicle"), caller.now)


@router.get("/{vehicle_id}/state")
def state(
    vehicle_id: ids.VehicleId,
    caller: ReadsCars,
    context: Context,
    zone: query_params.ZoneName = "UTC",
) -> StateOut:
    """The newest reading of every signal, with its age, and the reason where it is null."""
    found = service.vehicle_of(context, caller, vehicle_id, "state")
    return service.state(context, caller, found, query_params.zone(zone))


@router.get("/{vehicle_id}/series")
def series(
    vehicle_id: ids.VehicleId,
    caller: ReadsCars,
    context: Context,
    signal: Annotated[str, Query(max_length=60, examples=["soc_pct"])],
    start: query_params.From = None,
    to: query_params.To = None,
    points: Annotated[int, Query(ge=1, le=service.MOST_POINTS, description="Buckets")] = 400,
    zone: query_params.ZoneName = "UTC",
) -> SeriesOut:
    """One signal over at most 400 days, down-sampled to `points` buckets."""
    span = query_params.span(start, to, caller.now, usual=service.USUAL, most=service.LONGEST)
    found = service.vehicle_of(context, caller, vehicle_id, "series")
    return service.series(
        context, caller, found, signal, span=span, points=points, zone=query_params.zone(zone)
    )


@router.get("/{vehicle_id}/events")
def events(
    vehicle_id: ids.VehicleId,
    caller: ReadsCars,
    context: Context,
    start: query_params.From = None,
    to: query_params.To = None,
    limit: query_params.Limit = 50,
    cursor: query_params.Cursor = None,
    zone: query_params.ZoneName = "UTC",
) -> EventPage:
    """Alarms, trouble codes and gateway news of at most 400 days."""
    most = service.LONGEST
    span = query_params.span(start, to, caller.now, usual=timedelta(days=30), most=most)
    found = service.vehicle_of(context, caller, vehicle_id, "events")
    return service.events(
        context, caller, found, span=span, cursor=cursor, limit=limit, zone=query_params.zone(zone)
    )


@router.get("/{vehicle_id}/records")
def records(
    vehicle_id: ids.VehicleId,
    caller: ReadsCars,
    context: Context,
    kind: Literal["trip", "charge", "crank", "parked"],
    start: query_params.From = None,
    to: query_params.To = None,
    limit: query_params.Limit = 50,
) -> RecordsOut:
    """Trips, charges, cranks or parked periods of at most 400 days, newest first."""
    most = service.LONGEST
    span = query_params.span(start, to, caller.now, usual=timedelta(days=90), most=most)
    found = service.vehicle_of(context, caller, vehicle_id, "records")
    items = service.records(context, caller, found, kind, span=span, limit=limit)
    return RecordsOut(kind=kind, items=[dict(item) for item in items])
