"""/api/v1/offers and /api/v1/catalogue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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
def catalogue(caller: ReadsOffers, context: Context) -> dict[str, Any]:
    """Every service and package with its price, for everybody the same."""
    found = service.catalogue_of(context)
    return {
        "version": found.version,
        "labour_fen_h": found.labour_fen_h,
        "services": [
            {
                "id": s.id,
                "name": {"zh": s.name.zh, "en": s.name.en},
                "list_fen": s.list_fen,
                "labour_h": s.labour_h,
                "parts": list(s.parts),
                "demo_price": s.demo_price,
                "powertrains": sorted(s.powertrains),
            }
            for s in found.services.values()
        ],
        "packages": [
            {
                "id": p.id,
                "name": {"zh": p.name.zh, "en": p.name.en},
                "price_fen": p.price_fen,
                "price_high_fen": p.price_high_fen,
                "demo_price": p.demo_price,
                "powertrains": sorted(p.powertrains),
            }
            for p in found.packages.values()
        ],
    }


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
