"""Makes offers from open alerts and due services. The worker calls it; running it twice is safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from care.offers.catalogue import Catalogue, shipped
from care.offers.decision import decide
from care.offers.offer_json import body_of
from care.offers.read_facts import facts_of, outranked
from domain.offers import NoOffer, Offer
from firmware_contracts.signals import BY_NAME
from store.db.pool import Pool
from store.people.offers import NewOffer, OfferDesk
from store.people.rows.offers import DueCandidate, OfferCar, WaitingAlert

ODOMETER = BY_NAME["odometer_m"].id


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one run did."""

    offers: int = 0
    refused: int = 0
    rescues: int = 0
    withdrawn: int = 0
    expired: int = 0


def make_offers(pool: Pool, now: datetime, catalogue: Catalogue | None = None) -> Made:
    """Offers for alerts and due services that have none, on a pool of role vigil_worker.

    A red alert gets a rescue case and no offer. Offers whose alert went away are taken back.
    """
    desk, listed = OfferDesk(pool), catalogue or shipped()
    withdrawn, expired = desk.tidy(now)
    offers = refused = rescues = 0
    for alert in desk.waiting(now):
        answer = _answer(desk, listed, now, alert)
        if isinstance(answer, NoOffer):
            desk.refuse(alert, answer.reason.id, now, rescue=answer.rescue)
            refused, rescues = refused + 1, rescues + answer.rescue
        else:
            offers += answer
    for car in desk.due_candidates(now):
        offers += _due_offer(desk, listed, now, car)
    return Made(
        offers=offers, refused=refused, rescues=rescues, withdrawn=withdrawn, expired=expired
    )


def _answer(
    desk: OfferDesk, catalogue: Catalogue, now: datetime, alert: WaitingAlert
) -> NoOffer | int:
    car = desk.car(alert.tenant_id, alert.vehicle_id, now, ODOMETER)
    if car is None:
        return 0
    decision = decide(facts_of(car, catalogue, now, alert))
    if isinstance(decision, NoOffer):
        return decision
    return _add(desk, car, decision, outranked(car, catalogue, alert))


def _due_offer(
    desk: OfferDesk, catalogue: Catalogue, now: datetime, candidate: DueCandidate
) -> int:
    car = desk.car(candidate.tenant_id, candidate.id, now, ODOMETER)
    if car is None:
        return 0
    decision = decide(facts_of(car, catalogue, now))
    return 0 if isinstance(decision, NoOffer) else _add(desk, car, decision, set())


def _add(desk: OfferDesk, car: OfferCar, offer: Offer, replaced: set[int]) -> int:
    vehicle = car.vehicle
    added = desk.add(
        NewOffer(
            tenant_id=vehicle.tenant_id,
            vehicle_id=vehicle.id,
            centre_id=vehicle.centre_id,
            person_id=car.person_id,
            alert_id=offer.alert_id,
            cause=offer.cause,
            severity=None if offer.severity is None else int(offer.severity),
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            body=body_of(offer),
            outranked=sorted(replaced),
        )
    )
    return 1 if added is not None else 0
