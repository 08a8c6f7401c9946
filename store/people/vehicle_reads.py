"""What signed-in people read about cars: asset, latest state, series, alerts, assessments.

Every call says whose eyes look (`Reach`); a foreign id answers like an unknown one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from store.db.pool import Pool
from store.db.reach import Reach, reaching, row, rows, value
from store.db.sql import queries
from store.people.labels import Decision, add_label
from store.people.rows.alerts import (
    ActedAlert,
    AlertChange,
    AlertRow,
    AlertWithChart,
    FeedChange,
)
from store.people.rows.cars import (
    AssessmentRow,
    CellsRow,
    CohortCar,
    EventRow,
    LatestRow,
    SeriesBucket,
    VehicleRow,
)

_Q = queries("vehicle_reads")
T = TypeVar("T")

ACTIONS = ("acknowledge", "snooze", "resolve", "wrong")


class Garage:
    """The reading side, and the four things a person can do to an alert."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, reach: Reach, query: str, kind: type[T], **parameters: object) -> list[T]:
        with reaching(self._pool, reach) as connection:
            return rows(connection, _Q[query], parameters, kind)

    def _one(self, reach: Reach, query: str, kind: type[T], **parameters: object) -> T | None:
        with reaching(self._pool, reach) as connection:
            return row(connection, _Q[query], parameters, kind)

    def vehicles(self, reach: Reach, *, after: int = 0, most: int = 50) -> list[VehicleRow]:
        """Cars in reach by id."""
        return self._all(reach, "vehicles", VehicleRow, after=after, most=most)

    def vehicle(self, reach: Reach, vehicle_id: int) -> VehicleRow | None:
        """One car, None when it is not there or not to be seen."""
        return self._one(reach, "vehicle", VehicleRow, vehicle_id=vehicle_id)

    def latest(self, reach: Reach, vehicle_id: int) -> LatestRow | None:
        """The newest readings; None for a car that never reported."""
        return self._one(reach, "latest", LatestRow, vehicle_id=vehicle_id)

    def series(
        self,
        reach: Reach,
        vehicle_id: int,
        signal: str,
        low: datetime,
        high: datetime,
        step: timedelta,
    ) -> list[SeriesBucket]:
        """Buckets of `step` from `low`. `signal` is a column name of the catalogue; the caller
        has checked it."""
        span = {"low": low, "high": high, "step": step}
        return self._all(
            reach, "series", SeriesBucket, vehicle_id=vehicle_id, signal=signal, **span
        )

    def cells(self, reach: Reach, vehicle_id: int) -> CellsRow | None:
        """The newest cell voltages."""
        return self._one(reach, "cells", CellsRow, vehicle_id=vehicle_id)

    def events(
        self,
        reach: Reach,
        vehicle_id: int,
        low: datetime,
        high: datetime,
        *,
        before: int | None,
        most: int,
    ) -> list[EventRow]:
        """Events, newest first."""
        span = {"low": low, "high": high, "before": before, "most": most}
        return self._all(reach, "events", EventRow, vehicle_id=vehicle_id, **span)

    def records(
        self, reach: Reach, vehicle_id: int, kind: str, low: datetime, high: datetime, most: int
    ) -> list[Mapping[str, Any]]:
        """Trips, charges, cranks or parked periods, newest first, as the car summed them up."""
        span = {"kind": kind, "low": low, "high": high, "most": most}
        with reaching(self._pool, reach) as connection:
            found = connection.execute(_Q["records"], {"vehicle_id": vehicle_id, **span})
            return [record for (record,) in found.fetchall()]

    def assessment(self, reach: Reach, vehicle_id: int) -> AssessmentRow | None:
        """The newest assessment."""
        return self._one(reach, "assessment", AssessmentRow, vehicle_id=vehicle_id)

    def assessments(self, reach: Reach, vehicle_id: int, most: int = 200) -> list[AssessmentRow]:
        """Assessments, newest first."""
        return self._all(reach, "assessments", AssessmentRow, vehicle_id=vehicle_id, most=most)

    def cohort(self, reach: Reach, most: int = 5000) -> list[CohortCar]:
        """Every assessed car in reach with its newest answers."""
        return self._all(reach, "cohort", CohortCar, most=most)

    def alerts(
        self,
        reach: Reach,
        *,
        state: str | None = None,
        vehicle_id: int | None = None,
        before: tuple[datetime, int] | None = None,
        most: int = 50,
    ) -> list[AlertRow]:
        """Alerts by last change, newest first."""
        at, id = before or (None, None)
        wanted = {"state": state, "vehicle_id": vehicle_id, "before": at, "before_id": id}
        return self._all(reach, "alerts", AlertRow, most=most, **wanted)

    def alert(self, reach: Reach, alert_id: int) -> AlertWithChart | None:
        """One alert with its evidence."""
        return self._one(reach, "alert", AlertWithChart, alert_id=alert_id)

    def alert_changes(self, reach: Reach, alert_id: int) -> list[AlertChange]:
        """What happened to it, oldest first."""
        return self._all(reach, "alert_changes", AlertChange, alert_id=alert_id)

    def feed(self, reach: Reach, after: int, most: int = 100) -> list[FeedChange]:
        """Changes of alerts behind a position, in order."""
        return self._all(reach, "alert_feed", FeedChange, after=after, most=most)

    def feed_end(self, reach: Reach) -> int:
        """The newest position of the feed."""
        with reaching(self._pool, reach) as connection:
            return int(value(connection, _Q["alert_feed_end"], {}) or 0)

    def act(
        self,
        reach: Reach,
        alert_id: int,
        action: str,
        *,
        at: datetime,
        why: str = "",
        until: datetime | None = None,
    ) -> bool:
        """Acknowledge, snooze, resolve or call an open alert wrong; False where that cannot be:
        closed already, or a red one snoozed or called wrong (red needs evidence)."""
        if action not in ACTIONS:
            raise ValueError(f"action {action!r} is none of {ACTIONS}")
        moment = {"alert_id": alert_id, "at": at}
        with reaching(self._pool, reach) as connection:
            acted = row(connection, _Q[action], {**moment, "until": until}, ActedAlert)
            if acted is None:
                return False
            change = {"kind": action, "why": why, "vehicle_id": acted.vehicle_id}
            connection.execute(_Q["add_change"], {**moment, **change, "severity": acted.severity})
            if action == "wrong":
                add_label(connection, reach, Decision.of(acted, "wrong", why, (), at))
            return True

    def alive(self) -> None:
        """One round trip; StoreUnavailable when the database does not answer."""
        with self._pool.transaction() as connection:
            connection.execute(_Q["alive"])
