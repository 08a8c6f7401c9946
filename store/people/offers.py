"""The offer book. The worker fills it; signed-in people read and decide inside their reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain.errors import Conflict
from domain.identity import new_vehicle_id
from store.db.pool import Connection, Pool
from store.db.reach import Reach, reaching, row, rows
from store.db.sql import queries
from store.people.vehicle_reads import Row, as_json

_Q = queries("offers")
_LABEL = queries("vehicle_reads")["add_label"]
ASK_AGAIN = timedelta(days=1)


class OfferDesk:
    """The worker's side: which alerts wait for an offer, and all facts about one car."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, query: str, **values: Any) -> list[Row]:
        with self._pool.transaction() as line:
            return rows(line, _Q[query], values)

    def waiting(self, at: datetime, most: int = 500) -> list[Row]:
        """Open alerts without an offer that were not refused for the same severity today."""
        return self._all("alerts_waiting", again=at - ASK_AGAIN, most=most)

    def due_candidates(self, at: datetime, most: int = 500) -> list[Row]:
        """Cars whose keepers want offers and have none now: `tenant_id`, `id`."""
        return self._all("due_candidates", at=at, most=most)

    def car(self, tenant_id: int, vehicle_id: int, at: datetime, odometer: int) -> Row | None:
        """Everything the engine asks about one car, read in one transaction; None: no such car.

        `odometer` is the catalogue id of the odometer signal.
        """
        with self._pool.transaction() as line:
            vehicle = row(line, _Q["vehicle"], {"vehicle_id": vehicle_id})
            if vehicle is None:
                return None
            values = {
                "tenant_id": tenant_id,
                "vehicle_id": vehicle_id,
                "at": at,
                "signal": odometer,
                "centre_id": vehicle["centre_id"],
                "since": at - timedelta(days=400),
                "low": at,
                "high": at + timedelta(days=21),
            }
            keeper = row(line, _Q["keeper"], values)
            values["person_id"] = None if keeper is None else keeper["person_id"]
            meter = row(line, _Q["odometer"], values)
            lists = {name: rows(line, _Q[name], values) for name in _LISTS}
        metres = None if meter is None else meter["m"]
        return {
            "vehicle": vehicle,
            "person_id": values["person_id"],
            "odometer_m": metres,
            **lists,
        }

    def add(
        self,
        *,
        tenant_id: int,
        vehicle_id: int,
        centre_id: int | None,
        person_id: int | None,
        alert_id: int | None,
        cause: str,
        severity: int | None,
        made_at: datetime,
        expires_at: datetime,
        body: object,
        outranked: list[int],
    ) -> int | None:
        """A new open offer that takes the place of `outranked` ones; None when the alert has one
        already."""
        id = new_vehicle_id()
        values = {
            "tenant_id": tenant_id,
            "id": id,
            "vehicle_id": vehicle_id,
            "centre_id": centre_id,
            "person_id": person_id,
            "alert_id": alert_id,
            "cause": cause,
            "severity": severity,
            "made_at": made_at,
            "expires_at": expires_at,
            "body": as_json(body),
            "outranked": outranked,
        }
        with self._pool.transaction() as line:
            if not line.execute(_Q["insert"], values).rowcount:
                return None
            line.execute(_Q["withdraw_outranked"], values)
        return id

    def refuse(self, alert: Row, reason: str, at: datetime, *, rescue: bool) -> None:
        """Remember why an alert has no offer; a red one has its rescue case."""
        values = {
            "tenant_id": alert["tenant_id"],
            "alert_id": alert["id"],
            "reason": reason,
            "severity": alert["severity"],
            "at": at,
            "vehicle_id": alert["vehicle_id"],
        }
        with self._pool.transaction() as line:
            line.execute(_Q["refuse"], values)
            if rescue:
                line.execute(_Q["open_rescue"], values)

    def tidy(self, at: datetime) -> tuple[int, int]:
        """Take back offers whose alert is gone or red, end those past their day: how many."""
        with self._pool.transaction() as line:
            gone = line.execute(_Q["withdraw_closed"], {"at": at}).rowcount
            return gone, line.execute(_Q["expire"], {"at": at}).rowcount

    def count_open(self) -> int:
        """Open offers of all tenants."""
        return int(self._all("count_open")[0]["n"])


_LISTS = (
    "entitlements",
    "consents",
    "past",
    "promised",
    "declined",
    "done",
    "free_slots",
    "stock",
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
    ) -> list[Row]:
        """Offers in reach, newest first."""
        at, id = before or (None, None)
        values = {
            "state": state,
            "vehicle_id": vehicle_id,
            "before": at,
            "before_id": id,
            "most": most,
        }
        with reaching(self._pool, reach) as line:
            return rows(line, _Q["list"], values)

    def get(self, reach: Reach, offer_id: int) -> Row | None:
        """One offer."""
        with reaching(self._pool, reach) as line:
            return row(line, _Q["get"], {"offer_id": offer_id})

    def refusal(self, reach: Reach, alert_id: int) -> str | None:
        """Why an alert has no offer."""
        with reaching(self._pool, reach) as line:
            found = row(line, _Q["refusals"], {"alert_id": alert_id})
        return None if found is None else str(found["reason"])

    def free_slots(self, reach: Reach, centre_id: int, low: datetime, high: datetime) -> list[Row]:
        """Free slots of a centre."""
        values = {
            "tenant_id": reach.tenant_id,
            "centre_id": centre_id,
            "low": low,
            "high": high,
        }
        with reaching(self._pool, reach) as line:
            return rows(line, _Q["free_slots"], values)

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
        with reaching(self._pool, reach) as line:
            offer = _locked(line, offer_id)
            decided = {"offer_id": offer_id, "version": version, "reason": reason, "at": at}
            _changed(line, "decline", decided)
            line.execute(_LABEL, label(reach, offer, "declined", reason, services, at))

    def edit(self, reach: Reach, offer_id: int, version: int, body: object) -> None:
        """Put another content in place (service staff); Conflict when it changed meanwhile."""
        values = {
            "offer_id": offer_id,
            "version": version,
            "body": as_json(body),
            "person_id": reach.person_id,
        }
        with reaching(self._pool, reach) as line:
            _changed(line, "edit", values)

    def withdraw(self, reach: Reach, offer_id: int, version: int, at: datetime) -> None:
        """Take an open offer back (service staff)."""
        with reaching(self._pool, reach) as line:
            _changed(line, "withdraw", {"offer_id": offer_id, "version": version, "at": at})


def _locked(line: Connection, offer_id: int) -> Row:
    offer = row(line, _Q["lock"], {"offer_id": offer_id})
    if offer is None:
        raise Conflict("the offer is gone", remedy="read the list of offers again")
    return offer


def _changed(line: Connection, query: str, values: dict[str, Any]) -> None:
    if line.execute(_Q[query], values).rowcount == 0:
        raise Conflict(
            "the offer changed since you read it, or was decided already",
            remedy="read it again, then decide",
        )


def label(
    reach: Reach, of: Row, outcome: str, reason: str, services: list[str], at: datetime
) -> Row:
    """What a person's decision says about an alert, for the rules that raised it."""
    return {
        "tenant_id": reach.tenant_id,
        "vehicle_id": of["vehicle_id"],
        "alert_id": of["alert_id"],
        "cause": of["cause"],
        "outcome": outcome,
        "reason": reason,
        "severity": of["severity"],
        "services": services,
        "at": at,
        "person_id": reach.person_id,
    }


def accept(
    line: Connection,
    offer_id: int,
    version: int,
    *,
    chosen: list[str],
    total_fen: int,
    rights: list[int],
    at: datetime,
) -> Row:
    """Inside a transaction in reach: take the offer, use up counted rights; returns the offer."""
    offer = _locked(line, offer_id)
    values = {
        "offer_id": offer_id,
        "version": version,
        "chosen": chosen,
        "total_fen": total_fen,
        "at": at,
    }
    _changed(line, "accept", values)
    for id in rights:
        line.execute(_Q["use_right"], {"id": id})
    return offer
