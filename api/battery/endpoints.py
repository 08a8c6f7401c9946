"""/api/v1/vehicles/{id}/battery."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Security

from api import ids
from api.auth.caller import Caller, signed_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.battery import service
from api.battery.schemas import BatteryOut, BatteryPoint, CellsOut
from api.errors import PROBLEMS
from api.vehicles.service import vehicle_of

router = APIRouter(prefix="/api/v1/vehicles/{vehicle_id}", tags=["battery"], responses=PROBLEMS)

ReadsCars = Annotated[Caller, Security(signed_in, scopes=[Right.VEHICLE_READ])]
Context = Annotated[AppContext, Depends(context_of)]


@router.get("/battery")
def battery(vehicle_id: ids.VehicleId, caller: ReadsCars, context: Context) -> BatteryOut:
    """Health answers with interval, method and coverage, or what is missing for them."""
    return service.report(context, caller, vehicle_of(context, caller, vehicle_id, "battery"))


@router.get("/battery/trend")
def trend(vehicle_id: ids.VehicleId, caller: ReadsCars, context: Context) -> list[BatteryPoint]:
    """Capacity health over time with its interval."""
    return service.trend(context, caller, vehicle_of(context, caller, vehicle_id, "battery"))


@router.get("/battery/cells")
def cells(vehicle_id: ids.VehicleId, caller: ReadsCars, context: Context) -> CellsOut:
    """The newest voltage of every cell."""
    return service.cells(context, caller, vehicle_of(context, caller, vehicle_id, "cells"))
