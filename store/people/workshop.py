"""The workshop's book: slots, work orders with their steps and extras, call notes, the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.errors import Conflict
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Reach, reaching, row, rows
from store.db.sql import queries
from store.people import offers
from store.people.vehicle_reads import Row

_Q = queries("workshop")
_LABEL = queries("vehicle_reads")["add_label"]


class Workshop:
    """Everything after a yes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, reach: Reach, query: str, **values: Any) -> list[Row]:
        with reaching(self._pool, reach) as line:
            return rows(line, _Q[query], values)

    def book(
        self,
        reach: Reach,
        offer_id: int,
        version: int,
        *,
        chosen: list[str],
        total_fen: int,
        rights: list[int],
        slot_id: int | None,
        at: datetime,
    ) -> int:
        """Accept an offer and book the slot, all or nothing; returns the work order.

        Conflict when the slot was taken or the offer changed meanwhile.
        """
        with reaching(self._pool, reach) as line:
            offer = offers.accept(
                line, offer_id, version, chosen=chosen, total_fen=total_fen, rights=rights, at=at
            )
            _take(line, slot_id)
            order = {
                "id": new_vehicle_id(),
                "offer_id": offer_id,
                "vehicle_id": offer["vehicle_id"],
                "centre_id": offer["centre_id"],
                "slot_id": slot_id,
                "services": chosen,
                "agreed_fen": total_fen,
                "at": at,
            }
            line.execute(_Q["add_order"], order)
            _step(line, reach, order["id"], "booked", "", at)
        return int(order["id"])

    def orders(
        self, reach: Reach, *, vehicle_id: int | None = None, open: bool = False, most: int = 100
    ) -> list[Row]:
        """Work orders in reach, next first."""
        return self._all(reach, "orders", vehicle_id=vehicle_id, open=open, most=most)

    def order(self, reach: Reach, order_id: int) -> Row | None:
        """One work order with its `steps` and `extras`."""
        with reaching(self._pool, reach) as line:
            found = row(line, _Q["order"], {"order_id": order_id})
            if found is None:
                return None
            found["steps"] = rows(line, _Q["steps"], {"order_id": order_id})
            found["extras"] = rows(line, _Q["extras"], {"order_id": order_id})
        return found

    def move(
        self,
        reach: Reach,
        order_id: int,
        *,
        come_from: Sequence[str],
        state: str,
        at: datetime,
        note: str = "",
        technician_id: int | None = None,
        outcome: str | None = None,
    ) -> None:
        """Set the next state; Conflict unless it is in one of `come_from` now. An outcome becomes
        a label of the alert."""
        with reaching(self._pool, reach) as line:
            order = row(line, _Q["lock_order"], {"order_id": order_id})
            if order is None or order["state"] not in come_from:
                raise Conflict(
                    f"the work order is not in {' or '.join(come_from)}",
                    remedy="read it again: somebody moved it",
                )
            values = {
                "order_id": order_id,
                "state": state,
                "at": at,
                "technician_id": technician_id,
                "outcome": outcome,
            }
            line.execute(_Q["move"], values)
            _step(line, reach, order_id, state, note, at)
            if state == "cancelled" and order["slot_id"] is not None:
                line.execute(_Q["free_slot"], {"slot_id": order["slot_id"]})
            if outcome is not None:
                services = list(order["services"])
                line.execute(_LABEL, offers.label(reach, order, outcome, note, services, at))

    def ask_extra(
        self, reach: Reach, order_id: int, *, service: str, price_fen: int, why: str, at: datetime
    ) -> int:
        """Ask the owner about more work; nothing is done before a yes."""
        id = new_vehicle_id()
        values = {
            "id": id,
            "order_id": order_id,
            "service": service,
            "price_fen": price_fen,
            "why": why,
            "at": at,
        }
        with reaching(self._pool, reach) as line:
            line.execute(_Q["ask_extra"], values)
        return id

    def decide_extra(
        self, reach: Reach, order_id: int, extra_id: int, *, yes: bool, at: datetime
    ) -> None:
        """The owner's answer; Conflict when it was given already."""
        state = "approved" if yes else "refused"
        values = {"order_id": order_id, "id": extra_id, "state": state, "at": at}
        with reaching(self._pool, reach) as line:
            if line.execute(_Q["decide_extra"], values).rowcount == 0:
                raise Conflict("that question was answered", remedy="read the order again")

    def rate(self, reach: Reach, order_id: int, rating: int, note: str) -> None:
        """One rating per finished order, 1 to 5."""
        values = {"order_id": order_id, "rating": rating, "note": note}
        with reaching(self._pool, reach) as line:
            if line.execute(_Q["rate"], values).rowcount == 0:
                raise Conflict("rated already, or not done yet", remedy="read the order again")

    def add_note(self, reach: Reach, vehicle_id: int, body: str, at: datetime) -> None:
        """A note of a call with the owner."""
        values = {
            "vehicle_id": vehicle_id,
            "centre_id": reach.centre_id,
            "person_id": reach.person_id,
            "at": at,
            "body": body,
        }
        with reaching(self._pool, reach) as line:
            line.execute(_Q["add_note"], values)

    def notes(self, reach: Reach, vehicle_id: int) -> list[Row]:
        """Notes about a car, newest first."""
        return self._all(reach, "notes", vehicle_id=vehicle_id)

    def queue(self, reach: Reach, most: int = 500) -> list[Row]:
        """Open alerts with their offer, order and rescue case; unsorted."""
        return self._all(reach, "queue", most=most)

    def slots(self, reach: Reach, centre_id: int, low: datetime, high: datetime) -> list[Row]:
        """Slots of a centre, taken ones too."""
        return self._all(reach, "slots", centre_id=centre_id, low=low, high=high)

    def group(self, reach: Reach) -> list[Row]:
        """Counts per centre."""
        return self._all(reach, "group")


def add_slots(pool: Pool, tenant_id: int, slots: Sequence[Row]) -> int:
    """Publish bay time (`centre_id`, `start`, `end`, `skills`, `bay`); returns how many are new."""
    with pool.transaction() as line:
        return sum(
            line.execute(
                _Q["add_slot"], {"tenant_id": tenant_id, "id": new_vehicle_id(), **slot}
            ).rowcount
            for slot in slots
        )


def set_stock(pool: Pool, tenant_id: int, centre_id: int, amounts: dict[str, int]) -> None:
    """How many of each part a centre has."""
    with pool.transaction() as line:
        for part, amount in amounts.items():
            line.execute(
                _Q["set_stock"],
                {"tenant_id": tenant_id, "centre_id": centre_id, "part": part, "amount": amount},
            )


def _take(line: Connection, slot_id: int | None) -> None:
    if slot_id is None:
        return
    if line.execute(_Q["take_slot"], {"slot_id": slot_id}).rowcount == 0:
        raise Conflict("that time was just taken", remedy="choose another time")


def _step(
    line: Connection, reach: Reach, order_id: int, state: str, note: str, at: datetime
) -> None:
    values = {
        "order_id": order_id,
        "at": at,
        "state": state,
        "person_id": reach.person_id,
        "note": note,
    }
    line.execute(_Q["add_step"], values)
