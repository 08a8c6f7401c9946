"""/api/v1/consents, a car's access log and export."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response, Security

from api import ids, query_params
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.consents import service
from api.consents.schemas import ConsentOut, Give, LookPage
from api.errors import PROBLEMS
from api.vehicles.service import vehicle_of

router = APIRouter(prefix="/api/v1", tags=["privacy"], responses=PROBLEMS)

Consents = Annotated[Caller, Security(signed_in, scopes=[Right.CONSENT])]
ReadsAccess = Annotated[Caller, Security(signed_in, scopes=[Right.ACCESS_READ])]
Exports = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ, Right.EXPORT])]
Context = Annotated[AppContext, Depends(context_of)]


@router.get("/consents")
def consents(caller: Consents, context: Context) -> list[ConsentOut]:
    """What you allowed, newest first, with what has ended."""
    return [service.shown_consent(c, caller) for c in context.stores.consents.mine(caller.reach)]


@router.post("/vehicles/{vehicle_id}/consents", status_code=201)
def give(vehicle_id: ids.VehicleId, body: Give, caller: Consents, context: Context) -> ConsentOut:
    """Say yes to one purpose for a number of days."""
    return service.give(context, caller, vehicle_of(context, caller, vehicle_id), body)


@router.delete("/consents/{consent_id}", status_code=204)
def withdraw(consent_id: ids.ConsentId, caller: Consents, context: Context) -> Response:
    """Take it back, at once."""
    service.withdraw(context, caller, consent_id)
    return Response(status_code=204)


@router.get("/vehicles/{vehicle_id}/access")
def access(
    vehicle_id: ids.VehicleId,
    caller: ReadsAccess,
    context: Context,
    limit: query_params.Limit = 50,
    cursor: query_params.Cursor = None,
) -> LookPage:
    """Who looked at the car, when and at what."""
    found = vehicle_of(context, caller, vehicle_id)
    return service.looks(context, caller, found, cursor, limit)


@router.get("/vehicles/{vehicle_id}/export")
def export(vehicle_id: ids.VehicleId, caller: Exports, context: Context) -> dict[str, object]:
    """Everything about the car that is yours to take along, as JSON."""
    return service.export(context, caller, vehicle_of(context, caller, vehicle_id))
