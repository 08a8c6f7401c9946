"""Offers for people: in words, priced for a choice, accepted into a booking, declined, edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from api import ids, query_params
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.offers.schemas import (
    Accept,
    Accepted,
    BillOut,
    Decline,
    Edit,
    FitLineOut,
    LineOut,
    OfferOut,
    OfferPage,
    PackageOut,
    SavingOut,
    SlotOut,
)
from care.offers.catalogue import Catalogue, Text, load
from care.offers.decision import fitting
from care.offers.offer_json import body_of, offer_of
from care.offers.read_facts import slot_of
from domain.errors import BadInput, Conflict, NotFound
from domain.health import Severity
from domain.identity import public_id
from domain.offers import Offer, OfferLine, PackageAdvice, Saving, Slot, bill
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual
from domain.sentences.names import phrase_text
from domain.sentences.phrase import Phrase
from store.people.vehicle_reads import Row

AHEAD = timedelta(days=21)
SHOWN_SLOTS = 6


def offer_row(context: AppContext, caller: Caller, text: str) -> Row:
    """The offer behind a public id, inside the caller's reach."""
    found = context.stores.offers.get(caller.reach, ids.number(text, ids.offer))
    if found is None:
        raise NotFound(f"no offer {text} here", remedy="see GET /api/v1/offers")
    return found


def catalogue_of(context: AppContext) -> Catalogue:
    """The catalogue in force."""
    return load(context.options.catalogue)


def shown(context: AppContext, caller: Caller, found: Row) -> OfferOut:
    """One offer in words, with the times that are still free."""
    return _told(found, catalogue_of(context), _free(context, caller, found["centre_id"]), caller)


def _told(found: Row, catalogue: Catalogue, free: tuple[Slot, ...], caller: Caller) -> OfferOut:
    offer = offer_of(found["body"])
    is_open = found["state"] == "open"
    slots = _fitting(offer, free, frozenset(), caller) if is_open else ()
    return OfferOut(
        id=public_id(found["id"], "o"),
        vehicle=public_id(found["vehicle_id"]),
        alert=None if found["alert_id"] is None else public_id(found["alert_id"], "a"),
        cause=found["cause"],
        title=title_of(found, catalogue),
        severity=None if found["severity"] is None else Severity(found["severity"]).word,
        state=found["state"],
        version=found["version"],
        made_at=found["made_at"],
        expires_at=found["expires_at"],
        lines=[_line(x, catalogue) for x in offer.lines],
        savings=[
            SavingOut(services=list(s.services), hours=s.hours, fen=s.fen) for s in offer.savings
        ],
        slots=[_slot(s) for s in slots],
        packages=[_package(p, catalogue) for p in offer.packages],
        why=[_sentence(s) for s in offer.why],
        chosen=list(found["chosen"]),
        total_fen=found["total_fen"],
        decline_reason=found["decline_reason"],
    )


def title_of(found: Row, catalogue: Catalogue) -> dict[str, str]:
    """What an offer is about: the alert's cause, or the due service."""
    cause = found["cause"]
    if found["alert_id"] is None and cause in catalogue.services:
        return _both(catalogue.name(cause))
    return bilingual(f"cause.{cause}").as_dict()


def _both(name: Text) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


def _sentence(phrase: Phrase) -> dict[str, str]:
    return Bilingual.of(partial(phrase_text, phrase)).as_dict()


def _line(line: OfferLine, catalogue: Catalogue) -> LineOut:
    service = catalogue.services.get(line.service)
    note = None if service is None or service.note is None else _both(service.note)
    same = (
        "service",
        "labour_h",
        "labour_fen",
        "parts_fen",
        "list_fen",
        "pay_fen",
        "demo_price",
        "ticked",
    )
    return LineOut(
        name=_both(catalogue.name(line.service)),
        note=note,
        role=line.role.value,
        payer=line.payer.value,
        parts=[_both(catalogue.parts[p].name) for p in line.parts],
        why=[_sentence(s) for s in line.why],
        **{name: getattr(line, name) for name in same},
    )


def _slot(slot: Slot) -> SlotOut:
    return SlotOut(id=public_id(slot.id, "s"), start=slot.start, end=slot.end)


def _package(advice: PackageAdvice, catalogue: Catalogue) -> PackageOut:
    package = catalogue.packages[advice.package]
    lines = [
        FitLineOut(
            service=x.service,
            name=_both(catalogue.name(x.service)),
            uses=x.uses,
            included=x.included,
            each_fen=x.each_fen,
            value_fen=x.value_fen,
            basis=_sentence(x.basis),
        )
        for x in advice.lines
    ]
    return PackageOut(
        package=package.id,
        name=_both(package.name),
        fit=advice.fit.value,
        price_fen=advice.price_fen,
        value_fen=advice.value_fen,
        demo_price=package.demo_price,
        exclusions=None if package.exclusions is None else _both(package.exclusions),
        lines=lines,
        why=[_sentence(s) for s in advice.why],
    )


def page(
    context: AppContext,
    caller: Caller,
    *,
    state: str | None,
    vehicle_id: int | None,
    cursor: str | None,
    limit: int,
) -> OfferPage:
    """Offers, newest first."""
    found = context.stores.offers.page(
        caller.reach,
        state=state,
        vehicle_id=vehicle_id,
        before=query_params.position(cursor),
        most=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    catalogue = catalogue_of(context)
    free = {c: _free(context, caller, c) for c in {each["centre_id"] for each in found}}
    return OfferPage(
        items=[_told(each, catalogue, free[each["centre_id"]], caller) for each in found[:limit]],
        next=None if last is None else query_params.cursor_of(last["made_at"], last["id"]),
    )


def free_slots(
    context: AppContext, caller: Caller, found: Row, offer: Offer, chosen: frozenset[str]
) -> tuple[Slot, ...]:
    """Times that fit the chosen items now."""
    return _fitting(offer, _free(context, caller, found["centre_id"]), chosen, caller)


def _free(context: AppContext, caller: Caller, centre_id: int | None) -> tuple[Slot, ...]:
    if centre_id is None:
        return ()
    now = caller.now
    rows = context.stores.offers.free_slots(caller.reach, centre_id, now, now + AHEAD)
    return tuple(slot_of(r) for r in rows)


def _fitting(
    offer: Offer, free: tuple[Slot, ...], chosen: frozenset[str], caller: Caller
) -> tuple[Slot, ...]:
    ready = max(caller.now, offer.parts_ready_at or caller.now)
    return fitting(replace(offer, parts_ready_at=ready), free, chosen)[:SHOWN_SLOTS]


def _chosen(offer: Offer, services: list[str]) -> frozenset[str]:
    known = {line.service for line in offer.lines}
    unknown = [s for s in services if s not in known]
    if unknown or not services:
        raise BadInput(
            "services",
            unknown,
            "are not items of this offer",
            remedy=f"choose from {', '.join(sorted(known))}",
        )
    return frozenset(services)


def priced(context: AppContext, caller: Caller, found: Row, services: list[str]) -> BillOut:
    """The sum for a choice, before anything is agreed."""
    offer = offer_of(found["body"])
    chosen = _chosen(offer, services)
    total = bill(offer, chosen)
    slots = free_slots(context, caller, found, offer, chosen)
    return BillOut(
        items_fen=total.items_fen,
        saved_fen=total.saved_fen,
        total_fen=total.total_fen,
        hours=total.hours,
        slots=[_slot(s) for s in slots],
    )


def accept(context: AppContext, caller: Caller, found: Row, body: Accept) -> Accepted:
    """A yes to the chosen items, at a time that fits them; the price is the one shown."""
    offer = offer_of(found["body"])
    chosen = _chosen(offer, body.services)
    if found["expires_at"] <= caller.now or found["state"] != "open":
        raise Conflict("the offer is not open any more", remedy="ask the centre for a new one")
    if found["centre_id"] is None:
        raise Conflict("no service centre is chosen for this car", remedy="choose a centre first")
    slot_id = None if body.slot is None else ids.number(body.slot, ids.slot)
    fits = free_slots(context, caller, found, offer, chosen)
    if slot_id is not None and slot_id not in {s.id for s in fits}:
        raise Conflict(
            "that time does not fit these items any more", remedy="choose another of the times"
        )
    total = bill(offer, chosen).total_fen
    lines = [line for line in offer.lines if line.service in chosen]
    order_id = context.stores.workshop.book(
        caller.reach,
        found["id"],
        body.version,
        chosen=[x.service for x in lines],
        total_fen=total,
        rights=[int(x.entitlement) for x in lines if x.entitlement.isdigit()],
        slot_id=slot_id,
        at=caller.now,
    )
    return Accepted(order=public_id(order_id, "w"), total_fen=total)


def decline(context: AppContext, caller: Caller, found: Row, body: Decline) -> None:
    """A no; the alert stays."""
    services = [line.service for line in offer_of(found["body"]).lines]
    context.stores.offers.decline(
        caller.reach,
        found["id"],
        body.version,
        reason=body.reason,
        services=services,
        at=caller.now,
    )


def edit(context: AppContext, caller: Caller, found: Row, body: Edit) -> OfferOut:
    """Leave items out or lower prices; never raise one, never tick, never touch severity."""
    offer = offer_of(found["body"])
    _chosen(offer, [*body.remove, *body.pay_fen] or [offer.lines[0].service])
    lines = tuple(
        _cheaper(line, body.pay_fen) for line in offer.lines if line.service not in body.remove
    )
    if not lines:
        raise BadInput("remove", body.remove, "leaves nothing", remedy="withdraw the offer instead")
    savings = tuple(_kept(s, lines) for s in offer.savings)
    edited = replace(offer, lines=lines, savings=tuple(s for s in savings if len(s.services) > 1))
    context.stores.offers.edit(caller.reach, found["id"], body.version, body_of(edited))
    return shown(context, caller, offer_row(context, caller, public_id(found["id"], "o")))


def _kept(saving: Saving, lines: tuple[OfferLine, ...]) -> Saving:
    """The saving over the lines that are left, never more than one of them costs."""
    left = [line for line in lines if line.service in saving.services]
    fen = min([saving.fen, *(line.pay_fen for line in left)])
    return replace(saving, services=tuple(line.service for line in left), fen=fen)


def _cheaper(line: OfferLine, prices: dict[str, int]) -> OfferLine:
    wanted = prices.get(line.service)
    if wanted is None:
        return line
    if not 0 <= wanted <= line.pay_fen:
        raise BadInput(
            f"pay_fen.{line.service}",
            wanted,
            f"is not within 0..{line.pay_fen}",
            remedy="a price that was shown can only go down",
        )
    return replace(line, pay_fen=wanted)
