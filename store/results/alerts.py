"""The alert book in PostgreSQL: open alerts, their changes as history, rescue cases.

One car's alert book changes in one place at a time (an advisory lock per vehicle); a partial
unique index holds one open alert per vehicle and cause whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.errors import BadInput, NotFound
from domain.health import Severity
from domain.identity import new_vehicle_id, public_id
from domain.methods import method_of
from store.db.json_values import plain
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.results.alert_transitions import as_repeat, changed, raised
from store.results.assessment_json import chart_of, finding_body

_Q = queries("alerts")


class Alerts:
    """The PostgreSQL `AlertBook`; connects as vigil_worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def open_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open alerts of one vehicle, worst first."""
        with self._pool.transaction() as connection:
            return read_open(connection, vehicle_id)

    def all_alerts(self, vehicle_id: int) -> list[Alert]:
        """Open and closed alerts by `since`."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["all_of"], {"vehicle": vehicle_id}).fetchall()
        return [to_alert(row) for row in rows]

    def history(self, alert_id: int) -> list[Mapping[str, object]]:
        """Every change of one alert, oldest first: kind, at, severity, notify, why, finding."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["changes"], {"alert": alert_id}).fetchall()
        names = ("kind", "at", "severity", "notify", "why", "finding")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def apply(self, changes: Iterable[AlertChange], at: datetime) -> list[Alert]:
        """Carry out all changes in one transaction; the alerts as they are then, in order.

        A RAISE of a cause that is open already repeats it. Raises NotFound for an unknown vehicle
        or alert, Conflict for a change of a closed alert.
        """
        wanted = list(changes)
        if not wanted:
            return []
        with self._pool.transaction() as connection:
            return apply_in(connection, wanted, at)


def apply_in(connection: Connection, changes: list[AlertChange], at: datetime) -> list[Alert]:
    """The same inside the caller's transaction."""
    tenants = lock_vehicles(connection, {change.vehicle_id for change in changes})
    for change in changes:
        if change.vehicle_id not in tenants:
            raise NotFound(f"vehicle {change.vehicle_id} is not registered")
    return [_apply(connection, change, tenants[change.vehicle_id], at) for change in changes]


def lock_vehicles(connection: Connection, vehicles: Iterable[int]) -> dict[int, int]:
    """Keep others from the alert books of these vehicles until the end; tenant by vehicle.

    All at once and in one order everywhere, so that nobody waits in a ring.
    """
    rows = connection.execute(_Q["lock_vehicles"], {"vehicles": list(vehicles)}).fetchall()
    return {vehicle: tenant for vehicle, tenant, _ in rows}


def read_open(connection: Connection, vehicle_id: int) -> list[Alert]:
    """Open alerts inside the caller's transaction."""
    return [
        to_alert(row) for row in connection.execute(_Q["open"], {"vehicle": vehicle_id}).fetchall()
    ]


def _apply(connection: Connection, change: AlertChange, tenant: int, at: datetime) -> Alert:
    found = _target(connection, change, tenant)
    if found is None:
        alert = raised(change, new_vehicle_id(), tenant)
        connection.execute(_Q["insert"], _parameters(alert, at))
    else:
        alert = changed(found, as_repeat(change), at)
        connection.execute(_Q["update"], _parameters(alert, at))
    _remember(connection, alert, change if found is None else as_repeat(change), at)
    return alert


def _target(connection: Connection, change: AlertChange, tenant: int) -> Alert | None:
    """The alert that the change is about; None where it opens a new one."""
    number = change.alert_id
    if number is None and change.kind is not ChangeKind.RAISE:
        raise BadInput("alert_id", None, "is needed", remedy="name the alert that changes")
    if number is None:
        parameters = {"tenant": tenant, "vehicle": change.vehicle_id, "cause": change.cause}
        row = connection.execute(_Q["open_one"], parameters).fetchone()
        if row is None:
            return None
        number = int(row[0])
    row = connection.execute(_Q["one"], {"alert": number}).fetchone()
    if row is None or row[2] != change.vehicle_id:
        raise NotFound(f"vehicle {public_id(change.vehicle_id)} has no alert {number}")
    return to_alert(row)


def _remember(connection: Connection, alert: Alert, change: AlertChange, at: datetime) -> None:
    key = {"tenant": alert.tenant_id, "alert": alert.id, "vehicle": alert.vehicle_id, "at": at}
    finding = Jsonb(finding_body(change.finding)) if change.finding else None
    connection.execute(
        _Q["record"],
        {
            **key,
            "kind": change.kind.value,
            "severity": int(alert.severity),
            "notify": change.notify,
            "why": change.why,
            "finding": finding,
        },
    )
    if alert.state is not AlertState.OPEN:
        connection.execute(_Q["close_rescue"], key)
    elif alert.rescue:
        connection.execute(_Q["open_rescue"], key)
    connection.execute(_Q["wake"], {"alert": public_id(alert.id, "a")})


def _parameters(alert: Alert, at: datetime) -> dict[str, Any]:
    parameters = {name: getattr(alert, name) for name in alert.__slots__}
    values = parameters.pop("values")
    return {
        **parameters,
        "severity": int(alert.severity),
        "state": alert.state.value,
        "method": alert.method.value,
        "at": at,
        "readings": Jsonb(plain(values)),
        "limits": Jsonb(plain(alert.limits)),
        "chart": Jsonb(plain(alert.chart)),
    }


def to_alert(row: tuple[Any, ...]) -> Alert:
    """A row of query `open` or `one` as the domain's word."""
    names = (
        "id",
        "tenant_id",
        "vehicle_id",
        "cause",
        "component",
        "severity",
        "state",
        "since",
        "as_of",
        "confidence",
        "historical",
        "occurrences",
        "values",
        "limits",
        "method",
        "due_low",
        "due_high",
        "acknowledged_at",
        "snoozed_until",
        "closed_at",
        "rescue",
        "experimental",
        "chart",
    )
    parameters = dict(zip(names, row, strict=True))
    return Alert(
        **{
            **parameters,
            "severity": Severity(parameters["severity"]),
            "state": AlertState(parameters["state"]),
            "method": method_of(parameters["method"]),
            "chart": chart_of(parameters["chart"]),
        }
    )
