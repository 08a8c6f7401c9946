"""`WindowSource` in memory: the same choice of row, source and reason as from the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from domain.readings import Day, Matrix, Window
from firmware_contracts.events import Event
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Int64
from store.history.assembly import (
    StateRow,
    days_of,
    explain_nulls,
    explain_part_nulls,
    matrix,
    scaled,
    window_of,
)
from store.history.packs import Packs
from store.history.sources import SourceRows, last_received
from store.history.stored_facts import (
    LONGEST_RECORD,
    column_of,
    event_of_row,
    record_of,
    record_table,
)
from store.memory.state import Chunk, State
from store.sink.fact_rows import millis
from store.sink.rows import Grid, Parts


class MemoryWindows:
    """Reads what a MemorySink kept."""

    def __init__(self, state: State) -> None:
        self._state = state

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
        """See domain.ports.WindowSource."""
        columns = [column_of(name) for name in signals]
        span = (millis(start), millis(end))
        with self._state.lock:
            rows = self._source_rows(vehicle_id, columns, span)
            explain_nulls(rows, columns, self._states(vehicle_id, [s.id for s in columns], span))
            return window_of(
                vehicle_id,
                span,
                columns,
                scaled(rows, columns),
                cells=self._parts(vehicle_id, "cells", span) if cells else None,
                probes=self._parts(vehicle_id, "probes", span) if probes else None,
            )

    def span(self, vehicle_id: int) -> tuple[datetime, datetime] | None:
        """First and last event time."""
        with self._state.lock:
            return self._state.spans.get(vehicle_id)

    def records(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        """Records of one kind by start time."""
        mine = self._records(vehicle_id, kind)
        order = sorted(mine, key=lambda r: (r["start_ts"], r["end_ts"], r["source_id"]))
        return [record_of(row) for row in order if start <= row["start_ts"] < end]

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
        """See domain.ports.WindowSource."""
        columns = [column_of(name) for name in signals]
        span = (millis(start), millis(end))
        with self._state.lock:
            rows = self._source_rows(vehicle_id, columns, span)
            kinds = ("cells", "probes") if parts else ()
            packs = {kind: self._chosen_packs(vehicle_id, kind, span) for kind in kinds}
            ended = {kind: self._ended(vehicle_id, kind, start, end) for kind in records}
            events = self.events(vehicle_id, start, end)
        return days_of(vehicle_id, columns, rows, packs, ended, events)

    def _records(self, vehicle_id: int, kind: str) -> list[Mapping[str, Any]]:
        table = record_table(kind)
        with self._state.lock:
            return [
                _dated(r)
                for (t, v, *_), r in self._state.records.items()
                if t == table and v == vehicle_id
            ]

    def _ended(
        self, vehicle_id: int, kind: str, start: datetime, end: datetime
    ) -> list[Mapping[str, object]]:
        """Records that ended in the span, by their end."""
        mine = [r for r in self._records(vehicle_id, kind) if start <= r["end_ts"] < end]
        mine.sort(key=lambda r: (r["end_ts"], r["start_ts"], r["source_id"], r["digest"]))
        earliest = start - LONGEST_RECORD
        return [record_of(row) for row in mine if earliest <= row["start_ts"]]

    def events(self, vehicle_id: int, start: datetime, end: datetime) -> list[Event]:
        """Events by time."""
        with self._state.lock:
            events = [row.parameters for row in self._state.events.values()]
        mine = [t for t in events if t["vehicle"] == vehicle_id and start <= t["ts"] < end]
        order = sorted(mine, key=lambda t: (t["ts"], t["source"], t["digest"]))
        return [event_of(row) for row in order]

    def _source_rows(
        self, vehicle: int, signals: Sequence[Signal], span: tuple[int, int]
    ) -> SourceRows:
        """Rows by time, one per source and time; a null has no reason yet."""
        pieces = [_piece(c, _rows(c, vehicle, span), signals) for c in self._state.chunks]
        utc_ms, source, received, digest, values = (
            np.concatenate([p[i] for p in pieces]) if pieces else np.zeros((0, len(signals))[:1])
            for i in range(5)
        )
        values = values.reshape(-1, len(signals))
        rows = last_received(*(a.astype(np.int64) for a in (utc_ms, source, received, digest)))
        reasons = np.where(np.isnan(values), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID))
        return SourceRows(
            utc_ms=utc_ms.astype(np.int64),
            source=source.astype(np.int64),
            values=values,
            reasons=reasons,
        ).take(rows)

    def _parts(self, vehicle: int, kind: str, span: tuple[int, int]) -> Matrix:
        signal = CELL_VOLTAGE if kind == "cells" else PROBE_TEMPERATURE
        packs = self._chosen_packs(vehicle, kind, span)
        explain_part_nulls(packs, self._states(vehicle, [signal.id], span))
        return matrix(packs, kind)

    def _chosen_packs(self, vehicle: int, kind: str, span: tuple[int, int]) -> Packs:
        packs = _packs(list(self._packs(vehicle, kind, span)))
        return packs.take(
            last_received(packs.utc_ms, packs.source, packs.received, np.zeros_like(packs.received))
        )

    def _packs(
        self, vehicle: int, kind: str, span: tuple[int, int]
    ) -> Iterator[tuple[Chunk, Parts, Int64]]:
        for chunk in self._state.chunks:
            chosen = np.zeros(chunk.rows.count, dtype=np.bool_)
            chosen[_rows(chunk, vehicle, span)] = True
            for pack in chunk.rows.cells if kind == "cells" else chunk.rows.probes:
                where = np.flatnonzero(chosen[pack.rows])
                if where.shape[0]:
                    yield chunk, pack, where

    def _states(
        self, vehicle: int, signals: Sequence[int], span: tuple[int, int]
    ) -> list[StateRow]:
        found: set[StateRow] = set()
        for chunk in self._state.chunks:
            episodes = chunk.episodes
            mine = (chunk.rows.vehicle[episodes.row] == vehicle) & np.isin(episodes.signal, signals)
            mine &= (episodes.from_ms < span[1]) & (episodes.to_ms >= span[0])
            columns = (
                chunk.rows.source[episodes.row],
                episodes.signal,
                episodes.component,
                episodes.reason,
                episodes.from_ms,
                episodes.to_ms,
            )
            found |= set(zip(*(c[mine].tolist() for c in columns), strict=True))
        return sorted(found, key=lambda s: (s[1], s[2], s[4], s[5], s[0], s[3]))


def _rows(chunk: Chunk, vehicle: int, span: tuple[int, int]) -> Int64:
    rows = chunk.rows
    mine = chunk.stored & (rows.vehicle == vehicle)
    return np.flatnonzero(mine & (rows.utc_ms >= span[0]) & (rows.utc_ms < span[1]))


def _piece(chunk: Chunk, where: Int64, signals: Sequence[Signal]) -> tuple[Any, ...]:
    rows = chunk.rows
    values = np.full((where.shape[0], len(signals)), np.nan)
    for i, signal in enumerate(signals):
        grid: Grid = rows.real if signal.id in rows.real.ids else rows.wide
        if signal.id in grid.ids:
            column = grid.ids.index(signal.id)
            column_values = grid.values[where, column].astype(np.float64)
            values[:, i] = np.where(grid.null[where, column], np.nan, column_values)
    return (
        rows.utc_ms[where],
        rows.source[where],
        rows.received_us[where],
        rows.digest[where],
        values,
    )


def _packs(found: list[tuple[Chunk, Parts, Int64]]) -> Packs:
    width = max((p.first - 1 + p.values.shape[1] for _, p, _ in found), default=0)
    values = np.full((sum(w.shape[0] for _, _, w in found), width), np.nan)
    widths = np.zeros(values.shape[0], dtype=np.int64)
    at = 0
    for _, pack, where in found:
        readings = np.where(pack.null, np.nan, pack.values)[where]
        left = pack.first - 1
        values[at : at + where.shape[0], left : left + readings.shape[1]] = readings
        widths[at : at + where.shape[0]] = left + readings.shape[1]
        at += where.shape[0]

    def column(name: str) -> Int64:
        parts = [getattr(chunk.rows, name)[pack.rows[where]] for chunk, pack, where in found]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    return Packs(
        utc_ms=column("utc_ms"),
        source=column("source"),
        received=column("received_us"),
        values=values,
        reasons=np.where(np.isnan(values), np.uint8(Reason.ABSENT), np.uint8(Reason.VALID)),
        width=widths,
    )


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(row[name]) for name in ("start_ts", "end_ts")}
    return {**row, **times}


def event_of(parameters: Mapping[str, Any]) -> Event:
    """A stored event's parameters as the contract's word."""
    return event_of_row(
        (
            parameters["kind"],
            millis(parameters["ts"]),
            parameters["code"],
            parameters["component"],
            parameters["level"],
            parameters["active"],
            parameters["readings"],
            parameters["notes"],
        )
    )
