"""What signed-in people read about cars: asset, latest state, series, alerts, assessments.

Every call says whose eyes look (`Reach`); a foreign id answers like an unknown one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from store.db.pool import Pool
from store.db.reach import Reach, reaching, row, rows
from store.db.sql import queries

_Q = queries("vehicle_reads")
Row = dict[str, Any]

ACTIONS = ("acknowledge", "snooze", "resolve", "wrong")


class Garage:
    """The reading side, and the four things a person can do to an alert."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _all(self, reach: Reach, query: str, **values: Any) -> list[Row]:
        with reaching(self._pool, reach) as line:
            return rows(line, _Q[query], values)

    def _one(self, reach: Reach, query: str, **values: Any) -> Row | None:
        with reaching(self._pool, reach) as line:
            return row(line, _Q[query], values)

    def vehicles(self, reach: Reach, *, after: int = 0, most: int = 50) -> list[Row]:
        """Cars in reach by id, with `seen_at`, `open_alerts`, `worst`."""
        return self._all(reach, "vehicles", after=after, most=most)

    def vehicle(self, reach: Reach, vehicle_id: int) -> Row | None:
        """One car, None when it is not there or not to be seen."""
        return self._one(reach, "vehicle", vehicle_id=vehicle_id)

    def latest(self, reach: Reach, vehicle_id: int) -> Row | None:
        """Parallel arrays `signals`, `times_ms`, `readings`, `reasons`, and `ts`."""
        return self._one(reach, "latest", vehicle_id=vehicle_id)

    def series(
        self,
        reach: Reach,
        vehicle_id: int,
        signal: str,
        low: datetime,
        high: datetime,
        step: timedelta,
    ) -> list[Row]:
        """Buckets of `step` from `low`: t, mean, lowest, highest, n. `signal` is a column name of
        the catalogue; the caller has checked it."""
        return self._all(
            reach, "series", vehicle_id=vehicle_id, signal=signal, low=low, high=high, step=step
        )

    def cells(self, reach: Reach, vehicle_id: int) -> Row | None:
        """The newest cell voltages in mV, `first` is the number of the first."""
        return self._one(reach, "cells", vehicle_id=vehicle_id)

    def events(
        self,
        reach: Reach,
        vehicle_id: int,
        low: datetime,
        high: datetime,
        *,
        before: int | None,
        most: int,
    ) -> list[Row]:
        """Events, newest first."""
        return self._all(
            reach, "events", vehicle_id=vehicle_id, low=low, high=high, before=before, most=most
        )

    def records(
        self, reach: Reach, vehicle_id: int, kind: str, low: datetime, high: datetime, most: int
    ) -> list[Row]:
        """Trips, charges, cranks or parked periods, newest first, as the car summed them up."""
        found = self._all(
            reach, "records", vehicle_id=vehicle_id, kind=kind, low=low, high=high, most=most
        )
        return [each["record"] for each in found]

    def assessment(self, reach: Reach, vehicle_id: int) -> Row | None:
        """The newest assessment: `as_of`, `model_version`, `body`."""
        return self._one(reach, "assessment", vehicle_id=vehicle_id)

    def assessments(self, reach: Reach, vehicle_id: int, most: int = 200) -> list[Row]:
        """Assessments, newest first."""
        return self._all(reach, "assessments", vehicle_id=vehicle_id, most=most)

    def cohort(self, reach: Reach, most: int = 5000) -> list[Row]:
        """Every car in reach with its newest answers."""
        return self._all(reach, "cohort", most=most)

    def alerts(
        self,
        reach: Reach,
        *,
        state: str | None = None,
        vehicle_id: int | None = None,
        before: tuple[datetime, int] | None = None,
        most: int = 50,
    ) -> list[Row]:
        """Alerts by last change, newest first."""
        at, id = before or (None, None)
        return self._all(
            reach, "alerts", state=state, vehicle_id=vehicle_id, before=at, before_id=id, most=most
        )

    def alert(self, reach: Reach, alert_id: int) -> Row | None:
        """One alert."""
        return self._one(reach, "alert", alert_id=alert_id)

    def alert_changes(self, reach: Reach, alert_id: int) -> list[Row]:
        """What happened to it, oldest first."""
        return self._all(reach, "alert_changes", alert_id=alert_id)

    def feed(self, reach: Reach, after: int, most: int = 100) -> list[Row]:
        """Changes of alerts behind a position, in order."""
        return self._all(reach, "alert_feed", after=after, most=most)

    def feed_end(self, reach: Reach) -> int:
        """The newest position of the feed."""
        found = self._one(reach, "alert_feed_end")
        return int(found["id"]) if found else 0

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
        with reaching(self._pool, reach) as line:
            done = row(line, _Q[action], {"alert_id": alert_id, "at": at, "until": until})
            if done is None:
                return False
            change = {"alert_id": alert_id, "kind": action, "at": at, "why": why}
            line.execute(
                _Q["add_change"],
                change | {"vehicle_id": done["vehicle_id"], "severity": done["severity"]},
            )
            if action == "wrong":
                line.execute(_Q["add_label"], _label(reach, alert_id, done, at, why))
            return True

    def rescues(self, reach: Reach, most: int = 50) -> list[Row]:
        """Open rescue cases."""
        return self._all(reach, "rescue", most=most)

    def alive(self) -> None:
        """One round trip; StoreUnavailable when the database does not answer."""
        with self._pool.transaction() as line:
            line.execute(_Q["alive"])


def _label(reach: Reach, alert_id: int, done: Row, at: datetime, why: str) -> Row:
    return {
        "tenant_id": reach.tenant_id,
        "vehicle_id": done["vehicle_id"],
        "alert_id": alert_id,
        "cause": done["cause"],
        "outcome": "wrong",
        "reason": why,
        "severity": done["severity"],
        "services": [],
        "at": at,
        "person_id": reach.person_id,
    }


def as_json(value: object) -> Jsonb:
    """A value for a jsonb column."""
    return Jsonb(value)
