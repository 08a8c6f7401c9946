"""Giving and withdrawing consents, the access log, and the export of everything about a car."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from fastapi.encoders import jsonable_encoder

from api import ids, query_params
from api.alerts.service import shown as alert_shown
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.consents.schemas import ConsentOut, Give, LookOut, LookPage
from api.vehicles.service import LONGEST, records, shown
from domain.consent import LONGEST_TERM, Consent, Purpose
from domain.errors import BadInput, NotFound
from domain.identity import public_id
from domain.sentences.catalogue import bilingual
from store.people.vehicle_reads import Row


def text_hash(purpose: Purpose) -> str:
    """Hash of the text in both languages: what exactly was agreed to."""
    pair = bilingual(f"consent.{purpose.value}.text").as_dict()
    return hashlib.sha256(json.dumps(pair, sort_keys=True).encode()).hexdigest()


def shown_consent(found: Row, caller: Caller) -> ConsentOut:
    """One consent."""
    same = ("purpose", "given_at", "until", "withdrawn_at", "text_hash")
    in_force = found["withdrawn_at"] is None and found["given_at"] <= caller.now < found["until"]
    return ConsentOut(
        id=public_id(found["id"], "c"),
        vehicle=public_id(found["vehicle_id"]),
        in_force=in_force,
        **{name: found[name] for name in same},
    )


def give(context: AppContext, caller: Caller, vehicle: Row, body: Give) -> ConsentOut:
    """A yes with a term; BadInput when the term is longer than the purpose allows."""
    longest = LONGEST_TERM[body.purpose]
    term = timedelta(days=body.days)
    if term > longest:
        raise BadInput(
            "days",
            body.days,
            f"is too long for {body.purpose.value}",
            remedy=f"at most {longest.days} days; you can say yes again then",
        )
    consent = Consent(
        person_id=caller.person.id,
        vehicle_id=vehicle["id"],
        purpose=body.purpose,
        given_at=caller.now,
        until=caller.now + term,
        text_hash=text_hash(body.purpose),
    )
    id = context.stores.consents.give(caller.reach, consent)
    found = next(c for c in context.stores.consents.mine(caller.reach) if c["id"] == id)
    return shown_consent(found, caller)


def withdraw(context: AppContext, caller: Caller, consent: str) -> None:
    """A no, at once."""
    if not context.stores.consents.withdraw(
        caller.reach, ids.number(consent, ids.consent), caller.now
    ):
        raise NotFound("no such consent of yours in force", remedy="see GET /api/v1/consents")


def looks(
    context: AppContext, caller: Caller, vehicle: Row, cursor: str | None, limit: int
) -> LookPage:
    """Who looked at the car."""
    found = context.stores.log.page(
        caller.reach, vehicle["id"], before=query_params.number_of(cursor), most=limit + 1
    )
    items = [
        LookOut(at=f["at"], role=f["role"], centre=f["centre"], what=f["what"], you=bool(f["you"]))
        for f in found[:limit]
    ]
    return LookPage(items=items, next=str(found[limit - 1]["id"]) if len(found) > limit else None)


def export(context: AppContext, caller: Caller, vehicle: Row) -> dict[str, Any]:
    """Everything the owner may take along (PIPL 45), as one JSON document."""
    context.stores.log.note(caller.reach, caller.person.role, vehicle["id"], "export", caller.now)
    low, high = caller.now - LONGEST, caller.now
    kinds = ("trip", "charge", "crank", "parked")
    alerts = context.stores.garage.alerts(caller.reach, vehicle_id=vehicle["id"], most=1000)
    assessment = context.stores.garage.assessment(caller.reach, vehicle["id"])
    document = {
        "format": "vigil-export-1",
        "made_at": caller.now,
        "vehicle": shown(vehicle, caller.now),
        "assessment": None if assessment is None else assessment["body"],
        "alerts": [alert_shown(each) for each in alerts],
        "records": {
            kind: records(context, caller, vehicle, kind, span=(low, high), limit=5000)
            for kind in kinds
        },
        "consents": [
            shown_consent(c, caller)
            for c in context.stores.consents.mine(caller.reach, vehicle["id"])
        ],
        "looks": looks(context, caller, vehicle, None, 1000).items,
    }
    encoded: dict[str, Any] = jsonable_encoder(document)
    return encoded
