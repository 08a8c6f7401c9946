"""Situations: one hour of pack rows folded into one quiet look at every cell.

    rows -> [hour bucket] -> Situation: how far each cell stands from the pack's median

A bucket closes when the first row of a later hour arrives, and not before: the result depends on
the rows and their order in time, never on how they were cut into chunks. At rest or under a small
steady current the deviation of a cell is open-circuit voltage, i.e. charge; under load the cells
of a car are scanned one after another and a single row says little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.base import Array, Float32, row_median
from models.features.rows import PackRows

HOUR_MS = 3_600_000
SLOT_MS = 10_000
"""Faster rows are thinned to one per slot: a quiet cell says nothing new within 10 s."""
MIN_ROWS = 5
DEFAULT_AH = 120.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """One closed hour. `deviation_mv` float64 [cells], NaN where a cell was not seen.

    `raised_ms` is the row that closed the hour, `seen_ms` the last row inside. `stuck` marks cells
    whose reading never moved while the pack's median moved by at least 15 mV.
    `load_mohm` [cells]: extra resistance against the median by regression on current, NaN without
    enough load.
    """

    raised_ms: int
    seen_ms: int
    rows: int
    soc_pct: float
    voltage_v: float
    temperature_c: float
    deviation_mv: Array
    stuck: Array
    load_mohm: Array

    @property
    def loaded(self) -> bool:
        """True where the hour had enough load to speak of resistance."""
        return not bool(np.isnan(self.load_mohm[0])) or not bool(np.isnan(self.load_mohm).all())


class Situations:
    """Streaming fold of pack rows into situations. State: the rows of the open hour."""

    def __init__(self, rated_ah: float | None = None) -> None:
        ah = rated_ah or DEFAULT_AH
        self._rest_a, self._charge_a, self._load_a = ah / 12, ah / 6, ah / 6
        self._hour = -1
        self._slot = -1
        self._kept: list[PackRows] = []
        self.late_rows = 0

    def update(self, rows: PackRows) -> list[Situation]:
        """Situations closed by these rows. Rows older than the open hour are counted, not used."""
        if len(rows) == 0 or rows.cells_v.shape[1] == 0:
            return []
        if np.any(rows.t_ms[1:] < rows.t_ms[:-1]):
            rows = rows.take(np.argsort(rows.t_ms, kind="stable"))
        hours = rows.t_ms // HOUR_MS
        if hours[0] < self._hour:
            self.late_rows += int(np.searchsorted(hours, self._hour))
            return self.update(rows.take(hours >= self._hour))
        edges = np.flatnonzero(hours[1:] != hours[:-1]) + 1
        closed = []
        for start, stop in zip([0, *edges], [*edges, len(rows)], strict=True):
            if hours[start] != self._hour:
                closed += self._close(int(rows.t_ms[start]))
                self._hour = int(hours[start])
                if stop < len(rows) and stop - start < MIN_ROWS:
                    continue  # a whole hour with too few rows: nothing will come of it
            self._keep(rows.take(slice(start, stop)))
        return closed

    def _keep(self, rows: PackRows) -> None:
        """Keep the first row of every slot."""
        slots = rows.t_ms // SLOT_MS
        fresh = np.empty(len(rows), dtype=bool)
        fresh[0] = slots[0] > self._slot
        np.greater(slots[1:], slots[:-1], out=fresh[1:])
        if slots[-1] > self._slot or fresh.any():
            self._slot = int(slots[-1])
            self._kept.append(rows if fresh.all() else rows.take(fresh))

    def _close(self, raised_ms: int) -> list[Situation]:
        kept, self._kept = self._kept, []
        if sum(map(len, kept)) < MIN_ROWS:
            return []
        cells = np.concatenate([k.cells_v for k in kept])
        current = np.concatenate([k.current_a for k in kept])
        median = row_median(cells)
        deviation = (cells - median[:, None]) * np.float32(1000)
        quiet = self._quiet(current) & ~np.isnan(median)
        n = int(quiet.sum())
        if n < MIN_ROWS:
            return []

        return [
            Situation(
                raised_ms=raised_ms,
                seen_ms=int(kept[-1].t_ms[-1]),
                rows=n,
                soc_pct=_median(np.concatenate([k.soc_pct for k in kept])[quiet]),
                voltage_v=_median(median[quiet].astype(np.float64)),
                temperature_c=_median(np.concatenate([k.temperature_c for k in kept])[quiet]),
                deviation_mv=_column_median(deviation[quiet]),
                stuck=_stuck(cells, median),
                load_mohm=self._load(deviation, current),
            )
        ]

    def _quiet(self, current_a: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Near rest, or a small steady charge; every row where the car tells no current."""
        if np.isnan(current_a).all():
            return np.ones(len(current_a), dtype=bool)
        steady = np.zeros(len(current_a), dtype=bool)
        steady[1:] = np.abs(current_a[1:] - current_a[:-1]) <= self._rest_a / 5
        charging = (current_a > 0) & (current_a <= self._charge_a) & steady
        return (np.abs(current_a) <= self._rest_a) | charging

    def _load(self, deviation_mv: Float32, current_a: Array) -> Array:
        """mΩ above the median per cell: slope of deviation over current (both + when charging)."""
        busy = ~np.isnan(current_a)
        x = current_a[busy] - np.mean(current_a[busy]) if busy.any() else current_a[:0]
        if len(x) < 20 or np.std(x) < self._load_a:
            return np.full(deviation_mv.shape[1], np.nan)
        y = deviation_mv[busy].astype(np.float64)
        seen = ~np.isnan(y)
        y = np.where(seen, y - np.where(seen, y, 0).sum(0) / np.maximum(seen.sum(0), 1), 0.0)
        weight = (x[:, None] ** 2 * seen).sum(0)
        return np.where(seen.sum(0) >= 20, x @ y / np.maximum(weight, 1e-9), np.nan)


def _median(values: Array) -> float:
    """Median without NaN; NaN where nothing is known. Quicker than numpy's on small arrays."""
    ordered = np.sort(values[~np.isnan(values)])
    n = len(ordered)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2 if n else float("nan")


def _column_median(values: Float32) -> Array:
    """Median of every column; NaN where fewer than MIN_ROWS values are known."""
    if not np.isnan(values).any():
        ordered = np.sort(values, axis=0)
        n = len(values)
        middle = ordered[(n - 1) // 2] + ordered[n // 2]
        return np.asarray(middle, dtype=np.float64) / 2
    out = row_median(np.ascontiguousarray(values.T)).astype(np.float64)
    out[(~np.isnan(values)).sum(axis=0) < MIN_ROWS] = np.nan
    return out


def _stuck(cells_v: Float32, median_v: Float32) -> Array:
    """1.0 where a cell's readings span at most 1 mV while the median spans at least 15 mV."""
    known = median_v[~np.isnan(median_v)]
    if len(known) < MIN_ROWS or known.max() - known.min() < 0.015:
        return np.zeros(cells_v.shape[1])
    lowest, highest = np.fmin.reduce(cells_v), np.fmax.reduce(cells_v)
    seen = (~np.isnan(cells_v)).sum(axis=0) >= MIN_ROWS
    return np.asarray(seen & (highest - lowest <= 0.0011), dtype=np.float64)
