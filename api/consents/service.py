"""Giving and withdrawing consents, the access log, and the export of everything about a car."""

from __future__ import annotations

from typing import Any

from fastapi.encoders import jsonable_encoder

from api import ids, query_params
from api.alerts.service import shown as alert_shown
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.consents.schemas import ConsentOut, Give, LookOut, LookPage
from api.vehicles.service import LONGEST, records, shown
from care.consents import give_consent
from domain.consent import Purpose
from domain.identity import public_id
from store.people.rows.cars import VehicleRow
from store.people.rows.people import ConsentRow


def shown_consent(found: ConsentRow, caller: Caller) -> ConsentOut:
    """One consent."""
    return ConsentOut(
        id=public_id(found.id, "c"),
        vehicle=public_id(found.vehicle_id),
        purpose=Purpose(found.purpose),
        given_at=found.given_at,
        until=found.until,
        withdrawn_at=found.withdrawn_at,
        in_force=give_consent.in_force(found, caller.now),
        text_hash=found.text_hash,
    )


def give(context: AppContext, caller: Caller, vehicle: VehicleRow, body: Give) -> ConsentOut:
    """A yes with a term."""
    given = give_consent.give(
        context.stores.consents, caller.reach, vehicle.id, body.purpose, body.days, caller.now
    )
    return shown_consent(given, caller)


def withdraw(context: AppContext, caller: Caller, consent: str) -> None:
    """A no, at once."""
    number = ids.number(consent, ids.consent)
    give_consent.withdraw(context.stores.consents, caller.reach, number, caller.now)


def looks(
    context: AppContext, caller: Caller, vehicle: VehicleRow, cursor: str | None, limit: int
) -> LookPage:
    """Who looked at the car."""
    found = context.stores.log.page(
        caller.reach, vehicle.id, before=query_params.number_of(cursor), most=limit + 1
    )
    items = [
        LookOut(at=f.at, role=f.role, centre=f.centre, what=f.what, you=bool(f.you))
        for f in found[:limit]
    ]
    return LookPage(items=items, next=str(found[limit - 1].id) if len(found) > limit else None)


def export(context: AppContext, caller: Caller, vehicle: VehicleRow) -> dict[str, object]:
    """Everything the owner may take along (PIPL 45), as one JSON document."""
    context.stores.log.note(caller.reach, caller.person.role, vehicle.id, "export", caller.now)
    low, high = caller.now - LONGEST, caller.now
    kinds = ("trip", "charge", "crank", "parked")
    alerts = context.stores.garage.alerts(caller.reach, vehicle_id=vehicle.id, most=1000)
    assessment = context.stores.garage.assessment(caller.reach, vehicle.id)
    document = {
        "format": "vigil-export-1",
        "made_at": caller.now,
        "vehicle": shown(vehicle, caller.now),
        "assessment": None if assessment is None else assessment.body,
        "alerts": [alert_shown(each) for each in alerts],
        "records": {
            kind: records(context, caller, vehicle, kind, span=(low, high), limit=5000)
            for kind in kinds
        },
        "consents": [
            shown_consent(c, caller) for c in context.stores.consents.mine(caller.reach, vehicle.id)
        ],
        "looks": looks(context, caller, vehicle, None, 1000).items,
    }
    encoded: dict[str, Any] = jsonable_encoder(document)
    return encoded
