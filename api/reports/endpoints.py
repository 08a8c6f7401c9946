"""Anybody who holds a report may verify it: a page to compare with, and the same for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.auth.desk import Desk, desk_of
from api.reports import service
from api.reports.schemas import StandingOut
from api.web import frame

router = APIRouter(tags=["reports"])
TheDesk = Annotated[Desk, Depends(desk_of)]


@router.get("/api/v1/reports/{report_id}/standing")
def standing(request: Request, desk: TheDesk, report_id: str) -> StandingOut:
    """Does the report stand, and what does it say? Public, rate limited."""
    return service.standing(desk, service.found(desk, report_id, _address(request)))


@router.get("/verify/{report_id}", include_in_schema=False)
def page(request: Request, desk: TheDesk, report_id: str) -> Response:
    """The page behind the QR code. Public, rate limited."""
    kept = service.found(desk, report_id, _address(request))
    told = service.standing(desk, kept)
    return frame.draw(request, None, "verify.html", told=told, body=told.body)


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"
