"""Station 8: history as arrays. A year of one car's charges takes well under a second.

Live and import tables are read alike. Values come back on the grid of their declared scale; a null
says why, where somebody said it, and is ABSENT elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from domain.errors import BadInput
from domain.readings import Column, Day, Matrix, Window
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event, EventKind
from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Float64, Int64
from store.db.pgcopy import read_arrays, unix_ms
from store.db.pool import Connection, Pool
from store.db.schema import COLUMN_IDS, RECORD_KINDS, RECORD_TABLES
from store.db.sql import queries
from store.history.packs import Packs, read_packs
from store.history.sources import Said, last_received, one_voice
from store.sink.fact_rows import millis

_Q = queries("windows")
LONGEST_RECORD = timedelta(days=400)
"""No trip, charge or rest is looked for that began longer ago than this before its end."""
Given = dict[str, Any]
StateRow = tuple[int, int, int, int, int, int]
"""Source, signal, component, reason, first and last UTC ms of an episode."""


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
        wanted = [column_of(name) for name in signals]
        with self._pool.transaction() as line:
            given = _given(line, vehicle_id, start, end)
            return window_of(
                vehicle_id,
                (millis(start), millis(end)),
                wanted,
                scaled(_rows(line, given, wanted), wanted),
                cells=_parts(line, given, "cells") if cells else None,
                probes=_parts(line, given, "probes") if probes else None,
            )

    def span(self, vehicle_id: int) -> tuple[datetime, datetime] | None:
        """First and last event time; None when it never reported."""
        with self._pool.transaction() as line:
            row = line.execute(_Q["span"], {"vehicle": vehicle_id}).fetchone()
        return None if row is None else (row[0], row[1])

    def records(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        """Records of one kind by start time."""
        record_table(kind)
        with self._pool.transaction() as line:
            given = _given(line, vehicle_id, start, end)
            with line.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(_Q[kind], given).fetchall()
        return [record_of(row) for row in rows]

    def events(self, vehicle_id: int, start: datetime, end: datetime) -> list[Event]:
        """Events by time."""
        with self._pool.transaction() as line:
            rows = line.execute(_Q["events"], _given(line, vehicle_id, start, end)).fetchall()
        return [to_event(row) for row in rows]

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
        wanted = [column_of(name) for name in signals]
        tables = {kind: record_table(kind) for kind in records}
        with self._pool.transaction() as line:
            given = _given(line, vehicle_id, start, end)
            given["earliest"] = start - LONGEST_RECORD
            with line.pipeline():
                rows = _asked(line, given, wanted)
                told = {kind: _ended(line, given, table) for kind, table in tables.items()}
                events = line.execute(_Q["events"], given)
                asked = {t: _packed(line, given, t) for t in _UNITS} if parts else {}
                said = _said(rows.fetchone(), wanted)
                ended = {kind: [record_of(row) for row in found] for kind, found in told.items()}
                happened = [to_event(row) for row in events.fetchall()]
                packs = {t: _received(found.fetchall()) for t, found in asked.items()}
        return days_of(vehicle_id, wanted, said, packs, ended, happened)


def to_event(row: tuple[Any, ...]) -> Event:
    """Columns kind, UTC ms, code, component, level, active, readings, notes as an event."""
    kind, t_ms, code, component, level, active, values, notes = row
    return Event(
        kind=EventKind(kind),
        t_ms=t_ms,
        code=code,
        component=component,
        level=level,
        active=active,
        values=values,
        notes=notes,
    )


def column_of(name: str) -> Signal:
    """The signal of a column; BadInput for any other name."""
    signal = BY_NAME.get(name)
    if signal is None or signal.id not in COLUMN_IDS:
        raise BadInput("signal", name, "is no column", remedy="use a scalar signal's name")
    return signal


def _given(line: Connection, vehicle_id: int, start: datetime, end: datetime) -> Given:
    row = line.execute(_Q["tenant"], {"vehicle": vehicle_id}).fetchone()
    tenant = int(row[0]) if row else 0
    return {"tenant": tenant, "vehicle": vehicle_id, "start": start, "end": end}


def record_of(row: Mapping[str, Any]) -> Mapping[str, object]:
    """A stored record as models read it."""
    hidden = {"tenant_id", "vehicle_id", "source_id", "origin", "received_at", "digest"}
    told = {k: v for k, v in row.items() if k not in hidden}
    return {"start": told.pop("start_ts"), "end": told.pop("end_ts"), **told}


def record_table(kind: str) -> str:
    """Where records of a kind are kept; BadInput for one that there is not."""
    if kind not in RECORD_KINDS:
        raise BadInput("kind", kind, "no such record", remedy=" or ".join(RECORD_KINDS))
    return RECORD_TABLES[RECORD_KINDS[kind]]


def _rows(line: Connection, given: Given, wanted: Sequence[Signal]) -> Said:
    """All rows of the span by time, one per source and time, with their reasons."""
    said = _said(_asked(line, given, wanted).fetchone(), wanted)
    if said.utc_ms.shape[0]:
        explain(said, wanted, _states(line, given, [signal.id for signal in wanted]))
    return said


def _said(row: tuple[Any, ...] | None, wanted: Sequence[Signal]) -> Said:
    """The same out of the answer of query `rows`; a null has no reason yet."""
    if row is None or row[0] is None:
        empty = np.zeros(0, dtype=np.int64)
        nothing = np.zeros((0, len(wanted)))
        return Said(utc_ms=empty, source=empty, values=nothing, reasons=nothing.astype(np.uint8))
    formats = [*_KEYS, *(_KINDS.get(signal.storage, _COLUMN)[1] for signal in wanted)]
    told = [read_arrays([a], kind)["value"] for a, kind in zip(row, formats, strict=False)]
    ts, source, received, digest, *columns = told
    utc_ms = unix_ms(ts.astype(np.int64))
    rows = last_received(*(a.astype(np.int64) for a in (utc_ms, source, received, digest)))
    values = np.empty((rows.shape[0], len(wanted)))
    for i, column in enumerate(columns):
        values[:, i] = column[rows]
    reasons = np.where(np.isnan(values), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID))
    return Said(
        utc_ms=utc_ms[rows], source=source[rows].astype(np.int64), values=values, reasons=reasons
    )


_KINDS = {Storage.REAL: ("real", ">f4"), Storage.BOOLEAN: ("flag", ">f8")}
_COLUMN = ("column", ">f8")
_KEYS = (">i8", ">i4", ">i8", ">i8")


def _asked(
    line: Connection, given: Given, wanted: Sequence[Signal]
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Time, source, reception, digest, then the signals, all as arrays; nulls without rows.

    Planned anew each time: with the span known, the planner leaves out other days.
    """
    statement = _statement(tuple(signal.name for signal in wanted))
    return line.cursor(binary=True).execute(statement, given, prepare=False)


@cache
def _statement(names: tuple[str, ...]) -> SQL:
    """Query `rows` for these columns; composing it takes longer than a day of rows."""
    asked = [BY_NAME[name] for name in names or ("ignition_on",)]
    kinds = [_KINDS.get(signal.storage, _COLUMN)[0] for signal in asked]
    columns = [Identifier(signal.name) for signal in asked]
    expressions = [_Q[q].format(column=c) for q, c in zip(kinds, columns, strict=True)]
    statement = _Q["rows"].format(
        columns=SQL(", ").join(expressions),
        arrays=SQL(", ").join(_Q["array"].format(name=name) for name in columns),
        names=SQL(", ").join(columns),
    )
    return SQL(statement.as_string())


def _ended(line: Connection, given: Given, table: str) -> psycopg.Cursor[dict[str, Any]]:
    """Records that ended in the span, by their end."""
    cursor = line.cursor(row_factory=dict_row)
    return cursor.execute(_Q["ended"].format(table=Identifier(table)), given)


def on_scale(values: Float64, signal: Signal) -> Float64:
    """Values on the grid of the signal's scale: float32's rounding is taken back."""
    if signal.storage is not Storage.REAL:
        return values
    per_unit = round(1 / signal.scale)
    if per_unit and abs(per_unit * signal.scale - 1) < 1e-9:
        return np.round((values - signal.offset) * per_unit) / per_unit + signal.offset
    return np.round((values - signal.offset) / signal.scale) * signal.scale + signal.offset


def scaled(said: Said, wanted: Sequence[Signal]) -> Said:
    """The same with every value on the grid of its signal's scale."""
    values = [on_scale(said.values[:, i], signal) for i, signal in enumerate(wanted)]
    return replace(said, values=np.stack(values, axis=1) if values else said.values)


def window_of(
    vehicle_id: int,
    span: tuple[int, int],
    wanted: Sequence[Signal],
    said: Said,
    *,
    cells: Matrix | None,
    probes: Matrix | None,
) -> Window:
    """Rows of all sources as one window; the values are on the scale of their signals."""
    voice = one_voice(said)
    return Window(
        vehicle_id=vehicle_id,
        start_ms=span[0],
        end_ms=span[1],
        ticks_ms=voice.utc_ms,
        columns={
            signal.name: Column(values=voice.values[:, i], reasons=voice.reasons[:, i])
            for i, signal in enumerate(wanted)
        },
        cells=cells,
        probes=probes,
    )


def _states(line: Connection, given: Given, signals: list[int]) -> list[StateRow]:
    return line.execute(_Q["states"], {**given, "signals": signals}).fetchall()


def explain(said: Said, wanted: Sequence[Signal], states: Iterable[StateRow]) -> None:
    """Give nulls the reason of the episode they lie in."""
    where = {signal.id: i for i, signal in enumerate(wanted)}
    for source, signal, component, reason, first, last in states:
        if component == 0:
            rows = _between(said.utc_ms, first, last)
            reasons = said.reasons[rows, where[signal]]
            reasons[(said.source[rows] == source) & (reasons != Reason.VALID)] = reason


def explain_parts(packs: Packs, states: Iterable[StateRow]) -> None:
    """The same for the parts of a pack."""
    for source, _, part, reason, first, last in states:
        if 0 < part <= packs.reasons.shape[1]:
            rows = _between(packs.utc_ms, first, last)
            reasons = packs.reasons[rows, part - 1]
            reasons[(packs.source[rows] == source) & (reasons != Reason.VALID)] = reason


def _between(utc_ms: Int64, first: int, last: int) -> slice:
    return slice(
        int(np.searchsorted(utc_ms, first, "left")), int(np.searchsorted(utc_ms, last, "right"))
    )


_UNITS: Mapping[str, tuple[Signal, float]] = {
    "cells": (CELL_VOLTAGE, 1000.0),
    "probes": (PROBE_TEMPERATURE, 10.0),
}


def _parts(line: Connection, given: Given, table: str) -> Matrix:
    packs = _received(_packed(line, given, table).fetchall())
    explain_parts(packs, _states(line, given, [_UNITS[table][0].id]))
    return matrix(packs, table)


def _packed(line: Connection, given: Given, table: str) -> psycopg.Cursor[tuple[Any, ...]]:
    """Packs of the span, one answer per day; planned anew like the rows."""
    names = {"table": Identifier(table), "imported": Identifier(f"import_{table}")}
    cursor = line.cursor(binary=True)
    return cursor.execute(_Q["parts"].format(**names), given, prepare=False)


def _received(answers: Sequence[tuple[Any, ...]]) -> Packs:
    """All packs by time, one per source and time."""
    packs = read_packs(answers)
    return packs.take(
        last_received(packs.utc_ms, packs.source, packs.received, np.zeros_like(packs.received))
    )


def matrix(packs: Packs, table: str) -> Matrix:
    """Cells in V or probes in °C; where several sources tell them, the best one per UTC day."""
    said = Said(
        utc_ms=packs.utc_ms, source=packs.source, values=packs.values, reasons=packs.reasons
    )
    whole = one_voice(said)
    return Matrix(
        ticks_ms=whole.utc_ms,
        values=(whole.values / _UNITS[table][1]).astype(np.float32),
        reasons=whole.reasons,
    )


def days_of(
    vehicle_id: int,
    wanted: Sequence[Signal],
    said: Said,
    packs: Mapping[str, Packs],
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    events: Sequence[Event],
) -> list[Day]:
    """Rows, packs, records (by end) and events of any span as its days: every day by itself, as
    if nothing else had been read, so that its sources and its parts are its own."""
    ended = {kind: np.array([millis(r["end"]) for r in told]) for kind, told in records.items()}
    happened = np.array([event.t_ms for event in events])
    times = [said.utc_ms, happened, *ended.values(), *(p.utc_ms for p in packs.values())]
    numbers = np.unique(np.concatenate([t.astype(np.int64) // DAY_MS for t in times]))
    said = scaled(said, wanted)
    return [
        Day(
            window=window_of(
                vehicle_id,
                (n * DAY_MS, (n + 1) * DAY_MS),
                wanted,
                said.take(_on(n, said.utc_ms)),
                cells=_matrix_on(n, packs, "cells"),
                probes=_matrix_on(n, packs, "probes"),
            ),
            records={kind: told[_on(n, ended[kind])] for kind, told in records.items()},
            events=tuple(events[_on(n, happened)]),
        )
        for n in numbers.tolist()
    ]


def _on(day: int, utc_ms: npt.NDArray[Any]) -> slice:
    """Where a day's entries stand among sorted times."""
    first, last = np.searchsorted(utc_ms, [day * DAY_MS, (day + 1) * DAY_MS])
    return slice(int(first), int(last))


def _matrix_on(day: int, packs: Mapping[str, Packs], table: str) -> Matrix | None:
    """A day's parts, as many as the day shows."""
    if table not in packs:
        return None
    return matrix(packs[table].take(_on(day, packs[table].utc_ms)).trimmed(), table)
