"""Offers for people: in words, priced for a choice, accepted into a booking, declined, edited.

The rules are care.offers; here they meet requests and pages.
"""

from __future__ import annotations

from functools import partial

from api import ids, query_params
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.offers.schemas import (
    Accept,
    Accepted,
    BillOut,
    CatalogueOut,
    CataloguePackageOut,
    Decline,
    Edit,
    FitLineOut,
    LineOut,
    OfferOut,
    OfferPage,
    PackageOut,
    SavingOut,
    ServiceOut,
    SlotOut,
)
from care.offers import decide_offer
from care.offers.catalogue import Catalogue, Text, load
from care.offers.offer_json import offer_of
from domain.errors import NotFound
from domain.health import Severity
from domain.identity import public_id
from domain.offers import OfferLine, PackageAdvice, Slot
from domain.sentences.bilingual import Bilingual
from domain.sentences.catalogue import bilingual
from domain.sentences.names import phrase_text
from domain.sentences.phrase import Phrase
from store.people.rows.offers import OfferRow


def offer_row(context: AppContext, caller: Caller, text: str) -> OfferRow:
    """The offer behind a public id, inside the caller's reach."""
    found = context.stores.offers.get(caller.reach, ids.number(text, ids.offer))
    if found is None:
        raise NotFound(f"no offer {text} here", remedy="see GET /api/v1/offers")
    return found


def catalogue_of(context: AppContext) -> Catalogue:
    """The catalogue in force."""
    return load(context.options.catalogue)


def listed(catalogue: Catalogue) -> CatalogueOut:
    """The catalogue as people read it."""
    return CatalogueOut(
        version=catalogue.version,
        labour_fen_h=catalogue.labour_fen_h,
        services=[
            ServiceOut(
                id=s.id,
                name=_both(s.name),
                list_fen=s.list_fen,
                labour_h=s.labour_h,
                parts=list(s.parts),
                demo_price=s.demo_price,
                powertrains=sorted(s.powertrains),
            )
            for s in catalogue.services.values()
        ],
        packages=[
            CataloguePackageOut(
                id=p.id,
                name=_both(p.name),
                price_fen=p.price_fen,
                price_high_fen=p.price_high_fen,
                demo_price=p.demo_price,
                powertrains=sorted(p.powertrains),
            )
            for p in catalogue.packages.values()
        ],
    )


def shown(context: AppContext, caller: Caller, found: OfferRow) -> OfferOut:
    """One offer in words, with the times that are still free."""
    return _in_words(found, catalogue_of(context), _free(context, caller, found.centre_id), caller)


def _in_words(
    found: OfferRow, catalogue: Catalogue, free: tuple[Slot, ...], caller: Caller
) -> OfferOut:
    offer = offer_of(found.body)
    is_open = found.state == "open"
    slots = decide_offer.fitting_slots(offer, free, frozenset(), caller.now) if is_open else ()
    return OfferOut(
        id=public_id(found.id, "o"),
        vehicle=public_id(found.vehicle_id),
        alert=None if found.alert_id is None else public_id(found.alert_id, "a"),
        cause=found.cause,
        title=title_of(found.cause, found.alert_id, catalogue),
        severity=None if found.severity is None else Severity(found.severity).word,
        state=found.state,
        version=found.version,
        made_at=found.made_at,
        expires_at=found.expires_at,
        lines=[_line(x, catalogue) for x in offer.lines],
        savings=[
            SavingOut(services=list(s.services), hours=s.hours, fen=s.fen) for s in offer.savings
        ],
        slots=[_slot(s) for s in slots],
        packages=[_package(p, catalogue) for p in offer.packages],
        why=[_sentence(s) for s in offer.why],
        chosen=list(found.chosen),
        total_fen=found.total_fen,
        decline_reason=found.decline_reason,
    )


def title_of(cause: str, alert_id: int | None, catalogue: Catalogue) -> dict[str, str]:
    """What an offer is about: the alert's cause, or the due service."""
    if alert_id is None and cause in catalogue.services:
        return _both(catalogue.name(cause))
    return bilingual(f"cause.{cause}").as_dict()


def _both(name: Text) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}


def _sentence(phrase: Phrase) -> dict[str, str]:
    return Bilingual.of(partial(phrase_text, phrase)).as_dict()


def _line(line: OfferLine, catalogue: Catalogue) -> LineOut:
    service = catalogue.services.get(line.service)
    note = None if service is None or service.note is None else _both(service.note)
    return LineOut(
        service=line.service,
        name=_both(catalogue.name(line.service)),
        note=note,
        role=line.role.value,
        labour_h=line.labour_h,
        labour_fen=line.labour_fen,
        parts_fen=line.parts_fen,
        list_fen=line.list_fen,
        pay_fen=line.pay_fen,
        payer=line.payer.value,
        demo_price=line.demo_price,
        parts=[_both(catalogue.parts[p].name) for p in line.parts],
        why=[_sentence(s) for s in line.why],
        ticked=line.ticked,
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
    free = {c: _free(context, caller, c) for c in {each.centre_id for each in found}}
    return OfferPage(
        items=[_in_words(each, catalogue, free[each.centre_id], caller) for each in found[:limit]],
        next=None if last is None else query_params.cursor_of(last.made_at, last.id),
    )


def _free(context: AppContext, caller: Caller, centre_id: int | None) -> tuple[Slot, ...]:
    return decide_offer.free_slots(context.stores.offers, caller.reach, centre_id, caller.now)


def priced(context: AppContext, caller: Caller, found: OfferRow, services: list[str]) -> BillOut:
    """The sum for a choice, before anything is agreed."""
    choice = decide_offer.priced(context.stores.offers, caller.reach, found, services, caller.now)
    return BillOut(
        items_fen=choice.bill.items_fen,
        saved_fen=choice.bill.saved_fen,
        total_fen=choice.bill.total_fen,
        hours=choice.bill.hours,
        slots=[_slot(s) for s in choice.slots],
    )


def accept(context: AppContext, caller: Caller, found: OfferRow, body: Accept) -> Accepted:
    """A yes to the chosen items, at a time that fits them; the price is the one shown."""
    booked = decide_offer.accept(
        context.stores.offers,
        context.stores.workshop,
        caller.reach,
        found,
        services=body.services,
        version=body.version,
        slot_id=None if body.slot is None else ids.number(body.slot, ids.slot),
        now=caller.now,
    )
    return Accepted(order=public_id(booked.order_id, "w"), total_fen=booked.total_fen)


def decline(context: AppContext, caller: Caller, found: OfferRow, body: Decline) -> None:
    """A no; the alert stays."""
    decide_offer.decline(
        context.stores.offers,
        caller.reach,
        found,
        version=body.version,
        reason=body.reason,
        now=caller.now,
    )


def edit(context: AppContext, caller: Caller, found: OfferRow, body: Edit) -> OfferOut:
    """Leave items out or lower prices."""
    decide_offer.edit(
        context.stores.offers,
        caller.reach,
        found,
        version=body.version,
        remove=body.remove,
        pay_fen=body.pay_fen,
    )
    return shown(context, caller, offer_row(context, caller, public_id(found.id, "o")))
