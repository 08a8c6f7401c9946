"""The offer engine: facts in, an offer or a plain no out. Pure; the same facts give the same offer.

red? -> rescue, no offer      capped, declined, no consent? -> no, with the reason
cause -> services -> who pays -> tie-ins that share labour or are due -> slots -> offer
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from care.offers import package_fit, pricing
from care.offers.car_facts import Declined, Due, Facts
from care.offers.catalogue import Service
from domain.health import Severity
from domain.offers import Decision, NoOffer, Offer, OfferLine, Role, Slot, bill
from domain.sentences.phrase import Phrase
from domain.vehicle import Powertrain

Picked = tuple[Service, Role, float, tuple[Phrase, ...]]

SHOWN_SLOTS = 3
DUE_SOON = 0.9
"""A service is due soon from 90 % of its interval."""


def decide(facts: Facts) -> Decision:
    """The offer for these facts, or why there is none."""
    refusal = _refusal(facts)
    if refusal is not None:
        return refusal
    main = _main(facts)
    if not main:
        return NoOffer(reason=Phrase(id="no_offer.declined_before"))
    if any(service.id in facts.promised for service, *_ in main):
        return NoOffer(reason=Phrase(id="no_offer.already_offered"))
    picked = main + (_tie_ins(facts, main) if facts.wants_offers else [])
    return _offer(facts, pricing.price(facts, picked))


def _refusal(facts: Facts) -> NoOffer | None:
    trigger = facts.trigger
    if trigger is not None and trigger.severity is Severity.RED:
        return NoOffer(reason=Phrase(id="no_offer.red"), rescue=True)
    if trigger is not None and trigger.severity is Severity.INFO:
        return NoOffer(reason=Phrase(id="no_offer.info"))
    if trigger is not None and trigger.experimental:
        return NoOffer(reason=Phrase(id="no_offer.experimental"))
    if trigger is None and not _wanted_due(facts):
        return NoOffer(reason=Phrase(id="no_offer.nothing_due"))
    if trigger is None and not facts.wants_offers:
        return NoOffer(reason=Phrase(id="no_offer.no_consent"))
    if _capped(facts):
        return NoOffer(reason=Phrase(id="no_offer.capped"))
    return None


def _kind(facts: Facts) -> str:
    return "due" if facts.trigger is None else "alert"


def _capped(facts: Facts) -> bool:
    cap = facts.catalogue.caps[_kind(facts)]
    same = [p for p in facts.past if p.kind == _kind(facts)]
    recent = [p for p in same if facts.now - p.made_at < timedelta(days=30)]
    return sum(p.open for p in same) >= cap.open or len(recent) >= cap.days_30


def eligible(facts: Facts, service: Service) -> bool:
    """True if the service fits this car and was not just declined. No oil for an electric car."""
    if facts.powertrain not in service.powertrains:
        return False
    if service.oil and facts.powertrain is Powertrain.BEV:
        return False
    return not any(_still_declined(facts, service, no) for no in facts.declined)


def _still_declined(facts: Facts, service: Service, no: Declined) -> bool:
    fresh = facts.now - no.at < timedelta(days=facts.catalogue.declined_days)
    severity = None if facts.trigger is None else facts.trigger.severity
    worse = severity is not None and (no.severity is None or severity > no.severity)
    return no.service == service.id and fresh and not worse


def _main(facts: Facts) -> list[Picked]:
    if facts.trigger is None:
        first = _wanted_due(facts)[0]
        service = facts.catalogue.services[first.service]
        return [(service, Role.MAIN, first.overdue_share, (first.basis,))]
    why = Phrase(id="line.answers", args={"cause": facts.trigger.cause})
    answers = facts.catalogue.answering(facts.trigger.cause, facts.powertrain)
    return [(s, Role.MAIN, 1.0, (why,)) for s in answers[:1] if eligible(facts, s)]


def _wanted_due(facts: Facts) -> list[Due]:
    services = facts.catalogue.services
    fit = [
        d
        for d in facts.due
        if d.overdue_share >= 1.0
        and d.service not in facts.promised
        and eligible(facts, services[d.service])
    ]
    return sorted(fit, key=lambda d: (-d.overdue_share, d.service))


def _tie_ins(facts: Facts, main: list[Picked]) -> list[Picked]:
    """At most `max_tie_ins` services that follow, share labour while due, or are due themselves."""
    ids = {service.id for service, *_ in main}
    scored = [
        (service, Role.TIE_IN, sum(points for points, _ in reasons), tuple(s for _, s in reasons))
        for service in facts.catalogue.services.values()
        if service.id not in ids | facts.promised
        and not service.only_after
        and eligible(facts, service)
        if (reasons := list(_reasons(facts, main, service)))
    ]
    scored.sort(key=lambda p: (-p[2], p[0].id))
    return scored[: facts.catalogue.max_tie_ins]


def _reasons(facts: Facts, main: list[Picked], service: Service) -> Iterator[tuple[float, Phrase]]:
    """Each reason with its weight; none: the service is not proposed."""
    cause = "" if facts.trigger is None else facts.trigger.cause
    due = next((d for d in facts.due if d.service == service.id), None)
    follows = cause in service.follows
    soon = due is not None and due.overdue_share >= DUE_SOON
    if follows:
        yield 1.0, Phrase(id="line.follows", args={"cause": cause})
    if due is not None and soon:
        yield min(due.overdue_share, 2.0) / 2.0, due.basis
    shares = service.access and any(m.access == service.access for m, *_ in main)
    if shares and (follows or soon):
        hours = facts.catalogue.shared_h.get(service.access, 0.0)
        yield hours, Phrase(id="line.shares_labour", args={"hours": hours})


def _offer(facts: Facts, lines: tuple[OfferLine, ...]) -> Offer:
    trigger = facts.trigger
    ready = pricing.parts_ready(facts, [x for x in lines if x.role is Role.MAIN])
    days = facts.catalogue.expires_days[_kind(facts)]
    draft = Offer(
        vehicle_id=facts.vehicle_id,
        alert_id=None if trigger is None else trigger.alert_id,
        cause=lines[0].service if trigger is None else trigger.cause,
        severity=None if trigger is None else trigger.severity,
        made_at=facts.now,
        expires_at=facts.now + timedelta(days=days),
        catalogue=facts.catalogue.version,
        lines=lines,
        savings=pricing.savings(lines, facts.catalogue),
        parts_ready_at=ready,
        packages=package_fit.advise_all(facts) if facts.wants_offers else (),
        why=_why(facts),
    )
    return replace(draft, slots=fitting(draft, facts.slots)[:SHOWN_SLOTS])


def _why(facts: Facts) -> tuple[Phrase, ...]:
    trigger = facts.trigger
    if trigger is None:
        return (Phrase(id="offer.why_due"),)
    args = {"cause": trigger.cause, "component": trigger.component}
    return (Phrase(id="offer.why_alert", args=args), Phrase(id="offer.alert_stays"))


def fitting(
    offer: Offer, slots: tuple[Slot, ...], chosen: frozenset[str] = frozenset()
) -> tuple[Slot, ...]:
    """Slots long enough, with the skills of every line, not before the parts are there.

    `chosen` empty: for the main lines.
    """
    names = chosen or frozenset(x.service for x in offer.lines if x.role is Role.MAIN)
    skills = {x.skill for x in offer.lines if x.service in names}
    hours = bill(offer, names).hours
    earliest = max(offer.parts_ready_at or offer.made_at, offer.made_at)
    fit_slots = [
        s for s in slots if s.start >= earliest and s.hours >= hours and skills <= s.skills
    ]
    return tuple(sorted(fit_slots, key=lambda s: (s.start, s.id)))
