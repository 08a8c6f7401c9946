"""/api/v1/offers and /api/v1/catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response, Security

from api import ids, query_params
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import PROBLEMS
from api.offers import service
from api.offers.schemas import (
    Accept,
    Accepted,
    BillOut,
    CatalogueOut,
    Choice,
    Decline,
    Edit,
    OfferOut,
    OfferPage,
)

router = APIRouter(prefix="/api/v1", tags=["offers"], responses=PROBLEMS)

ReadsOffers = Annotated[Caller, Security(signed_in, scopes=[Right.OFFER_READ])]
Decides = Annotated[Caller, Security(signed_in, scopes=[Right.OFFER_READ, Right.OFFER_DECIDE])]
Edits = Annotated[Caller, Security(signed_in, scopes=[Right.OFFER_READ, Right.OFFER_EDIT])]
Context = Annotated[AppContext, Depends(context_of)]
State = Annotated[Literal["open", "accepted", "declined", "expired", "withdrawn"] | None, Query()]


@router.get("/catalogue")
def catalogue(caller: ReadsOffers, context: Context) -> CatalogueOut:
    """Every service and package with its price, for everybody the same."""
    return service.listed(service.catalogue_of(context))


@router.get("/offers")
def offers(
    caller: ReadsOffers,
    context: Context,
    state: State = None,
    vehicle: Annotated[str | None, Query(max_length=20)] = None,
    limit: query_params.Limit = 20,
    cursor: query_params.Cursor = None,
) -> OfferPage:
    """Offers for cars you may see, newest first."""
    vehicle_id = ids.number(vehicle, ids.vehicle) if vehicle else None
    return service.page(
        context, caller, state=state, vehicle_id=vehicle_id, cursor=cursor, limit=limit
    )


@router.get("/offers/{offer_id}")
def offer(offer_id: ids.OfferId, caller: ReadsOffers, context: Context) -> OfferOut:
    """One offer with every item priced alone."""
    return service.shown(context, caller, service.offer_row(context, caller, offer_id))


@router.post("/offers/{offer_id}/price")
def price(offer_id: ids.OfferId, body: Choice, caller: ReadsOffers, context: Context) -> BillOut:
    """What a choice of items would cost; nothing is agreed."""
    found = service.offer_row(context, caller, offer_id)
    return service.priced(context, caller, found, body.services)


@router.post("/offers/{offer_id}/accept", status_code=201)
def accept(offer_id: ids.OfferId, body: Accept, caller: Decides, context: Context) -> Accepted:
    """Say yes to some items and book a time."""
    return service.accept(context, caller, service.offer_row(context, caller, offer_id), body)


@router.post("/offers/{offer_id}/decline", status_code=204)
def decline(offer_id: ids.OfferId, body: Decline, caller: Decides, context: Context) -> Response:
    """Say no, with a reason if you like. The alert stays."""
    service.decline(context, caller, service.offer_row(context, caller, offer_id), body)
    return Response(status_code=204)


@router.patch("/offers/{offer_id}")
def edit(offer_id: ids.OfferId, body: Edit, caller: Edits, context: Context) -> OfferOut:
    """Leave items out or lower prices (service staff)."""
    return service.edit(context, caller, service.offer_row(context, caller, offer_id), body)
