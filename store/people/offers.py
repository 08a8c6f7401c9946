"""The offer book. The worker fills it; signed-in people read and decide inside their reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from psycopg.types.json import Jsonb

from domain.errors import Conflict
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Reach, reaching, row, rows, value
from store.db.sql import queries
from store.people.labels import Decision, add_label
from store.people.rows.offers import (
    DecidedOffer,
    DeclinedServices,
    DoneWork,
    DueCandidate,
    EntitlementRow,
    GivenConsent,
    OfferCar,
    OfferRow,
    PastOfferRow,
    PromisedService,
    ServedVehicle,
    SlotRow,
    StockRow,
    WaitingAlert,
)

_Q = queries("offers")
T = TypeVar("T")
ASK_AGAIN = timedelta(days=1)
"""An alert refused an offer is looked at again after a day, or when its severity changes."""
PAST = timedelta(days=400)
"""How far back offers, refusals and work count: a year and the length of its longest month."""
AHEAD = timedelta(days=21)
"""How far ahead a slot may lie to stand in an offer: three weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOffer:
    """An offer to keep; `body` is its JSON, `outranked` the offers whose place it takes."""

    tenant_id: int
    vehicle_id: int
    centre_id: int | None
    person_id: int | None
    alert_id: int | None
    cause: str
    severity: int | None
    made_at: datetime
    expires_at: datetime
    body: Any
    outranked: list[int]


class OfferDesk:
    """The worker's side: which alerts wait for an offer, and all facts about one car."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, query: str, kind: type[T], **parameters: object) -> list[T]:
        with self._pool.transaction() as connection:
            return rows(connection, _Q[query], parameters, kind)

    def waiting(self, at: datetime, most: int = 500) -> list[WaitingAlert]:
        """Open alerts without an offer that were not refused for the same severity today."""
        return self._all("alerts_waiting", WaitingAlert, again=at - ASK_AGAIN, most=most)

    def due_candidates(self, at: datetime, most: int = 500) -> list[DueCandidate]:
        """Cars whose keepers want offers and have none now."""
        return self._all("due_candidates", DueCandidate, at=at, most=most)

    def car(self, tenant_id: int, vehicle_id: int, at: datetime, odometer: int) -> OfferCar | None:
        """Everything the engine asks about one car, read in one transaction; None: no such car.

        `odometer` is the catalogue id of the odometer signal.
        """
        with self._pool.transaction() as connection:
            vehicle = row(connection, _Q["vehicle"], {"vehicle_id": vehicle_id}, ServedVehicle)
            if vehicle is None:
                return None
            parameters = {
                "tenant_id": tenant_id,
                "vehicle_id": vehicle_id,
                "at": at,
                "signal": odometer,
                "centre_id": vehicle.centre_id,
                "since": at - PAST,
                "low": at,
                "high": at + AHEAD,
            }
            parameters["person_id"] = value(connection, _Q["keeper"], parameters)
            return _offer_car(connection, vehicle, parameters)

    def add(self, offer: NewOffer) -> int | None:
        """A new open offer; None when the alert has one already."""
        id = new_vehicle_id()
        parameters = asdict(offer) | {"id": id, "body": Jsonb(offer.body)}
        with self._pool.transaction() as connection:
            if not connection.execute(_Q["insert"], parameters).rowcount:
                return None
            connection.execute(_Q["withdraw_outranked"], parameters)
        return id

    def refuse(self, alert: WaitingAlert, reason: str, at: datetime, *, rescue: bool) -> None:
        """Remember why an alert has no offer; a red one has its rescue case."""
        parameters = {
            "tenant_id": alert.tenant_id,
            "alert_id": alert.id,
            "reason": reason,
            "severity": alert.severity,
            "at": at,
            "vehicle_id": alert.vehicle_id,
        }
        with self._pool.transaction() as connection:
            connection.execute(_Q["refuse"], parameters)
            if rescue:
                connection.execute(_Q["open_rescue"], parameters)

    def tidy(self, at: datetime) -> tuple[int, int]:
        """Take back offers whose alert is gone or red, end those past their day: how many."""
        with self._pool.transaction() as connection:
            gone = connection.execute(_Q["withdraw_closed"], {"at": at}).rowcount
            return gone, connection.execute(_Q["expire"], {"at": at}).rowcount


def _offer_car(
    connection: Connection, vehicle: ServedVehicle, parameters: dict[str, Any]
) -> OfferCar:
    def every(query: str, kind: type[T]) -> list[T]:
        return rows(connection, _Q[query], parameters, kind)

    return OfferCar(
        vehicle=vehicle,
        person_id=parameters["person_id"],
        odometer_m=value(connection, _Q["odometer"], parameters),
        entitlements=every("entitlements", EntitlementRow),
        consents=every("consents", GivenConsent),
        past=every("past", PastOfferRow),
        promised=every("promised", PromisedService),
        declined=every("declined", DeclinedServices),
        done=every("done", DoneWork),
        free_slots=every("free_slots", SlotRow),
        stock=every("stock", StockRow),
    )


class Offers:
    """The people's side."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def page(
        self,
        reach: Reach,
        *,
        state: str | None = None,
        vehicle_id: int | None = None,
        before: tuple[datetime, int] | None = None,
        most: int = 50,
    ) -> list[OfferRow]:
        """Offers in reach, newest first."""
        at, id = before or (None, None)
        wanted = {"state": state, "vehicle_id": vehicle_id, "most": most}
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q["list"], {**wanted, "before": at, "before_id": id}, OfferRow)

    def get(self, reach: Reach, offer_id: int) -> OfferRow | None:
        """One offer."""
        with reaching(self._pool, reach) as connection:
            return row(connection, _Q["get"], {"offer_id": offer_id}, OfferRow)

    def refusal(self, reach: Reach, alert_id: int) -> str | None:
        """Why an alert has no offer."""
        with reaching(self._pool, reach) as connection:
            reason: str | None = value(connection, _Q["refusal"], {"alert_id": alert_id})
            return reason

    def free_slots(
        self, reach: Reach, centre_id: int, low: datetime, high: datetime
    ) -> list[SlotRow]:
        """Free slots of a centre."""
        span = {"tenant_id": reach.tenant_id, "centre_id": centre_id, "low": low, "high": high}
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q["free_slots"], span, SlotRow)

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
        """Say no and remember why; Conflict when it changed meanwhile."""
        decided = {"offer_id": offer_id, "version": version, "reason": reason, "at": at}
        with reaching(self._pool, reach) as connection:
            offer = _locked(connection, offer_id)
            _change(connection, "decline", decided)
            add_label(connection, reach, Decision.of(offer, "declined", reason, services, at))

    def edit(self, reach: Reach, offer_id: int, version: int, body: object) -> None:
        """Put another content in place (service staff); Conflict when it changed meanwhile."""
        parameters = {
            "offer_id": offer_id,
            "version": version,
            "body": Jsonb(body),
            "person_id": reach.person_id,
        }
        with reaching(self._pool, reach) as connection:
            _change(connection, "edit", parameters)


def _locked(connection: Connection, offer_id: int) -> DecidedOffer:
    offer = row(connection, _Q["lock"], {"offer_id": offer_id}, DecidedOffer)
    if offer is None:
        raise Conflict("the offer is gone", remedy="read the list of offers again")
    return offer


def _change(connection: Connection, query: str, parameters: dict[str, Any]) -> None:
    if connection.execute(_Q[query], parameters).rowcount == 0:
        raise Conflict(
            "the offer changed since you read it, or was decided already",
            remedy="read it again, then decide",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A yes: the version that was read, the chosen services, their price, the rights used up."""

    offer_id: int
    version: int
    chosen: Sequence[str]
    total_fen: int
    rights: Sequence[int]
    at: datetime


def accept(connection: Connection, yes: Acceptance) -> DecidedOffer:
    """Inside a transaction in reach: take the offer, use up counted rights; returns the offer."""
    offer = _locked(connection, yes.offer_id)
    _change(connection, "accept", asdict(yes) | {"chosen": list(yes.chosen)})
    for id in yes.rights:
        connection.execute(_Q["use_right"], {"id": id})
    return offer
