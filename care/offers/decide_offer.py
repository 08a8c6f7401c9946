"""A person decides on an offer: what a choice costs, a yes with its booking, a no, an edit.

choose -> price -> accept: offer, rights, slot and work order in one transaction
       -> decline          the alert stays
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from care.offers.choice import chosen_services, edited
from care.offers.decision import fitting
from care.offers.offer_json import body_of, offer_of
from care.offers.read_facts import slot_of
from domain.errors import Conflict
from domain.offers import Bill, Offer, Slot, bill
from store.db.reach import Reach
from store.people.offers import Acceptance
from store.people.rows.offers import OfferRow, SlotRow

AHEAD = timedelta(days=21)
"""How far ahead times are offered: beyond three weeks nobody plans a workshop."""
SHOWN_SLOTS = 6
"""Times to choose from: more are not read on a telephone."""


class OfferBook(Protocol):
    """Offers that people decide on (store.people.offers.Offers)."""

    def free_slots(
        self, reach: Reach, centre_id: int, low: datetime, high: datetime
    ) -> list[SlotRow]:
        """Free times of a centre."""
        ...

    def decline(
        self,
        reach: Reach,
        offer_id: int,
        version: int,
        *,
        reason: str,
        services: list[str],
        at: datetime,
    ) -> None:
        """Say no; Conflict when it changed meanwhile."""
        ...

    def edit(self, reach: Reach, offer_id: int, version: int, body: object) -> None:
        """Put another content in place; Conflict when it changed meanwhile."""
        ...


class BookingBook(Protocol):
    """Where a yes becomes a work order (store.people.workshop.Workshop)."""

    def book(self, reach: Reach, yes: Acceptance, slot_id: int | None) -> int:
        """Accept and book, all or nothing; the work order's id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a choice costs, and the times that fit it."""

    bill: Bill
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A work order and the price that was agreed, in fen."""

    order_id: int
    total_fen: int


def free_slots(
    book: OfferBook, reach: Reach, centre_id: int | None, now: datetime
) -> tuple[Slot, ...]:
    """Free times of a centre in the next three weeks; none where no centre is chosen."""
    if centre_id is None:
        return ()
    return tuple(slot_of(r) for r in book.free_slots(reach, centre_id, now, now + AHEAD))


def fitting_slots(
    offer: Offer, free: tuple[Slot, ...], chosen: frozenset[str], now: datetime
) -> tuple[Slot, ...]:
    """Times that fit the chosen items from now on; with no choice, the main items."""
    ready = max(now, offer.parts_ready_at or now)
    return fitting(replace(offer, parts_ready_at=ready), free, chosen)[:SHOWN_SLOTS]


def priced(
    book: OfferBook, reach: Reach, row: OfferRow, services: Sequence[str], now: datetime
) -> Priced:
    """The sum for a choice, before anything is agreed."""
    offer = offer_of(row.body)
    chosen = chosen_services(offer, services)
    free = free_slots(book, reach, row.centre_id, now)
    return Priced(bill=bill(offer, chosen), slots=fitting_slots(offer, free, chosen, now))


def accept(
    offers: OfferBook,
    bookings: BookingBook,
    reach: Reach,
    row: OfferRow,
    *,
    services: Sequence[str],
    version: int,
    slot_id: int | None,
    now: datetime,
) -> Booked:
    """A yes to the chosen items, at a time that fits them; the price is the one shown.

    Conflict where the offer is not open, has no centre, or the time does not fit any more.
    """
    offer = offer_of(row.body)
    chosen = chosen_services(offer, services)
    _check_open(row, now)
    fits = fitting_slots(offer, free_slots(offers, reach, row.centre_id, now), chosen, now)
    if slot_id is not None and slot_id not in {s.id for s in fits}:
        raise Conflict(
            "that time does not fit these items any more", remedy="choose another of the times"
        )
    total_fen = bill(offer, chosen).total_fen
    lines = [line for line in offer.lines if line.service in chosen]
    yes = Acceptance(
        offer_id=row.id,
        version=version,
        chosen=[line.service for line in lines],
        total_fen=total_fen,
        rights=[int(line.entitlement) for line in lines if line.entitlement.isdigit()],
        at=now,
    )
    return Booked(order_id=bookings.book(reach, yes, slot_id), total_fen=total_fen)


def _check_open(row: OfferRow, now: datetime) -> None:
    if row.expires_at <= now or row.state != "open":
        raise Conflict("the offer is not open any more", remedy="ask the centre for a new one")
    if row.centre_id is None:
        raise Conflict("no service centre is chosen for this car", remedy="choose a centre first")


def decline(
    book: OfferBook, reach: Reach, row: OfferRow, *, version: int, reason: str, now: datetime
) -> None:
    """A no to every item; the alert stays."""
    services = [line.service for line in offer_of(row.body).lines]
    book.decline(reach, row.id, version, reason=reason, services=services, at=now)


def edit(
    book: OfferBook,
    reach: Reach,
    row: OfferRow,
    *,
    version: int,
    remove: Sequence[str],
    pay_fen: Mapping[str, int],
) -> None:
    """Leave items out or lower prices; never raise one, never tick, never touch severity."""
    offer = edited(offer_of(row.body), remove=remove, pay_fen=pay_fen)
    book.edit(reach, row.id, version, body_of(offer))
