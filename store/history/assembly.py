"""From rows as they were stored to windows and days: pure, the same for PostgreSQL and memory.

rows of all sources -> on the scale of their signals -> nulls explained -> best source per signal
-> Window; and any span of days cut into `Day`s, each as if nothing else had been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.readings import Column, Day, Matrix, Window
from firmware_contracts.durations import DAY_MS
from firmware_contracts.events import Event
from firmware_contracts.signal import Reason, Signal, Storage
from firmware_contracts.signals import CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Float64, Int64
from store.history.packs import Packs
from store.history.sources import SourceRows, best_source_per_signal
from store.sink.fact_rows import millis

StateRow = tuple[int, int, int, int, int, int]
"""Source, signal, component, reason, first and last UTC ms of an episode."""
UNITS: Mapping[str, tuple[Signal, float]] = {
    "cells": (CELL_VOLTAGE, 1000.0),
    "probes": (PROBE_TEMPERATURE, 10.0),
}


def on_scale(values: Float64, signal: Signal) -> Float64:
    """Values on the grid of the signal's scale: float32's rounding is taken back."""
    if signal.storage is not Storage.REAL:
        return values
    per_unit = round(1 / signal.scale)
    if per_unit and abs(per_unit * signal.scale - 1) < 1e-9:
        return np.round((values - signal.offset) * per_unit) / per_unit + signal.offset
    return np.round((values - signal.offset) / signal.scale) * signal.scale + signal.offset


def scaled(rows: SourceRows, signals: Sequence[Signal]) -> SourceRows:
    """The same with every value on the grid of its signal's scale."""
    values = [on_scale(rows.values[:, i], signal) for i, signal in enumerate(signals)]
    return replace(rows, values=np.stack(values, axis=1) if values else rows.values)


def window_of(
    vehicle_id: int,
    span: tuple[int, int],
    signals: Sequence[Signal],
    rows: SourceRows,
    *,
    cells: Matrix | None,
    probes: Matrix | None,
) -> Window:
    """Rows of all sources as one window; the values are on the scale of their signals."""
    best = best_source_per_signal(rows)
    return Window(
        vehicle_id=vehicle_id,
        start_ms=span[0],
        end_ms=span[1],
        ticks_ms=best.utc_ms,
        columns={
            signal.name: Column(values=best.values[:, i], reasons=best.reasons[:, i])
            for i, signal in enumerate(signals)
        },
        cells=cells,
        probes=probes,
    )


def explain_nulls(rows: SourceRows, signals: Sequence[Signal], states: Iterable[StateRow]) -> None:
    """Give nulls the reason of the episode they lie in."""
    column = {signal.id: i for i, signal in enumerate(signals)}
    for source, signal, component, reason, first, last in states:
        if component == 0:
            where = _between(rows.utc_ms, first, last)
            reasons = rows.reasons[where, column[signal]]
            reasons[(rows.source[where] == source) & (reasons != Reason.VALID)] = reason


def explain_part_nulls(packs: Packs, states: Iterable[StateRow]) -> None:
    """The same for the parts of a pack."""
    for source, _, part, reason, first, last in states:
        if 0 < part <= packs.reasons.shape[1]:
            where = _between(packs.utc_ms, first, last)
            reasons = packs.reasons[where, part - 1]
            reasons[(packs.source[where] == source) & (reasons != Reason.VALID)] = reason


def _between(utc_ms: Int64, first: int, last: int) -> slice:
    return slice(
        int(np.searchsorted(utc_ms, first, "left")), int(np.searchsorted(utc_ms, last, "right"))
    )


def matrix(packs: Packs, table: str) -> Matrix:
    """Cells in V or probes in °C; where several sources tell them, the best one per UTC day."""
    rows = SourceRows(
        utc_ms=packs.utc_ms, source=packs.source, values=packs.values, reasons=packs.reasons
    )
    best = best_source_per_signal(rows)
    return Matrix(
        ticks_ms=best.utc_ms,
        values=(best.values / UNITS[table][1]).astype(np.float32),
        reasons=best.reasons,
    )


def days_of(
    vehicle_id: int,
    signals: Sequence[Signal],
    rows: SourceRows,
    packs: Mapping[str, Packs],
    records: Mapping[str, Sequence[Mapping[str, Any]]],
    events: Sequence[Event],
) -> list[Day]:
    """Rows, packs, records (by end) and events of any span as its days: every day by itself, as
    if nothing else had been read, so that its sources and its parts are its own."""
    ends_ms = {
        kind: np.array([millis(r["end"]) for r in of_kind]) for kind, of_kind in records.items()
    }
    events_ms = np.array([event.t_ms for event in events])
    times = [rows.utc_ms, events_ms, *ends_ms.values(), *(p.utc_ms for p in packs.values())]
    numbers = np.unique(np.concatenate([t.astype(np.int64) // DAY_MS for t in times]))
    rows = scaled(rows, signals)
    return [
        Day(
            window=window_of(
                vehicle_id,
                (n * DAY_MS, (n + 1) * DAY_MS),
                signals,
                rows.take(_on(n, rows.utc_ms)),
                cells=_matrix_on(n, packs, "cells"),
                probes=_matrix_on(n, packs, "probes"),
            ),
            records={kind: of_kind[_on(n, ends_ms[kind])] for kind, of_kind in records.items()},
            events=tuple(events[_on(n, events_ms)]),
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
