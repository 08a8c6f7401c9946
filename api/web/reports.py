"""Pages of battery reports: those of a car, one of them, and the one behind the QR code."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Request, Response, Security

from api import ids
from api.auth.caller import Caller, posting, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.reports import chart, service
from api.reports.endpoints import address_of
from api.reports.view import view
from api.vehicles import service as vehicles
from api.web import frame
from domain.errors import Busy, Conflict, NotFound, Refused
from store.people.reports import KeptReport
from store.people.rows.cars import VehicleRow

router = APIRouter(include_in_schema=False)

Reads = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
Asks = Annotated[Caller, Security(posting, scopes=[Right.VEHICLE_READ, Right.REPORT_ASK])]
Context = Annotated[AppContext, Depends(context_of)]


@router.get("/cars/{vehicle_id}/reports")
def reports(
    request: Request, vehicle_id: ids.VehicleId, caller: Reads, context: Context
) -> Response:
    """The list with its button (a part of the battery page, which asks while one is made)."""
    row = vehicles.vehicle_of(context, caller, vehicle_id)
    return frame.draw(request, caller, "parts/reports.html", **block(context, caller, row))


def block(context: AppContext, caller: Caller, row: VehicleRow) -> Mapping[str, Any]:
    """What the list of a car's reports shows."""
    return {
        "car": vehicles.shown(row, caller.now),
        "reports": service.listed(context, caller, row),
        "may_ask": caller.may(Right.REPORT_ASK),
    }


@router.post("/cars/{vehicle_id}/reports")
def ask(vehicle_id: ids.VehicleId, caller: Asks, context: Context) -> Response:
    """Ask for a report; the battery page shows what becomes of it."""
    row = vehicles.vehicle_of(context, caller, vehicle_id)
    try:
        service.ask(context, caller, row)
    except (Conflict, Refused):
        return frame.back(f"/cars/{vehicle_id}/battery", "report_not_now")
    return frame.back(f"/cars/{vehicle_id}/battery", "report_asked")


@router.get("/reports/{report_id}")
def report(request: Request, report_id: ids.ReportId, caller: Reads, context: Context) -> Response:
    """One report as it was signed."""
    kept = service.one(context, caller, report_id)
    return frame.draw(
        request, caller, "owner/report.html", printed=kept.printed, **_laid_out(context, kept)
    )


@router.get("/verify/{report_id}")
def verify(request: Request, context: Context, report_id: str) -> Response:
    """The page behind the QR code: what stands, and the signed values to compare. Public, rate
    limited; an unknown number says so and no more."""
    try:
        kept = service.found(context, report_id, address_of(request))
    except (NotFound, Busy) as problem:
        if not frame.wants_page(request):
            raise
        status, why = (404, "unknown") if isinstance(problem, NotFound) else (429, "limited")
        return frame.draw(request, None, "verify_none.html", status=status, why=why)
    return frame.draw(request, None, "verify.html", **_laid_out(context, kept))


def _laid_out(context: AppContext, kept: KeptReport) -> Mapping[str, Any]:
    body: dict[str, Any] = dict(kept.report.body)
    return {
        "report_id": kept.report.report_id,
        "car_id": body["vehicle"]["id"],
        "standing": kept.standing(context.options.clock()).value,
        "view": view(body, kept.report.key_id),
        "curve": chart.curve(body),
        "cells": chart.cells(body.get("cells")),
        "verify_url": body["verify_url"],
        "code": _code(body["verify_url"]),
    }


def _code(address: str) -> str:
    """The QR code as SVG."""
    drawn = BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", border=2, xmldecl=False, svgns=True, scale=3, light="#fff"
    )
    return drawn.getvalue().decode()
