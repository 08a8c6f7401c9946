"""Work orders in words; who may move what; extra work; ratings; the group's figures.

booked -> received -> in_work -> quality_check -> ready -> done
   '--------'-> cancelled
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from api import ids
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.auth.rights import Right
from api.offers.service import catalogue_of, title_of
from api.work.schemas import AskExtra, CentreOut, CohortRow, ExtraOut, Move, OrderOut, StepOut
from care.offers.catalogue import Catalogue
from domain.errors import BadInput, Conflict, NotFound
from domain.identity import public_id
from store.people.vehicle_reads import Row

NEXT: Mapping[str, tuple[str, ...]] = {
    "booked": ("received", "cancelled"),
    "received": ("in_work", "cancelled"),
    "in_work": ("quality_check",),
    "quality_check": ("ready", "in_work"),
    "ready": ("done",),
    "done": (),
    "cancelled": (),
}
Z90 = 1.6449
LEAST_CARS = 10
"""Fewest cars behind a figure that leaves a centre (R4: k-anonymity)."""


def order_row(context: AppContext, caller: Caller, text: str) -> Row:
    """The work order behind a public id, inside the caller's reach."""
    found = context.stores.workshop.order(caller.reach, ids.number(text, ids.order))
    if found is None:
        raise NotFound(f"no work order {text} here", remedy="see GET /api/v1/orders")
    return found


def shown(context: AppContext, found: Row) -> OrderOut:
    """One order in words."""
    catalogue = catalogue_of(context)
    extras = [_extra(x, catalogue) for x in found.get("extras", ())]
    approved = sum(x.price_fen for x in extras if x.state == "approved")
    steps = [StepOut(**s) for s in found.get("steps", ())]
    same = ("make", "model", "state", "services", "agreed_fen", "outcome", "rating")
    return OrderOut(
        id=public_id(found["id"], "w"),
        offer=public_id(found["offer_id"], "o"),
        vehicle=public_id(found["vehicle_id"]),
        title=title_of(found, catalogue),
        names=[_name(catalogue, s) for s in found["services"]],
        total_fen=found["agreed_fen"] + approved,
        start=found["start_at"],
        end=found["end_at"],
        technician=found.get("technician"),
        next_states=list(NEXT[found["state"]]),
        steps=steps,
        extras=extras,
        **{name: found[name] for name in same},
    )


def _name(catalogue: Catalogue, service: str) -> dict[str, str]:
    name = catalogue.name(service)
    return {"zh": name.zh, "en": name.en}


def _extra(found: Row, catalogue: Catalogue) -> ExtraOut:
    same = {name: found[name] for name in ("service", "price_fen", "why", "state")}
    return ExtraOut(id=public_id(found["id"], "x"), name=_name(catalogue, found["service"]), **same)


def move(context: AppContext, caller: Caller, found: Row, body: Move) -> OrderOut:
    """The next state; Conflict where it does not follow; extras without an answer hold it up."""
    if body.state not in NEXT[found["state"]]:
        raise Conflict(
            f"{body.state} does not follow {found['state']}",
            remedy=f"next: {', '.join(NEXT[found['state']]) or 'nothing'}",
        )
    if body.state == "done" and body.outcome is None:
        raise BadInput(
            "outcome", None, "is missing", remedy="say confirmed, not_found or done: it is a label"
        )
    if body.state == "ready" and any(x["state"] == "asked" for x in found["extras"]):
        raise Conflict("extra work waits for the owner's answer", remedy="ask the owner first")
    working = caller.person.id if body.state == "in_work" else None
    context.stores.workshop.move(
        caller.reach,
        found["id"],
        come_from=[found["state"]],
        state=body.state,
        at=caller.now,
        note=body.note,
        technician_id=working,
        outcome=body.outcome,
    )
    return shown(context, order_row(context, caller, public_id(found["id"], "w")))


def ask_extra(context: AppContext, caller: Caller, found: Row, body: AskExtra) -> OrderOut:
    """More work from the catalogue, at its published price or below; asked, not done."""
    service = catalogue_of(context).services.get(body.service)
    if service is None:
        raise BadInput(
            "service", body.service, "is not in the catalogue", remedy="see /api/v1/catalogue"
        )
    price = service.list_fen if body.price_fen is None else body.price_fen
    if price > service.list_fen:
        raise BadInput(
            "price_fen",
            price,
            "is above the published price",
            remedy=f"ask for at most {service.list_fen}",
        )
    if found["state"] not in ("received", "in_work", "quality_check"):
        raise Conflict("the car is not in the workshop", remedy="receive it first")
    context.stores.workshop.ask_extra(
        caller.reach, found["id"], service=service.id, price_fen=price, why=body.why, at=caller.now
    )
    return shown(context, order_row(context, caller, public_id(found["id"], "w")))


def answer_extra(
    context: AppContext, caller: Caller, found: Row, extra: str, *, yes: bool
) -> OrderOut:
    """The owner's yes or no."""
    context.stores.workshop.decide_extra(
        caller.reach, found["id"], ids.number(extra, ids.extra), yes=yes, at=caller.now
    )
    return shown(context, order_row(context, caller, public_id(found["id"], "w")))


def group(context: AppContext, caller: Caller) -> list[CentreOut]:
    """Counts and rates per centre, with intervals: small numbers do not rank."""
    return [_centre(row) for row in context.stores.workshop.group(caller.reach)]


def _centre(row: Row) -> CentreOut:
    wrong = wilson(row["alerts_wrong"], row["alerts_closed"])
    decided = row["accepted"] + row["declined"]
    accepted = wilson(row["accepted"], decided)
    same = (
        "name",
        "title",
        "vehicles",
        "alerts_open",
        "offers",
        "accepted",
        "declined",
        "done",
        "confirmed",
        "not_found",
        "rating",
        "ratings",
    )
    return CentreOut(
        wrong_share=wrong[0],
        wrong_low=wrong[1],
        wrong_high=wrong[2],
        accept_share=accepted[0],
        accept_low=accepted[1],
        accept_high=accepted[2],
        **{name: row[name] for name in same},
    )


def wilson(hits: int, n: int) -> tuple[float | None, float, float]:
    """Share and its 90 % Wilson interval (Wilson 1927); None and 0..1 for no trials.

    >>> wilson(0, 0)
    (None, 0.0, 1.0)
    """
    if n == 0:
        return None, 0.0, 1.0
    share = hits / n
    middle = share + Z90**2 / (2 * n)
    half = Z90 * math.sqrt(share * (1 - share) / n + Z90**2 / (4 * n * n))
    scale = 1 + Z90**2 / n
    return share, max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)


def cohorts(context: AppContext, caller: Caller) -> list[CohortRow]:
    """Cars by make, model, year and powertrain with their measured battery health.

    Who may see no single car gets counts and a spread alone, and health only where at least
    LEAST_CARS cars have one: what leaves a centre must not point at a car.
    """
    groups: dict[str, list[Row]] = {}
    for row in context.stores.garage.cohort(caller.reach):
        year = row["model_year"] or "?"
        name = f"{row['make']} {row['model']} {year} ({row['powertrain']})".strip()
        groups.setdefault(name, []).append(row)
    made = [_cohort(name, rows) for name, rows in sorted(groups.items())]
    return made if caller.may(Right.VEHICLE_READ) else [anonymous(cohort) for cohort in made]


def anonymous(cohort: CohortRow) -> CohortRow:
    """The cohort without its cars; without health too where fewer than LEAST_CARS have one."""
    few = (cohort.with_soh or 0) < LEAST_CARS
    hidden = {"median": None} if few else {}
    return cohort.model_copy(
        update={
            "cars": [],
            "low": None,
            "high": None,
            "vehicles": cohort.vehicles if (cohort.vehicles or 0) >= LEAST_CARS else None,
            "with_soh": None if few else cohort.with_soh,
            **hidden,
        }
    )


def _cohort(name: str, rows: list[Row]) -> CohortRow:
    cars: list[dict[str, object]] = []
    values = []
    for row in rows:
        soh = (row["answers"] or {}).get("capacity_soh", {})
        value = soh.get("value")
        if value is not None:
            values.append(float(value))
        cars.append(
            {
                "vehicle": public_id(row["id"]),
                "soh": value,
                "low": soh.get("low"),
                "high": soh.get("high"),
            }
        )
    return CohortRow(
        cohort=name,
        vehicles=len(rows),
        with_soh=len(values),
        median=round(median(values), 2) if values else None,
        low=min(values, default=None),
        high=max(values, default=None),
        cars=cars,
    )
