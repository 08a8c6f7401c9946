"""The newest reading per vehicle and signal, merged so that the order of arrival does not matter.

Newest event time wins; at equal times the larger source, then the larger reason, then the larger
value: any rule would do, as long as it asks nobody when the rows came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import Int64
from store.db.schema import POSITION_IDS
from store.sink.rows import Grid, Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Flat readings; `reasons` not VALID have NaN values."""

    vehicle: Int64
    signal: Int64
    time_ms: Int64
    value: npt.NDArray[np.float64]
    reason: Int64
    source: Int64

    def take(self, where: npt.NDArray[np.generic]) -> Readings:
        """Some of them."""
        return Readings(
            vehicle=self.vehicle[where],
            signal=self.signal[where],
            time_ms=self.time_ms[where],
            value=self.value[where],
            reason=self.reason[where],
            source=self.source[where],
        )

    def __add__(self, other: Readings) -> Readings:
        def both(name: str) -> npt.NDArray[np.generic]:
            return np.concatenate([getattr(self, name), getattr(other, name)])

        return Readings(**{name: both(name) for name in self.__slots__})  # type: ignore[arg-type]


def newest_of(rows: Rows, stored: npt.NDArray[np.bool_]) -> Readings:
    """Newest reading of every signal of every vehicle among the stored rows."""
    order = np.flatnonzero(stored)
    order = order[
        np.lexsort(
            (rows.digest[order], rows.source[order], rows.utc_ms[order], rows.vehicle[order])
        )
    ]
    real, wide = (_last(rows, grid, order) for grid in (rows.real, rows.wide))
    return real + wide


def _last(rows: Rows, grid: Grid, order: Int64) -> Readings:
    """Last position with a value or a telling reason, per vehicle (segment) and signal."""
    if not order.shape[0] or not grid.ids:
        return _none()
    vehicles = rows.vehicle[order]
    begins = np.flatnonzero(np.concatenate([[True], np.diff(vehicles) != 0]))
    told = ~(grid.null[order] & (grid.reasons[order] == Reason.ABSENT))
    told &= ~np.isin(np.array(grid.ids), list(POSITION_IDS))
    position = np.where(told, np.arange(order.shape[0])[:, None], -1)
    last = np.maximum.reduceat(position, begins, axis=0)
    segment, column = np.nonzero(last >= 0)
    row = order[last[segment, column]]
    null = grid.null[row, column]
    return Readings(
        vehicle=vehicles[begins][segment],
        signal=np.array(grid.ids, dtype=np.int64)[column],
        time_ms=rows.utc_ms[row],
        value=np.where(null, np.nan, grid.values[row, column]).astype(np.float64),
        reason=np.where(null, grid.reasons[row, column], Reason.VALID).astype(np.int64),
        source=rows.source[row],
    )


def _none() -> Readings:
    empty = np.zeros(0, dtype=np.int64)
    return Readings(
        vehicle=empty, signal=empty, time_ms=empty, value=np.zeros(0), reason=empty, source=empty
    )


def merge(readings: Readings) -> Readings:
    """One reading per vehicle and signal, sorted by both."""
    order = np.lexsort((readings.time_ms, readings.signal, readings.vehicle))
    if _ties(readings, order):
        order = np.lexsort(
            (
                readings.value,
                readings.reason,
                readings.source,
                readings.time_ms,
                readings.signal,
                readings.vehicle,
            )
        )
    found = readings.take(order)
    return found.take(_ends(found))


def _ends(found: Readings) -> npt.NDArray[np.bool_]:
    """True at the last reading of each vehicle and signal."""
    last = np.ones(found.vehicle.shape, dtype=np.bool_)
    last[:-1] = (np.diff(found.vehicle) != 0) | (np.diff(found.signal) != 0)
    return last


def _ties(readings: Readings, order: Int64) -> bool:
    """True where two readings of a signal have one time, which is rare: then all of it decides."""
    same = np.diff(readings.time_ms[order]) == 0
    same &= np.diff(readings.signal[order]) == 0
    same &= np.diff(readings.vehicle[order]) == 0
    return bool(same.any())
