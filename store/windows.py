"""Station 8: history as arrays. A year of one car's charges takes well under a second.

Live and import tables are read alike. Values come back on the grid of their declared scale; a null
says why, where somebody said it, and is ABSENT elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from domain.errors import BadInput
from domain.readings import Column, Matrix, Window
from firmware_contracts.events import Event, EventKind
from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.signals import BY_NAME, CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Float64, Int64
from store.facts import millis
from store.parts import Packs, read_packs
from store.pgcopy import read_arrays, unix_ms
from store.pool import Connection, Pool
from store.schema import COLUMN_IDS, RECORD_KINDS
from store.sources import Said, last_received, one_voice
from store.sql import queries

_Q = queries("windows")
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
                _rows(line, given, wanted),
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
        if kind not in RECORD_KINDS:
            raise BadInput("kind", kind, "no such record", remedy=" or ".join(RECORD_KINDS))
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


def to_event(row: tuple[Any, ...]) -> Event:
    """Columns kind, UTC ms, code, component, level, active, readings, notes as an event."""
    kind, t_ms, code, component, level, active, values, notes = row
    return Event(
        kind=EventKind(kind), t_ms=t_ms, code=code, component=component, level=level,
        active=active, values=values, notes=notes,
    )  # fmt: skip


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


def _rows(line: Connection, given: Given, wanted: Sequence[Signal]) -> Said:
    """All rows of the span by time, one per source and time, with their reasons."""
    told = _columns(line, given, wanted)
    if told is None:
        empty = np.zeros(0, dtype=np.int64)
        nothing = np.zeros((0, len(wanted)))
        return Said(utc_ms=empty, source=empty, values=nothing, reasons=nothing.astype(np.uint8))
    ts, source, received, digest, *columns = told
    utc_ms = unix_ms(ts.astype(np.int64))
    rows = last_received(*(a.astype(np.int64) for a in (utc_ms, source, received, digest)))
    values = np.empty((rows.shape[0], len(wanted)))
    for i, column in enumerate(columns[: len(wanted)]):
        values[:, i] = column[rows]
    reasons = np.where(np.isnan(values), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID))
    said = Said(
        utc_ms=utc_ms[rows], source=source[rows].astype(np.int64), values=values, reasons=reasons
    )
    explain(said, wanted, _states(line, given, [signal.id for signal in wanted]))
    return said


_KINDS = {Storage.REAL: ("real", ">f4"), Storage.BOOLEAN: ("flag", ">f8")}
_KEYS = (">i8", ">i4", ">i8", ">i8")


def _columns(
    line: Connection, given: Given, wanted: Sequence[Signal]
) -> list[npt.NDArray[np.generic]] | None:
    """Time, source, reception, digest, then the signals; None without rows.

    Planned anew each time: with the span known, the planner leaves out other days.
    """
    asked = list(wanted) or [BY_NAME["ignition_on"]]
    kinds = [_KINDS.get(signal.storage, ("column", ">f8")) for signal in asked]
    names = [Identifier(signal.name) for signal in asked]
    expressions = [_Q[q].format(column=n) for (q, _), n in zip(kinds, names, strict=True)]
    statement = _Q["rows"].format(
        columns=SQL(", ").join(expressions),
        arrays=SQL(", ").join(_Q["array"].format(name=name) for name in names),
        names=SQL(", ").join(names),
    )
    with line.cursor(binary=True) as cursor:
        row = cursor.execute(statement, given, prepare=False).fetchone()
    if row is None or row[0] is None:
        return None
    formats = [*_KEYS, *(kind for _, kind in kinds)]
    return [read_arrays([a], kind)["value"] for a, kind in zip(row, formats, strict=True)]


def copied(line: Connection, statement: SQL, given: Given) -> bytes:
    """All bytes of a COPY … TO STDOUT."""
    with line.cursor() as cursor, cursor.copy(statement, given) as copy:
        return b"".join(bytes(piece) for piece in copy)


def on_scale(values: Float64, signal: Signal) -> Float64:
    """Values on the grid of the signal's scale: float32's rounding is taken back."""
    if signal.storage is not Storage.REAL:
        return values
    per_unit = round(1 / signal.scale)
    if per_unit and abs(per_unit * signal.scale - 1) < 1e-9:
        return np.round((values - signal.offset) * per_unit) / per_unit + signal.offset
    return np.round((values - signal.offset) / signal.scale) * signal.scale + signal.offset


def window_of(
    vehicle_id: int,
    span: tuple[int, int],
    wanted: Sequence[Signal],
    said: Said,
    *,
    cells: Matrix | None,
    probes: Matrix | None,
) -> Window:
    """Rows of all sources as one window, on the scale of each signal."""
    voice = one_voice(said)
    return Window(
        vehicle_id=vehicle_id,
        start_ms=span[0],
        end_ms=span[1],
        ticks_ms=voice.utc_ms,
        columns={
            signal.name: Column(
                values=on_scale(voice.values[:, i], signal), reasons=voice.reasons[:, i]
            )
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
    packs = read_packs(copied(line, _Q[table], given))
    rows = last_received(packs.utc_ms, packs.source, packs.received, np.zeros_like(packs.received))
    packs = packs.take(rows)
    explain_parts(packs, _states(line, given, [_UNITS[table][0].id]))
    return matrix(packs, table)


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
