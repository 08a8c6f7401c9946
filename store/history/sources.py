"""Which source speaks when several do: pure rules over the rows of one vehicle.

equal time and source    the row received last
several sources          per signal and UTC day, the one with most valid readings that day;
                         the smaller source id where they tie
ticks                    the union of all sources' times
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_contracts.durations import DAY_MS
from firmware_contracts.signal import Reason
from firmware_contracts.telemetry import Int64, UInt8

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceRows:
    """Rows as they were stored: values float64 [n, k], NaN where null, with their reasons."""

    utc_ms: Int64
    source: Int64
    values: Float64
    reasons: UInt8

    def take(self, chosen: npt.NDArray[np.generic] | slice) -> SourceRows:
        """Some of the rows."""
        return SourceRows(
            utc_ms=self.utc_ms[chosen],
            source=self.source[chosen],
            values=self.values[chosen],
            reasons=self.reasons[chosen],
        )


def last_received(utc_ms: Int64, source: Int64, received: Int64, tie: Int64) -> Int64:
    """Positions, in the order of time, of the row received last per time and source."""
    order = np.lexsort((tie, received, source, utc_ms))
    if not order.shape[0]:
        return order
    last = np.ones(order.shape, dtype=np.bool_)
    last[:-1] = (np.diff(utc_ms[order]) != 0) | (np.diff(source[order]) != 0)
    return order[last]


def best_source_per_signal(rows: SourceRows) -> SourceRows:
    """One row per time, each signal from its best source; rows must be sorted by time."""
    if (rows.source == rows.source[:1]).all():
        return rows
    ticks, tick_of = np.unique(rows.utc_ms, return_inverse=True)
    values = np.full((ticks.shape[0], rows.values.shape[1]), np.nan)
    reasons = np.full(values.shape, Reason.ABSENT, dtype=np.uint8)
    day = rows.utc_ms // DAY_MS
    for column in range(rows.values.shape[1]):
        chosen = np.flatnonzero(
            _best_source_rows(rows.source, day, ~np.isnan(rows.values[:, column]))
        )
        values[tick_of[chosen], column] = rows.values[chosen, column]
        reasons[tick_of[chosen], column] = rows.reasons[chosen, column]
    return SourceRows(utc_ms=ticks, source=np.zeros_like(ticks), values=values, reasons=reasons)


def _best_source_rows(source: Int64, day: Int64, valid: Bool) -> Bool:
    """Rows of the source with most valid readings on their day."""
    keys, of = np.unique(np.stack([day, source], axis=1), axis=0, return_inverse=True)
    counts = np.bincount(of.ravel(), weights=valid, minlength=keys.shape[0])
    order = np.lexsort((keys[:, 1], -counts, keys[:, 0]))
    first = np.ones(order.shape, dtype=np.bool_)
    first[1:] = np.diff(keys[order, 0]) != 0
    best = np.zeros(keys.shape[0], dtype=np.bool_)
    best[order[first]] = True
    found: Bool = best[of.ravel()]
    return found
