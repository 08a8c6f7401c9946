"""Who may move a work order where, and the extra work found on the way.

booked -> received -> in_work -> quality_check -> ready -> done
   '--------'-> cancelled
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from care.offers.catalogue import Catalogue, Service
from domain.errors import BadInput, Conflict
from store.db.reach import Reach
from store.people.rows.work import OrderRow
from store.people.workshop import OrderMove

NEXT: Mapping[str, tuple[str, ...]] = {
    "booked": ("received", "cancelled"),
    "received": ("in_work", "cancelled"),
    "in_work": ("quality_check",),
    "quality_check": ("ready", "in_work"),
    "ready": ("done",),
    "done": (),
    "cancelled": (),
}
"""Which states may follow each."""
IN_THE_WORKSHOP = ("received", "in_work", "quality_check")
"""While the car is there, more work may be asked for."""


class OrderBook(Protocol):
    """Work orders (store.people.workshop.Workshop)."""

    def move(self, reach: Reach, move: OrderMove) -> None:
        """Set the next state; Conflict when somebody moved it meanwhile."""
        ...

    def ask_extra(
        self, reach: Reach, order_id: int, *, service: str, price_fen: int, why: str, at: datetime
    ) -> int:
        """Ask the owner about more work."""
        ...


def move_order(
    book: OrderBook,
    reach: Reach,
    order: OrderRow,
    state: str,
    *,
    now: datetime,
    note: str = "",
    outcome: str | None = None,
) -> None:
    """The next state; Conflict where it does not follow; extras without an answer hold it up."""
    check_move(order, state, outcome)
    move = OrderMove(
        order_id=order.id,
        come_from=(order.state,),
        state=state,
        at=now,
        note=note,
        technician_id=reach.person_id if state == "in_work" else None,
        outcome=outcome,
    )
    book.move(reach, move)


def check_move(order: OrderRow, state: str, outcome: str | None) -> None:
    """Conflict or BadInput where the order may not go to `state` now."""
    if state not in NEXT[order.state]:
        raise Conflict(
            f"{state} does not follow {order.state}",
            remedy=f"next: {', '.join(NEXT[order.state]) or 'nothing'}",
        )
    if state == "done" and outcome is None:
        raise BadInput(
            "outcome", None, "is missing", remedy="say confirmed, not_found or done: it is a label"
        )
    if state == "ready" and any(extra.state == "asked" for extra in order.extras):
        raise Conflict("extra work waits for the owner's answer", remedy="ask the owner first")


def ask_extra(
    book: OrderBook,
    reach: Reach,
    order: OrderRow,
    catalogue: Catalogue,
    *,
    service: str,
    price_fen: int | None,
    why: str,
    now: datetime,
) -> None:
    """More work from the catalogue, at its published price or below; asked, not done."""
    listed = catalogue.services.get(service)
    if listed is None:
        raise BadInput(
            "service", service, "is not in the catalogue", remedy="see /api/v1/catalogue"
        )
    price = extra_price(listed, price_fen)
    if order.state not in IN_THE_WORKSHOP:
        raise Conflict("the car is not in the workshop", remedy="receive it first")
    book.ask_extra(reach, order.id, service=listed.id, price_fen=price, why=why, at=now)


def extra_price(service: Service, wanted_fen: int | None) -> int:
    """The published price in fen, or a lower one; BadInput for a higher one."""
    price = service.list_fen if wanted_fen is None else wanted_fen
    if price > service.list_fen:
        raise BadInput(
            "price_fen",
            price,
            "is above the published price",
            remedy=f"ask for at most {service.list_fen}",
        )
    return price


def total_fen(order: OrderRow) -> int:
    """What was agreed, and every extra with a yes."""
    return order.agreed_fen + sum(x.price_fen for x in order.extras if x.state == "approved")
