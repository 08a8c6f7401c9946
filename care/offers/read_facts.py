"""From the store's rows to the facts of one car. Unknown stays unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from care.offers.car_facts import Declined, Due, Facts, PastOffer, Trigger, Usage
from care.offers.catalogue import Catalogue, Service
from care.rights.owned_rights import maker_warranty, rights_of
from domain.consent import Consent, Purpose, allowed
from domain.health import Severity
from domain.offers import Slot
from domain.sentences.phrase import Phrase
from domain.vehicle import Powertrain
from firmware_contracts.durations import YEAR
from store.people.rows.offers import (
    GivenConsent,
    OfferCar,
    PromisedService,
    ServedVehicle,
    SlotRow,
    WaitingAlert,
)

MONTH = timedelta(days=30.44)
"""The mean month."""


def facts_of(
    car: OfferCar, catalogue: Catalogue, now: datetime, alert: WaitingAlert | None = None
) -> Facts:
    """Everything the engine asks, from `OfferDesk.car` and an alert's row."""
    vehicle = car.vehicle
    usage = _usage(car, now)
    powertrain = Powertrain(vehicle.powertrain)
    consents = [_consent(given) for given in car.consents]
    return Facts(
        now=now,
        vehicle_id=vehicle.id,
        powertrain=powertrain,
        catalogue=catalogue,
        trigger=None if alert is None else _trigger(alert),
        due=tuple(_due(car, catalogue, powertrain, usage, now)),
        entitlements=rights_of(car, catalogue.tiers, now),
        promised=_promised(car, outranked(car, catalogue, alert)),
        owned_packages=frozenset(e.package for e in car.entitlements if e.package),
        wants_offers=allowed(consents, Purpose.PERSONAL_OFFERS, now),
        usage=usage,
        declined=tuple(_declined(car)),
        past=tuple(_past(car)),
        slots=tuple(slot_of(s) for s in car.free_slots),
        stock={each.part: each.amount for each in car.stock},
    )


def outranked(car: OfferCar, catalogue: Catalogue, alert: WaitingAlert | None) -> set[int]:
    """Open offers of the car for the same work, made for a lesser alert: one takes their place.

    More severe outranks; of equal ones the cause that stands first in the service's list.
    """
    if alert is None:
        return set()
    powertrain = Powertrain(car.vehicle.powertrain)
    answers = {s.id: s for s in catalogue.answering(alert.cause, powertrain)}
    return {
        each.offer_id
        for each in car.promised
        if each.offer_id is not None and each.role == "main" and each.service in answers
        if _weight(answers[each.service], each) < _weight(answers[each.service], alert)
    }


def _weight(service: Service, of: PromisedService | WaitingAlert) -> tuple[int, int]:
    known = of.cause in service.causes
    place = service.causes.index(of.cause) if known else len(service.causes)
    return (-1 if of.severity is None else of.severity), -place


def _promised(car: OfferCar, replaced: set[int]) -> frozenset[str]:
    return frozenset(e.service for e in car.promised if e.offer_id not in replaced)


def _trigger(alert: WaitingAlert) -> Trigger:
    return Trigger(
        alert_id=alert.id,
        cause=alert.cause,
        component=alert.component,
        severity=Severity(alert.severity),
        experimental=alert.experimental,
        due_low=alert.due_low,
    )


def slot_of(found: SlotRow) -> Slot:
    """A slot of the store."""
    return Slot(
        id=found.id,
        centre_id=found.centre_id,
        start=found.start_at,
        end=found.end_at,
        skills=frozenset(found.skills),
    )


def _usage(car: OfferCar, now: datetime) -> Usage:
    age_years = _age_years(car.vehicle.in_service, now)
    odometer_km = None if car.odometer_m is None else car.odometer_m / 1000
    per_year = None
    if odometer_km is not None and age_years is not None and age_years >= 0.25:
        per_year = odometer_km / age_years
    return Usage(
        km_per_year=per_year,
        age_years=age_years,
        odometer_km=odometer_km,
        uses=_uses(car, now),
        in_maker_warranty=_in_warranty(car.vehicle, now, odometer_km),
    )


def _age_years(in_service: date | None, now: datetime) -> float | None:
    return None if in_service is None else (now.date() - in_service) / YEAR


def _uses(car: OfferCar, now: datetime) -> dict[str, int] | None:
    """Counted services of the last year; None for a car we have never served."""
    if not car.done:
        return None
    recent = [d for d in car.done if now - d.changed_at <= YEAR]
    return dict(Counter(service for d in recent for service in d.services))


def _in_warranty(vehicle: ServedVehicle, now: datetime, odometer_km: float | None) -> bool | None:
    rights = maker_warranty(vehicle)
    return any(r.holds(now, odometer_km) for r in rights) if rights else None


def _consent(given: GivenConsent) -> Consent:
    return Consent(
        person_id=given.person_id,
        vehicle_id=given.vehicle_id,
        purpose=Purpose(given.purpose),
        given_at=given.given_at,
        until=given.until,
        text_hash=given.text_hash,
        withdrawn_at=given.withdrawn_at,
    )


def _declined(car: OfferCar) -> Iterator[Declined]:
    for no in car.declined:
        severity = None if no.severity is None else Severity(no.severity)
        for service in no.services:
            yield Declined(service=service, at=no.at, severity=severity)


def _past(car: OfferCar) -> Iterator[PastOffer]:
    for offer in car.past:
        kind = "due" if offer.alert_id is None else "alert"
        yield PastOffer(kind=kind, made_at=offer.made_at, open=offer.state == "open")


def _due(
    car: OfferCar, catalogue: Catalogue, powertrain: Powertrain, usage: Usage, now: datetime
) -> Iterator[Due]:
    """Services whose last time is known (done here, or never since the car was new)."""
    for service in catalogue.services.values():
        if service.interval is None or powertrain not in service.powertrains:
            continue
        since = _since(car, service, now)
        if since is not None:
            yield _due_by(service, *since, usage)


def _since(car: OfferCar, service: Service, now: datetime) -> tuple[timedelta, bool] | None:
    """How long ago, and whether it was ever done here."""
    times: list[datetime] = [d.changed_at for d in car.done if service.id in d.services]
    if times:
        return now - max(times), True
    start: date | None = car.vehicle.in_service
    age = None if start is None else now.date() - start
    months = service.interval.months if service.interval else None
    young = age is not None and months is not None and age <= 1.5 * months * MONTH
    return (age, False) if young and age is not None else None


def _due_by(service: Service, since: timedelta, done: bool, usage: Usage) -> Due:
    interval = service.interval
    months = since / MONTH
    by_time = months / interval.months if interval and interval.months else 0.0
    km = usage.km_per_year * (since / YEAR) if usage.km_per_year is not None else 0.0
    by_km = km / interval.km if interval and interval.km else 0.0
    if done and by_km > by_time and interval:
        args: dict[str, str | int | float] = {"km": round(km), "interval": int(interval.km or 0)}
        return Due(service=service.id, overdue_share=by_km, basis=Phrase(id="due.by_km", args=args))
    args = {"since": round(months), "months": int(interval.months or 0) if interval else 0}
    basis = Phrase(id="due.by_time" if done else "due.since_new", args=args)
    return Due(service=service.id, overdue_share=by_time, basis=basis)
