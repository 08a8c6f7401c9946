"""/api/v1: the reports of a car, one of them, its pages; and for anybody, whether one stands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, Security

from api import ids
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import PROBLEMS
from api.reports import service
from api.reports.schemas import AskOut, ReportsOut, SignedOut, StandingOut
from api.vehicles.service import vehicle_of

router = APIRouter(prefix="/api/v1", tags=["reports"], responses=PROBLEMS)

ReadsCars = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
Asks = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ, Right.REPORT_ASK])]
Context = Annotated[AppContext, Depends(context_of)]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "A4 pages, Chinese and English", "content": {"application/pdf": {}}}
}


@router.get("/vehicles/{vehicle_id}/reports")
def reports(vehicle_id: ids.VehicleId, caller: ReadsCars, context: Context) -> ReportsOut:
    """Signed battery reports of a car, newest first, and whether another may be asked for."""
    return service.listed(context, caller, vehicle_of(context, caller, vehicle_id))


@router.post("/vehicles/{vehicle_id}/reports", status_code=202)
def ask(vehicle_id: ids.VehicleId, caller: Asks, context: Context) -> AskOut:
    """Ask for a report, at most one per car and 24 hours. While one is being made, asking again
    changes nothing. A service centre needs the keeper's consent `certificate`."""
    return service.ask(context, caller, vehicle_of(context, caller, vehicle_id))


@router.get("/reports/{report_id}", responses={200: {"model": SignedOut}})
def report(report_id: ids.ReportId, caller: ReadsCars, context: Context) -> Response:
    """The signed report, byte for byte as it was issued."""
    kept = service.one(context, caller, report_id)
    return _file(kept.report.to_json().encode(), "application/json", f"{report_id}.json")


@router.get("/reports/{report_id}/pdf", response_class=Response, responses=PDF)
def pdf(report_id: ids.ReportId, caller: ReadsCars, context: Context) -> Response:
    """The printed pages; 404 where they could not be printed (JSON and page stand all the same)."""
    return _file(service.pdf(context, caller, report_id), "application/pdf", f"{report_id}.pdf")


@router.get("/reports/{report_id}/standing")
def standing(request: Request, context: Context, report_id: str) -> StandingOut:
    """Does the report stand, and what does it say? Public, rate limited."""
    return service.standing(context, service.found(context, report_id, address_of(request)))


def address_of(request: Request) -> str:
    """Who asks, for the limit."""
    return request.client.host if request.client else "?"


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
