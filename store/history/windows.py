"""Station 8: history as arrays. A year of one car's charges takes well under a second.

Live and import tables are read alike. Values come back on the grid of their declared scale; a null
says why, where somebody said it, and is ABSENT elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from domain.readings import Day, Matrix, Window
from firmware_contracts.events import Event
from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.signals import BY_NAME
from store.db.pgcopy import read_arrays, unix_ms
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.history.assembly import (
    UNITS,
    StateRow,
    days_of,
    explain_nulls,
    explain_part_nulls,
    matrix,
    scaled,
    window_of,
)
from store.history.packs import Packs, read_packs
from store.history.sources import SourceRows, last_received
from store.history.stored_facts import (
    LONGEST_RECORD,
    column_of,
    event_of_row,
    record_of,
    record_table,
)
from store.sink.fact_rows import millis

_Q = queries("windows")
Parameters = dict[str, Any]


class Windows:
    """The PostgreSQL `WindowSource`; connects as vigil_worker. Safe for several threads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def read(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        cells: bool = False,
        probes: bool = False,
    ) -> Window:
        """See domain.ports.WindowSource. BadInput for a signal that is no column of the row."""
        columns = [column_of(name) for name in signals]
        with self._pool.transaction() as connection:
            parameters = _span_parameters(connection, vehicle_id, start, end)
            return window_of(
                vehicle_id,
                (millis(start), millis(end)),
                columns,
                scaled(_read_rows(connection, parameters, columns), columns),
                cells=_read_parts(connection, parameters, "cells") if cells else None,
                probes=_read_parts(connection, parameters, "probes") if probes else None,
            )

    def span(self, vehicle_id: int) -> tuple[datetime, datetime] | None:
        """First and last event time; None when it never reported."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["span"], {"vehicle": vehicle_id}).fetchone()
        return None if row is None else (row[0], row[1])

    def records(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        """Records of one kind by start time."""
        record_table(kind)
        with self._pool.transaction() as connection:
            parameters = _span_parameters(connection, vehicle_id, start, end)
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(_Q[kind], parameters).fetchall()
        return [record_of(row) for row in rows]

    def events(self, vehicle_id: int, start: datetime, end: datetime) -> list[Event]:
        """Events by time."""
        with self._pool.transaction() as connection:
            rows = connection.execute(
                _Q["events"], _span_parameters(connection, vehicle_id, start, end)
            ).fetchall()
        return [event_of_row(row) for row in rows]

    def days(
        self,
        vehicle_id: int,
        signals: Sequence[str],
        records: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        parts: bool = False,
    ) -> list[Day]:
        """See domain.ports.WindowSource; one transaction, asked in one go."""
        columns = [column_of(name) for name in signals]
        tables = {kind: record_table(kind) for kind in records}
        with self._pool.transaction() as connection:
            parameters = _span_parameters(connection, vehicle_id, start, end)
            parameters["earliest"] = start - LONGEST_RECORD
            with connection.pipeline():
                row_cursor = query_rows(connection, parameters, columns)
                record_cursors = {
                    kind: query_records(connection, parameters, table)
                    for kind, table in tables.items()
                }
                event_cursor = connection.execute(_Q["events"], parameters)
                pack_cursors = {
                    table: query_packs(connection, parameters, table)
                    for table in (UNITS if parts else ())
                }
                rows = decode_rows(row_cursor.fetchone(), columns)
                ended = {
                    kind: [record_of(row) for row in cursor]
                    for kind, cursor in record_cursors.items()
                }
                events = [event_of_row(row) for row in event_cursor.fetchall()]
                packs = {t: decode_packs(cursor.fetchall()) for t, cursor in pack_cursors.items()}
        return days_of(vehicle_id, columns, rows, packs, ended, events)


def _span_parameters(
    connection: Connection, vehicle_id: int, start: datetime, end: datetime
) -> Parameters:
    row = connection.execute(_Q["tenant"], {"vehicle": vehicle_id}).fetchone()
    tenant = int(row[0]) if row else 0
    return {"tenant": tenant, "vehicle": vehicle_id, "start": start, "end": end}


def _read_rows(
    connection: Connection, parameters: Parameters, signals: Sequence[Signal]
) -> SourceRows:
    """All rows of the span by time, one per source and time, with their reasons."""
    rows = decode_rows(query_rows(connection, parameters, signals).fetchone(), signals)
    if rows.utc_ms.shape[0]:
        explain_nulls(
            rows, signals, _states(connection, parameters, [signal.id for signal in signals])
        )
    return rows


def decode_rows(row: tuple[Any, ...] | None, signals: Sequence[Signal]) -> SourceRows:
    """The same out of the answer of query `rows`; a null has no reason yet."""
    if row is None or row[0] is None:
        empty = np.zeros(0, dtype=np.int64)
        nothing = np.zeros((0, len(signals)))
        return SourceRows(
            utc_ms=empty, source=empty, values=nothing, reasons=nothing.astype(np.uint8)
        )
    formats = [*_KEYS, *(_KINDS.get(signal.storage, _COLUMN)[1] for signal in signals)]
    ts, source, received, digest, *columns = (
        read_arrays([array], kind)["value"] for array, kind in zip(row, formats, strict=False)
    )
    utc_ms = unix_ms(ts.astype(np.int64))
    rows = last_received(*(a.astype(np.int64) for a in (utc_ms, source, received, digest)))
    values = np.empty((rows.shape[0], len(signals)))
    for i, column in enumerate(columns):
        values[:, i] = column[rows]
    reasons = np.where(np.isnan(values), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID))
    return SourceRows(
        utc_ms=utc_ms[rows], source=source[rows].astype(np.int64), values=values, reasons=reasons
    )


_KINDS = {Storage.REAL: ("real", ">f4"), Storage.BOOLEAN: ("flag", ">f8")}
_COLUMN = ("column", ">f8")
_KEYS = (">i8", ">i4", ">i8", ">i8")


def query_rows(
    connection: Connection, parameters: Parameters, signals: Sequence[Signal]
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Time, source, reception, digest, then the signals, all as arrays; nulls without rows.

    Planned anew each time: with the span known, the planner leaves out other days.
    """
    statement = _statement(tuple(signal.name for signal in signals))
    return connection.cursor(binary=True).execute(statement, parameters, prepare=False)


@cache
def _statement(names: tuple[str, ...]) -> SQL:
    """Query `rows` for these columns; composing it takes longer than a day of rows."""
    signals = [BY_NAME[name] for name in names or ("ignition_on",)]
    kinds = [_KINDS.get(signal.storage, _COLUMN)[0] for signal in signals]
    columns = [Identifier(signal.name) for signal in signals]
    expressions = [_Q[q].format(column=c) for q, c in zip(kinds, columns, strict=True)]
    statement = _Q["rows"].format(
        columns=SQL(", ").join(expressions),
        arrays=SQL(", ").join(_Q["array"].format(name=name) for name in columns),
        names=SQL(", ").join(columns),
    )
    return SQL(statement.as_string())


def query_records(
    connection: Connection, parameters: Parameters, table: str
) -> psycopg.Cursor[dict[str, Any]]:
    """Records that ended in the span, by their end."""
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(_Q["ended"].format(table=Identifier(table)), parameters)


def _states(connection: Connection, parameters: Parameters, signals: list[int]) -> list[StateRow]:
    return connection.execute(_Q["states"], {**parameters, "signals": signals}).fetchall()


def _read_parts(connection: Connection, parameters: Parameters, table: str) -> Matrix:
    packs = decode_packs(query_packs(connection, parameters, table).fetchall())
    explain_part_nulls(packs, _states(connection, parameters, [UNITS[table][0].id]))
    return matrix(packs, table)


def query_packs(
    connection: Connection, parameters: Parameters, table: str
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Packs of the span, one answer per day; planned anew like the rows."""
    names = {"table": Identifier(table), "imported": Identifier(f"import_{table}")}
    cursor = connection.cursor(binary=True)
    return cursor.execute(_Q["parts"].format(**names), parameters, prepare=False)


def decode_packs(answers: Sequence[tuple[Any, ...]]) -> Packs:
    """All packs by time, one per source and time."""
    packs = read_packs(answers)
    return packs.take(
        last_received(packs.utc_ms, packs.source, packs.received, np.zeros_like(packs.received))
    )
