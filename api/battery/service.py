"""Assessments as stored, opened for reading. No number is computed here."""

from __future__ import annotations

from typing import Any

from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.battery.schemas import AnswerOut, BatteryOut, BatteryPoint, CellsOut, RankOut
from domain.errors import NotFound
from domain.identity import public_id
from domain.methods import method_id
from store.people.rows.cars import VehicleRow

TREND = "capacity_soh"


def answer(found: dict[str, Any]) -> AnswerOut:
    """One answer of an assessment's body."""
    if "value" not in found:
        return AnswerOut(
            value=None,
            low=None,
            high=None,
            level=None,
            unit="",
            reason=found.get("reason"),
            missing=found.get("missing"),
            detail=dict(found.get("detail") or {}),
        )
    names = ("value", "low", "high", "level", "unit", "method", "windows", "coverage")
    values = {name: found[name] for name in names if name in found}
    values["method"] = method_id(values.get("method", ""))
    return AnswerOut(**{"level": 0.9, **values}, detail=dict(found.get("detail") or {}))


def report(context: AppContext, caller: Caller, vehicle: VehicleRow) -> BatteryOut:
    """The newest assessment; NotFound while there is none."""
    found = context.stores.garage.assessment(caller.reach, vehicle.id)
    if found is None:
        raise NotFound(
            "this car has not been assessed yet",
            remedy="wait for its first readings, the next run assesses it",
        )
    body = found.body
    return BatteryOut(
        vehicle=public_id(vehicle.id),
        as_of=found.as_of,
        model_version=found.model_version,
        answers={name: answer(each) for name, each in body.get("answers", {}).items()},
        facts=dict(body.get("facts") or {}),
        cohort={
            each.quantity: RankOut.model_validate(each, from_attributes=True)
            for each in context.stores.cohorts.seen(caller.reach, vehicle.id)
        },
    )


def trend(
    context: AppContext, caller: Caller, vehicle: VehicleRow, quantity: str = TREND
) -> list[BatteryPoint]:
    """A quantity over past assessments, oldest first, one per day."""
    points: dict[object, BatteryPoint] = {}
    for found in reversed(context.stores.garage.assessments(caller.reach, vehicle.id)):
        each = found.body.get("answers", {}).get(quantity, {})
        if "value" in each:
            points[found.as_of.date()] = BatteryPoint(
                as_of=found.as_of, value=each["value"], low=each["low"], high=each["high"]
            )
    return list(points.values())


def cells(context: AppContext, caller: Caller, vehicle: VehicleRow) -> CellsOut:
    """The newest cell voltages; NotFound for a car that tells none."""
    found = context.stores.garage.cells(caller.reach, vehicle.id)
    if found is None:
        raise NotFound("no cell voltages of this car", remedy="not every car tells them")
    volts = [None if mv is None else mv / 1000 for mv in found.readings]
    return CellsOut(at=found.ts, first=found.first, volts=volts)
