"""The owner's control over the data: consents with purpose and term, who looked, export."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, Security
from fastapi.responses import JSONResponse

from api import ids
from api.auth.caller import Caller, posting, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.consents import service
from api.consents.schemas import Give
from api.vehicles import service as vehicles
from api.web import frame
from domain.consent import LONGEST_TERM, Purpose
from domain.identity import public_id

router = APIRouter(prefix="/privacy", include_in_schema=False)

Reads = Annotated[Caller, Security(signed_in, scopes=[Right.CONSENT, Right.ACCESS_READ])]
Consents = Annotated[Caller, Security(posting, scopes=[Right.CONSENT])]
Exports = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ, Right.EXPORT])]
Context = Annotated[AppContext, Depends(context_of)]


@router.get("")
def page(request: Request, caller: Reads, context: Context) -> Response:
    """Each car: what is allowed, until when, and who looked."""
    given = [service.shown_consent(c, caller) for c in context.stores.consents.mine(caller.reach)]
    cars = [
        {
            "car": vehicles.shown(row, caller.now),
            "consents": {
                c.purpose: c for c in given if c.in_force and c.vehicle == public_id(row.id)
            },
            "looks": service.looks(context, caller, row, None, 20).items,
        }
        for row in context.stores.garage.vehicles(caller.reach, most=20)
    ]
    terms = {p: LONGEST_TERM[p].days for p in Purpose}
    return frame.draw(request, caller, "owner/privacy.html", cars=cars, terms=terms)


@router.post("/{vehicle_id}/give")
def give(
    vehicle_id: ids.VehicleId,
    caller: Consents,
    context: Context,
    purpose: Annotated[Purpose, Form()],
    days: Annotated[int, Form(ge=1, le=730)],
) -> Response:
    """Yes to one purpose for a term."""
    row = vehicles.vehicle_of(context, caller, vehicle_id)
    service.give(context, caller, row, Give(purpose=purpose, days=days))
    return frame.back("/privacy", "consent_given")


@router.post("/withdraw/{consent_id}")
def withdraw(consent_id: ids.ConsentId, caller: Consents, context: Context) -> Response:
    """No, at once."""
    service.withdraw(context, caller, consent_id)
    return frame.back("/privacy", "consent_withdrawn")


@router.get("/{vehicle_id}/export")
def export(vehicle_id: ids.VehicleId, caller: Exports, context: Context) -> Response:
    """Everything about the car that is mine, as a file."""
    row = vehicles.vehicle_of(context, caller, vehicle_id)
    name = f'attachment; filename="{vehicle_id}.json"'
    return JSONResponse(service.export(context, caller, row), headers={"Content-Disposition": name})
