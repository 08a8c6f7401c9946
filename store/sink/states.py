"""Why values are null, as runs: one episode per reason, signal and component of a batch.

ticks    1 2 3 4 5 6          VALID (0) and ABSENT (5) end a run and start none
reasons  0 2 2 5 2 1   -->    INVALID 2..3, INVALID 5..5, NOT_SUPPORTED 6..6
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_contracts.signal import Reason
from firmware_contracts.signals import CELL_VOLTAGE, PROBE_TEMPERATURE
from firmware_contracts.telemetry import Int64, UInt8
from store.sink.rows import Grid, Parts, Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Episodes:
    """Runs as parallel int64 arrays; `component` 0 is the signal itself, n its nth part."""

    row: Int64
    signal: Int64
    component: Int64
    reason: Int64
    from_ms: Int64
    to_ms: Int64


def episodes(rows: Rows, keep: npt.NDArray[np.bool_]) -> Episodes:
    """Episodes of the kept rows, run by run within each batch, vehicle and event-time order."""
    return _join(list(_all(rows, keep)))


def _all(rows: Rows, keep: npt.NDArray[np.bool_]) -> Iterator[Episodes]:
    order = np.flatnonzero(keep)
    order = order[np.lexsort((rows.utc_ms[order], rows.vehicle[order], rows.batch[order]))]
    for grid in (rows.real, rows.wide):
        if grid.ids and _telling(grid.reasons).any():
            yield _of_grid(rows, grid, order)
    for signal, packs in ((CELL_VOLTAGE.id, rows.cells), (PROBE_TEMPERATURE.id, rows.probes)):
        yield from _of_packs(rows, keep, signal, packs)


def _of_grid(rows: Rows, grid: Grid, order: Int64) -> Episodes:
    starts, ends, columns, reasons = _runs(grid.reasons[order], _groups(rows, order))
    ids = np.array(grid.ids, dtype=np.int64)
    return _episodes(rows, order, ids[columns], np.zeros_like(columns), reasons, starts, ends)


def _of_packs(
    rows: Rows, keep: npt.NDArray[np.bool_], signal: int, packs: Iterable[Parts]
) -> Iterator[Episodes]:
    for pack in packs:
        if not _telling(pack.reasons).any():
            continue
        chosen = np.flatnonzero(keep[pack.rows])
        where = pack.rows[chosen]
        by_time = np.lexsort((rows.utc_ms[where], rows.vehicle[where]))
        chosen, where = chosen[by_time], where[by_time]
        starts, ends, parts, reasons = _runs(pack.reasons[chosen], _groups(rows, where))
        signals = np.full(parts.shape, signal, dtype=np.int64)
        yield _episodes(rows, where, signals, parts + pack.first, reasons, starts, ends)


def _telling(reasons: UInt8) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (reasons != Reason.VALID) & (reasons != Reason.ABSENT)
    return found


def _groups(rows: Rows, order: Int64) -> npt.NDArray[np.bool_]:
    """True at rows that begin another batch or vehicle."""
    change = (np.diff(rows.batch[order]) != 0) | (np.diff(rows.vehicle[order]) != 0)
    return np.concatenate([[True], change])


def _runs(reasons: UInt8, begins: npt.NDArray[np.bool_]) -> tuple[Int64, Int64, Int64, Int64]:
    """First and last position, column and reason of every telling run down the columns."""
    change = np.ones(reasons.shape, dtype=np.bool_)
    change[1:] = (reasons[1:] != reasons[:-1]) | begins[1:, None]
    columns, starts = np.nonzero(change.T)
    ends = np.concatenate([starts[1:] - 1, [reasons.shape[0] - 1]])
    ends[np.flatnonzero(np.diff(columns))] = reasons.shape[0] - 1
    found = reasons[starts, columns].astype(np.int64)
    telling = _telling(found.astype(np.uint8))
    return starts[telling], ends[telling], columns[telling], found[telling]


def _episodes(
    rows: Rows,
    order: Int64,
    signal: Int64,
    component: Int64,
    reason: Int64,
    starts: Int64,
    ends: Int64,
) -> Episodes:
    return Episodes(
        row=order[starts],
        signal=signal,
        component=component,
        reason=reason,
        from_ms=rows.utc_ms[order[starts]],
        to_ms=rows.utc_ms[order[ends]],
    )


def _join(found: list[Episodes]) -> Episodes:
    def column(name: str) -> Int64:
        parts = [getattr(e, name) for e in found]
        return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)

    return Episodes(
        row=column("row"),
        signal=column("signal"),
        component=column("component"),
        reason=column("reason"),
        from_ms=column("from_ms"),
        to_ms=column("to_ms"),
    )
