"""Work orders, bay time, notes and the figures of centres. Money in fen (1/100 yuan)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

OrderState = Literal["booked", "received", "in_work", "quality_check", "ready", "done", "cancelled"]
"""The states of a work order, as the database checks them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """One step of a work order."""

    at: datetime
    state: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExtra:
    """Work found on the way; done only after the owner's yes."""

    id: int
    service: str
    price_fen: int
    why: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A work order; steps, extras and the technician's name only where one order is read."""

    id: int
    offer_id: int
    vehicle_id: int
    make: str
    model: str
    cause: str
    alert_id: int | None
    state: OrderState
    services: Sequence[str]
    agreed_fen: int
    start_at: datetime | None
    end_at: datetime | None
    outcome: str | None
    rating: int | None
    technician: str | None = None
    steps: Sequence[OrderStep] = ()
    extras: Sequence[OrderExtra] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedOrder:
    """A work order that is held for a move in this transaction."""

    vehicle_id: int
    slot_id: int | None
    state: OrderState
    services: Sequence[str]
    alert_id: int | None
    cause: str
    severity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BayTime:
    """A slot of a centre's bay, taken or free."""

    id: int
    start_at: datetime
    end_at: datetime
    skills: Sequence[str]
    bay: str
    taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNote:
    """A note of a call with the owner, and who wrote it."""

    at: datetime
    body: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreFigures:
    """Counts of one centre."""

    name: str
    title: str
    vehicles: int
    alerts_open: int
    alerts_wrong: int
    alerts_closed: int
    offers: int
    accepted: int
    declined: int
    done: int
    confirmed: int
    not_found: int
    rating: float | None
    ratings: int
