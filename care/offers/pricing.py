"""Who pays what: entitlements against services, and the labour that lines share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from care.offers.car_facts import Facts
from care.offers.catalogue import Catalogue, Service
from domain.entitlements import USE_ORDER, Entitlement, EntitlementKind
from domain.offers import OfferLine, Payer, Role, Saving
from domain.sentences.phrase import Phrase

_PAYER = {
    EntitlementKind.WARRANTY: Payer.WARRANTY,
    EntitlementKind.EXTENDED_WARRANTY: Payer.EXTENDED_WARRANTY,
    EntitlementKind.PROMISE: Payer.PROMISE,
    EntitlementKind.PREPAID: Payer.PREPAID,
    EntitlementKind.MEMBER: Payer.MEMBER,
}


def pay_after(list_fen: int, right: Entitlement | None) -> int:
    """What is left to pay once a right is used, rounded down to whole fen."""
    return list_fen if right is None else int(list_fen * (1.0 - right.discount) + 1e-6)


def best_right(facts: Facts, service: Service, used: Counter[str]) -> Entitlement | None:
    """The right that leaves least to pay; the maker's before the owner's own where equal."""
    fit = [
        r
        for r in facts.entitlements
        if r.covers(service.id, service.system)
        and r.holds(facts.now, facts.usage.odometer_km)
        and (r.left is None or used[r.id] < r.left)
    ]
    return min(
        fit,
        key=lambda r: (pay_after(service.list_fen, r), USE_ORDER.index(r.kind), r.id),
        default=None,
    )


def price(
    facts: Facts, picked: Iterable[tuple[Service, Role, float, tuple[Phrase, ...]]]
) -> tuple[OfferLine, ...]:
    """Lines in order; a counted right is used up by the lines before."""
    used: Counter[str] = Counter()
    lines = []
    for service, role, score, why in picked:
        right = best_right(facts, service, used)
        if right is not None:
            used[right.id] += 1
        lines.append(_line(service, role, score, why, right))
    return tuple(lines)


def _line(
    service: Service, role: Role, score: float, why: tuple[Phrase, ...], right: Entitlement | None
) -> OfferLine:
    return OfferLine(
        service=service.id,
        role=role,
        labour_h=service.labour_h,
        labour_fen=service.labour_fen,
        parts_fen=service.parts_fen,
        list_fen=service.list_fen,
        pay_fen=pay_after(service.list_fen, right),
        payer=Payer.PAY if right is None else _PAYER[right.kind],
        entitlement="" if right is None else right.id,
        demo_price=service.demo_price,
        skill=service.skill,
        parts=service.parts,
        why=why,
        score=round(score, 3),
    )


def savings(lines: Sequence[OfferLine], catalogue: Catalogue) -> tuple[Saving, ...]:
    """Shared labour per kind of access, over the lines the owner pays for."""
    paid = [line for line in lines if line.pay_fen > 0]
    found = []
    for access, hours in sorted(catalogue.shared_h.items()):
        group = [line for line in paid if catalogue.services[line.service].access == access]
        if len(group) > 1:
            found.append(_saving(access, group, hours, catalogue.labour_fen_h))
    return tuple(found)


def _saving(access: str, group: Sequence[OfferLine], hours: float, rate_fen: int) -> Saving:
    hours = min(hours, min(line.labour_h for line in group))
    fen = min(round(hours * rate_fen), min(min(x.labour_fen, x.pay_fen) for x in group))
    names = tuple(line.service for line in group)
    return Saving(access=access, services=names, hours=hours, fen=fen)


def parts_ready(facts: Facts, lines: Sequence[OfferLine]) -> datetime:
    """When every part of the lines is at the centre, from stock or after its lead time."""
    needed = Counter(part for line in lines for part in line.parts)
    waits = [
        facts.catalogue.parts[part].lead_days
        for part, count in needed.items()
        if facts.stock.get(part, 0) < count
    ]
    return facts.now + timedelta(days=max(waits, default=0))
