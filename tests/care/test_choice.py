"""What a person chooses of an offer, what staff change in it, and the yes that books it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.offers.choice import chosen_services, edited
from care.offers.decide_offer import accept, priced
from care.offers.offer_json import body_of
from domain.errors import BadInput, Conflict
from domain.offers import Offer, bill
from store.db.reach import Kind, Reach
from store.people.offers import Acceptance
from store.people.rows.offers import OfferRow, SlotRow
from tests.care.offers.facts import NOW
from tests.care.offers.test_examples import ev
from tests.care.offers.test_examples import offer as decided

OWNER = Reach(tenant_id=1, kind=Kind.OWNER, person_id=3)


class Books:
    """The offer book and the workshop's, in memory: one long free time tomorrow."""

    def __init__(self) -> None:
        self.booked: list[tuple[Acceptance, int | None]] = []
        self.kept: list[object] = []

    def free_slots(self, reach: Reach, centre_id: int, low: object, high: object) -> list[SlotRow]:
        start = NOW + timedelta(days=7)
        end = start + timedelta(hours=8)
        return [
            SlotRow(
                id=11, centre_id=centre_id, start_at=start, end_at=end, skills=["general", "hv"]
            )
        ]

    def decline(self, reach: Reach, offer_id: int, version: int, **said: object) -> None:
        self.kept.append(said)

    def edit(self, reach: Reach, offer_id: int, version: int, body: object) -> None:
        self.kept.append(body)

    def book(self, reach: Reach, yes: Acceptance, slot_id: int | None) -> int:
        self.booked.append((yes, slot_id))
        return 77


def offer() -> Offer:
    return decided(ev(wants_offers=True))


def row(**changes: object) -> OfferRow:
    given = {
        "id": 4,
        "vehicle_id": 1,
        "centre_id": 2,
        "alert_id": 7,
        "cause": "weak_cell",
        "severity": 2,
        "state": "open",
        "made_at": NOW,
        "expires_at": NOW + timedelta(days=14),
        "version": 1,
        "body": body_of(offer()),
        "chosen": [],
        "total_fen": None,
        "decline_reason": None,
    }
    return OfferRow(**{**given, **changes})


def test_chosen_services_refuses_none_and_strangers_by_name() -> None:
    first = offer().lines[0].service
    assert chosen_services(offer(), [first]) == {first}
    for wrong in ([], ["gold_plating"]):
        with pytest.raises(BadInput, match="services"):
            chosen_services(offer(), wrong)


def test_edited_lowers_prices_and_never_raises_one() -> None:
    line = next(line for line in offer().lines if line.pay_fen > 0)
    lower = edited(offer(), remove=[], pay_fen={line.service: line.pay_fen - 1})
    assert next(x for x in lower.lines if x.service == line.service).pay_fen == line.pay_fen - 1
    with pytest.raises(BadInput, match="is not within"):
        edited(offer(), remove=[], pay_fen={line.service: line.pay_fen + 1})


def test_edited_leaves_something_and_ticks_nothing() -> None:
    every = [line.service for line in offer().lines]
    with pytest.raises(BadInput, match="leaves nothing"):
        edited(offer(), remove=every, pay_fen={})
    assert edited(offer(), remove=[], pay_fen={}) == offer()


def test_accept_books_the_price_that_priced_has_shown() -> None:
    books, services = Books(), [offer().lines[0].service]
    shown = priced(books, OWNER, row(), services, NOW)
    booked = accept(books, books, OWNER, row(), services=services, version=1, slot_id=11, now=NOW)
    [(yes, slot)] = books.booked
    assert booked.total_fen == shown.bill.total_fen == bill(offer(), services).total_fen
    assert (booked.order_id, yes.chosen, slot) == (77, services, 11)


@pytest.mark.parametrize(
    ("changes", "slot_id", "why"),
    [
        ({"state": "declined"}, None, "not open"),
        ({"expires_at": NOW}, None, "not open"),
        ({"centre_id": None}, None, "no service centre"),
        ({}, 12, "does not fit"),
    ],
)
def test_accept_refuses_what_cannot_be_booked(
    changes: dict[str, object], slot_id: int | None, why: str
) -> None:
    books, services = Books(), [offer().lines[0].service]
    with pytest.raises(Conflict, match=why):
        accept(
            books,
            books,
            OWNER,
            row(**changes),
            services=services,
            version=1,
            slot_id=slot_id,
            now=NOW,
        )
    assert books.booked == []
