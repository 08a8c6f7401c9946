"""Work orders move forward only, wait for the owner's answer, and end with an outcome."""

from __future__ import annotations

import pytest

from care.offers.catalogue import shipped
from care.orders.move_order import NEXT, ask_extra, check_move, move_order, total_fen
from domain.errors import BadInput, Conflict
from store.db.reach import Kind, Reach
from store.people.rows.work import OrderExtra
from store.people.workshop import OrderMove
from tests.care.rows import NOW, order

STAFF = Reach(tenant_id=1, kind=Kind.CENTRE, person_id=7, centre_id=3)
CATALOGUE = shipped()


class Book:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.moves: list[OrderMove] = []
        self.asked: list[tuple[str, int]] = []

    def move(self, reach: Reach, move: OrderMove) -> None:
        self.moves.append(move)

    def ask_extra(
        self, reach: Reach, order_id: int, *, service: str, price_fen: int, why: str, at: object
    ) -> int:
        self.asked.append((service, price_fen))
        return 1


def extra(state: str, fen: int = 5_000) -> OrderExtra:
    return OrderExtra(id=9, service="brake_fluid", price_fen=fen, why="", state=state)


@pytest.mark.parametrize("state", sorted(NEXT))
def test_check_move_allows_the_next_states_and_no_other(state: str) -> None:
    for wanted in NEXT:
        if wanted in NEXT[state]:
            check_move(order(state=state), wanted, "done")
        else:
            with pytest.raises(Conflict, match="does not follow"):
                check_move(order(state=state), wanted, "done")


def test_move_order_names_the_technician_who_begins_the_work() -> None:
    book = Book()
    move_order(book, STAFF, order(), "in_work", now=NOW)
    move_order(book, STAFF, order(state="in_work"), "quality_check", now=NOW)
    assert [m.technician_id for m in book.moves] == [7, None]
    assert book.moves[0].come_from == ("received",)


def test_done_without_an_outcome_is_refused_since_it_is_a_label() -> None:
    with pytest.raises(BadInput, match="outcome"):
        check_move(order(state="ready"), "done", None)


def test_a_car_is_not_ready_while_the_owner_has_not_answered() -> None:
    with pytest.raises(Conflict, match="owner"):
        check_move(order(state="quality_check", extras=[extra("asked")]), "ready", None)
    check_move(order(state="quality_check", extras=[extra("refused")]), "ready", None)


def test_ask_extra_never_costs_more_than_the_published_price() -> None:
    book, listed = Book(), CATALOGUE.services["brake_fluid"].list_fen
    wanted = {"service": "brake_fluid", "why": "", "now": NOW}
    ask_extra(book, STAFF, order(), CATALOGUE, price_fen=None, **wanted)  # type: ignore[arg-type]
    assert book.asked == [("brake_fluid", listed)]
    with pytest.raises(BadInput, match="published price"):
        ask_extra(book, STAFF, order(), CATALOGUE, price_fen=listed + 1, **wanted)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="not in the workshop"):
        ask_extra(book, STAFF, order(state="ready"), CATALOGUE, price_fen=None, **wanted)  # type: ignore[arg-type]


def test_total_fen_counts_extras_with_a_yes_only() -> None:
    extras = [extra("approved"), extra("asked"), extra("refused")]
    assert total_fen(order(extras=extras)) == 35_000
