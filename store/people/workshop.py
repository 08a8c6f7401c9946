"""The workshop's book: slots, work orders with their steps and extras, call notes, the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TypeVar

from domain.errors import Conflict
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Reach, reaching, row, rows
from store.db.sql import queries
from store.people import offers
from store.people.labels import Decision, add_label
from store.people.rows.alerts import QueueRow
from store.people.rows.work import (
    BayTime,
    CallNote,
    CentreFigures,
    MovedOrder,
    OrderExtra,
    OrderRow,
    OrderStep,
)

_Q = queries("workshop")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """Bay time of a centre, free from `start` to `end` for work that needs `skills`."""

    centre_id: int
    start: datetime
    end: datetime
    skills: list[str]
    bay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMove:
    """The next state of a work order, allowed from one of `come_from`."""

    order_id: int
    come_from: Sequence[str]
    state: str
    at: datetime
    note: str = ""
    technician_id: int | None = None
    outcome: str | None = None


class Workshop:
    """Everything after a yes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, reach: Reach, query: str, kind: type[T], **parameters: object) -> list[T]:
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q[query], parameters, kind)

    def book(self, reach: Reach, yes: offers.Acceptance, slot_id: int | None) -> int:
        """Accept an offer and book the slot, all or nothing; returns the work order.

        Conflict when the slot was taken or the offer changed meanwhile.
        """
        id = new_vehicle_id()
        with reaching(self._pool, reach) as connection:
            offer = offers.accept(connection, yes)
            _take(connection, slot_id)
            order = {
                "id": id,
                "offer_id": yes.offer_id,
                "vehicle_id": offer.vehicle_id,
                "centre_id": offer.centre_id,
                "slot_id": slot_id,
                "services": list(yes.chosen),
                "agreed_fen": yes.total_fen,
                "at": yes.at,
            }
            connection.execute(_Q["add_order"], order)
            booked = OrderMove(order_id=id, come_from=(), state="booked", at=yes.at)
            _step(connection, reach, booked)
        return id

    def orders(
        self, reach: Reach, *, vehicle_id: int | None = None, open: bool = False, most: int = 100
    ) -> list[OrderRow]:
        """Work orders in reach, next first."""
        return self._all(reach, "orders", OrderRow, vehicle_id=vehicle_id, open=open, most=most)

    def order(self, reach: Reach, order_id: int) -> OrderRow | None:
        """One work order with its technician, steps and extras."""
        wanted = {"order_id": order_id}
        with reaching(self._pool, reach) as connection:
            found = row(connection, _Q["order"], wanted, OrderRow)
            if found is None:
                return None
            steps = rows(connection, _Q["steps"], wanted, OrderStep)
            extras = rows(connection, _Q["extras"], wanted, OrderExtra)
        return replace(found, steps=steps, extras=extras)

    def move(self, reach: Reach, move: OrderMove) -> None:
        """Set the next state; Conflict unless it is in one of `come_from` now. An outcome becomes
        a label of the alert."""
        with reaching(self._pool, reach) as connection:
            order = _held(connection, move)
            connection.execute(_Q["move"], asdict(move) | {"come_from": list(move.come_from)})
            _step(connection, reach, move)
            if move.state == "cancelled" and order.slot_id is not None:
                connection.execute(_Q["free_slot"], {"slot_id": order.slot_id})
            if move.outcome is not None:
                said = Decision.of(order, move.outcome, move.note, order.services, move.at)
                add_label(connection, reach, said)

    def ask_extra(
        self, reach: Reach, order_id: int, *, service: str, price_fen: int, why: str, at: datetime
    ) -> int:
        """Ask the owner about more work; nothing is done before a yes."""
        id = new_vehicle_id()
        asked = {"service": service, "price_fen": price_fen, "why": why, "at": at}
        with reaching(self._pool, reach) as connection:
            connection.execute(_Q["ask_extra"], {"id": id, "order_id": order_id, **asked})
        return id

    def decide_extra(
        self, reach: Reach, order_id: int, extra_id: int, *, yes: bool, at: datetime
    ) -> None:
        """The owner's answer; Conflict when it was given already."""
        state = "approved" if yes else "refused"
        parameters = {"order_id": order_id, "id": extra_id, "state": state, "at": at}
        with reaching(self._pool, reach) as connection:
            if connection.execute(_Q["decide_extra"], parameters).rowcount == 0:
                raise Conflict("that question was answered", remedy="read the order again")

    def rate(self, reach: Reach, order_id: int, rating: int, note: str) -> None:
        """One rating per finished order, 1 to 5."""
        parameters = {"order_id": order_id, "rating": rating, "note": note}
        with reaching(self._pool, reach) as connection:
            if connection.execute(_Q["rate"], parameters).rowcount == 0:
                raise Conflict("rated already, or not done yet", remedy="read the order again")

    def add_note(self, reach: Reach, vehicle_id: int, body: str, at: datetime) -> None:
        """A note of a call with the owner."""
        who = {"centre_id": reach.centre_id, "person_id": reach.person_id}
        note = {"vehicle_id": vehicle_id, "at": at, "body": body}
        with reaching(self._pool, reach) as connection:
            connection.execute(_Q["add_note"], who | note)

    def notes(self, reach: Reach, vehicle_id: int) -> list[CallNote]:
        """Notes about a car, newest first."""
        return self._all(reach, "notes", CallNote, vehicle_id=vehicle_id)

    def queue(self, reach: Reach, most: int = 500) -> list[QueueRow]:
        """Open alerts with their offer, order and rescue case; unsorted."""
        return self._all(reach, "queue", QueueRow, most=most)

    def slots(self, reach: Reach, centre_id: int, low: datetime, high: datetime) -> list[BayTime]:
        """Slots of a centre, taken ones too."""
        return self._all(reach, "slots", BayTime, centre_id=centre_id, low=low, high=high)

    def add_slots(self, tenant_id: int, slots: Sequence[NewSlot]) -> int:
        """Publish bay time; returns how many slots are new."""
        with self._pool.transaction() as connection:
            return sum(
                connection.execute(
                    _Q["add_slot"], asdict(slot) | {"tenant_id": tenant_id, "id": new_vehicle_id()}
                ).rowcount
                for slot in slots
            )

    def set_stock(self, tenant_id: int, centre_id: int, amounts: Mapping[str, int]) -> None:
        """How many of each part a centre has."""
        with self._pool.transaction() as connection:
            for part, amount in amounts.items():
                held = {"centre_id": centre_id, "part": part, "amount": amount}
                connection.execute(_Q["set_stock"], {"tenant_id": tenant_id, **held})

    def group(self, reach: Reach) -> list[CentreFigures]:
        """Counts per centre."""
        return self._all(reach, "group", CentreFigures)


def _held(connection: Connection, move: OrderMove) -> MovedOrder:
    order = row(connection, _Q["lock_order"], {"order_id": move.order_id}, MovedOrder)
    if order is None or order.state not in move.come_from:
        raise Conflict(
            f"the work order is not in {' or '.join(move.come_from)}",
            remedy="read it again: somebody moved it",
        )
    return order


def _take(connection: Connection, slot_id: int | None) -> None:
    if slot_id is None:
        return
    if connection.execute(_Q["take_slot"], {"slot_id": slot_id}).rowcount == 0:
        raise Conflict("that time was just taken", remedy="choose another time")


def _step(connection: Connection, reach: Reach, move: OrderMove) -> None:
    connection.execute(
        _Q["add_step"],
        {
            "order_id": move.order_id,
            "at": move.at,
            "state": move.state,
            "person_id": reach.person_id,
            "note": move.note,
        },
    )
