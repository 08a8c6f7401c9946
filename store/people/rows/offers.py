"""Offers, and what the offer engine is told about a car. Money in fen (1/100 yuan)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One offer of the book; `body` is the offer itself (care.offers.offer_json)."""

    id: int
    vehicle_id: int
    centre_id: int | None
    alert_id: int | None
    cause: str
    severity: int | None
    state: str
    made_at: datetime
    expires_at: datetime
    version: int
    body: Mapping[str, Any]
    chosen: Sequence[str]
    total_fen: int | None
    decline_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedOffer:
    """An offer that is held for a decision in this transaction."""

    vehicle_id: int
    centre_id: int | None
    alert_id: int | None
    cause: str
    severity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAlert:
    """An open alert without an offer."""

    tenant_id: int
    id: int
    vehicle_id: int
    cause: str
    component: str
    severity: int
    experimental: bool
    due_low: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCandidate:
    """A car whose keeper wants offers and has none."""

    tenant_id: int
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVehicle:
    """The asset, as far as offers depend on it."""

    tenant_id: int
    id: int
    centre_id: int | None
    powertrain: str
    in_service: date | None
    warranty: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRow:
    """One right of a car: what it pays for, how often, until when."""

    id: int
    kind: str
    package: str
    services: Sequence[str]
    systems: Sequence[str]
    discount: float
    uses_left: int | None
    until: datetime | None
    until_km: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """One yes of the keeper, with the purpose's word."""

    person_id: int
    vehicle_id: int
    purpose: str
    given_at: datetime
    until: datetime
    text_hash: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOfferRow:
    """An earlier offer to the same owner."""

    alert_id: int | None
    made_at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedService:
    """A service of an open offer, or of a running work order (`offer_id` None)."""

    offer_id: int | None
    cause: str
    severity: int | None
    service: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedServices:
    """Services the owner said no to."""

    services: Sequence[str]
    at: datetime
    severity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneWork:
    """A finished work order."""

    services: Sequence[str]
    changed_at: datetime
    agreed_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """A free time of a centre."""

    id: int
    centre_id: int
    start_at: datetime
    end_at: datetime
    skills: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """How many of a part a centre has."""

    part: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCar:
    """Everything the offer engine asks about one car, read in one transaction."""

    vehicle: ServedVehicle
    person_id: int | None = None
    odometer_m: float | None = None
    entitlements: Sequence[EntitlementRow] = ()
    consents: Sequence[GivenConsent] = ()
    past: Sequence[PastOfferRow] = ()
    promised: Sequence[PromisedService] = ()
    declined: Sequence[DeclinedServices] = ()
    done: Sequence[DoneWork] = ()
    free_slots: Sequence[SlotRow] = ()
    stock: Sequence[StockRow] = ()
