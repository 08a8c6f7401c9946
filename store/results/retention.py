"""How long what is kept, and how it is erased: by class of data, on every edition alike.

    class     kept for   tables
    position  14 days    positions, longer only for a car with an open rescue case; dead letters,
                         since a payload may hold positions
    raw       90 days    telemetry, cells, probes, rare, states, bursts
    derived   3 years    trips, charges, cranks, parked, checkpoints, assessments but each
                         car's latest
    (law)                events, alerts, service history, audit: not ours to age out

Days are whole: a span goes when its last moment is older than the term. History that was imported
counts from its reception. Connects as vigil_worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from psycopg.sql import SQL, Composed, Identifier

from firmware_contracts.signal import Group
from store.db.edition import drop_spans
from store.db.pool import Connection, Pool
from store.db.schema import COLUMNS
from store.db.sql import queries

_Q = queries("retention")


class DataClass(StrEnum):
    """Classes of data with a term of their own."""

    POSITION = "position"
    RAW = "raw"
    DERIVED = "derived"


TERMS: Mapping[DataClass, timedelta] = MappingProxyType(
    {
        DataClass.POSITION: timedelta(days=14),
        DataClass.RAW: timedelta(days=90),
        DataClass.DERIVED: timedelta(days=3 * 365 + 1),
    }
)
_SPANS = {
    DataClass.POSITION: ("positions", "import_positions"),
    DataClass.RAW: (
        "telemetry", "cells", "probes", "rare", "import_telemetry", "import_cells",
        "import_probes", "import_rare",
    ),
}  # fmt: skip
_DELETES = {
    DataClass.POSITION: ("letters",),
    DataClass.RAW: ("states", "bursts"),
    DataClass.DERIVED: ("trips", "charges", "cranks", "parked", "assessments", "checkpoints"),
}
_HABITS = tuple(s for s in COLUMNS if s.group is Group.HABIT)
_TENURE = (
    "positions",
    "import_positions",
    "trips",
    "states",
    "bursts",
    "letters",
    "latest",
    "checkpoints",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """What one run removed: spans dropped and rows deleted, by table."""

    spans: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


class Retention:
    """The job's hands; running it twice removes nothing more."""

    def __init__(self, pool: Pool, terms: Mapping[DataClass, timedelta] = TERMS) -> None:
        self._pool = pool
        self._terms = terms

    def run(self, now: datetime) -> Aged:
        """Remove everything past its term; every table in a transaction of its own."""
        spans: dict[str, int] = {}
        rows: dict[str, int] = {}
        for kind, term in self._terms.items():
            before = now - term
            for table in _SPANS.get(kind, ()):
                with self._pool.transaction() as connection:
                    spans[table] = _drop(connection, table, before, rows)
            for name in _DELETES.get(kind, ()):
                with self._pool.transaction() as connection:
                    rows[name] = connection.execute(_Q[name], {"before": before}).rowcount
        return Aged(spans=spans, rows=rows)

    def erase_tenure(self, vehicle_id: int, since: datetime, until: datetime) -> Aged:
        """Wipe what belongs to a keeper's time, not to the car: position, trips, habits, letters.

        Habit columns become null in place, so that the same message is still known as stored and
        cannot bring them back. The car's own data (pack, faults, service) stay. What models
        remembered goes too: they look at the car anew.
        """
        parameters = {
            "vehicle": vehicle_id,
            "since": since,
            "until": until,
            "signals": [s.id for s in _HABITS],
        }
        rows: dict[str, int] = {}
        with self._pool.transaction() as connection:
            for name in _TENURE:
                rows[name] = connection.execute(_Q[f"erase_{name}"], parameters).rowcount
            for table in ("telemetry", "import_telemetry"):
                rows[table] = connection.execute(_blank(table), parameters).rowcount
        return Aged(rows=rows)


def _drop(connection: Connection, table: str, before: datetime, rows: dict[str, int]) -> int:
    """Drop old spans; while a rescue is open, position of other cars is deleted instead."""
    if table in _SPANS[DataClass.POSITION]:
        open_cases = [v for (v,) in connection.execute(_Q["open_rescues"]).fetchall()]
        if open_cases:
            parameters = {"before": before, "kept": open_cases}
            rows[table] = connection.execute(_Q[f"old_{table}"], parameters).rowcount
            return 0
    return drop_spans(connection, table, before)


def _blank(table: str) -> Composed:
    columns = [_Q["blanked"].format(column=Identifier(signal.name)) for signal in _HABITS]
    return _Q["blank"].format(table=Identifier(table), columns=SQL(", ").join(columns))
