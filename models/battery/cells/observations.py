"""Observations: one hour of pack rows folded into one quiet reading of every cell.

    rows -> [hour bucket] -> Observation: how far each cell stands from the pack's median

A bucket closes when the first row of a later hour arrives, and not before: the result depends on
the rows and their order in time, never on how they were cut into chunks. At rest or under a small
steady current the deviation of a cell is open-circuit voltage, i.e. charge; under load the cells
of a car are scanned one after another and a single row says little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array, Float32, row_median
from models.battery.cells.hour_rows import HourRows, joined
from models.battery.pack_rows import PackRows
from models.battery.snapshot import resume, snapshot
from models.state import State

HOUR_MS = 3_600_000
SLOT_MS = 10_000
"""Faster rows are thinned to one per slot: a quiet cell says nothing new within 10 s."""
MIN_ROWS = 5
"""Quiet rows of an hour worth a median; by judgement: one odd row must not be the middle one."""
DEFAULT_AH = 120.0
"""Of a car that states no rated capacity: a common size, to say what a small current is."""
REST_HOURS, CHARGE_HOURS, LOAD_HOURS = 12, 6, 6
"""Currents of C/12 at most are rest, of C/6 at most a small charge; the current must scatter by C/6
or more to speak of resistance. By judgement: at C/12 a cell of 0.5 mΩ drops 5 mV, alike in all."""
STEADY_PART = 5
"""A small charge is steady when rows differ by at most a fifth of the current of rest."""
LOAD_ROWS = 20
"""Rows of a cell for its resistance; by judgement."""
STUCK_SPAN_V, MOVED_SPAN_V = 0.0011, 0.015
"""A reading that spans one digit (1 mV) is stuck where the median spans fifteen."""
_NUMBERS = ("_hour", "_slot", "late_rows")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
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
    stuck: npt.NDArray[np.bool_]
    load_mohm: Array

    @property
    def loaded(self) -> bool:
        """True where the hour had enough load to speak of resistance."""
        return not bool(np.isnan(self.load_mohm[0])) or not bool(np.isnan(self.load_mohm).all())


class HourlyObservations:
    """Streaming fold of pack rows into observations. State: the rows of the open hour."""

    def __init__(self, rated_ah: float | None = None) -> None:
        ah = rated_ah or DEFAULT_AH
        self._rest_a, self._charge_a = ah / REST_HOURS, ah / CHARGE_HOURS
        self._load_a = ah / LOAD_HOURS
        self._hour = -1
        self._slot = -1
        self._rows: list[HourRows] = []
        self.late_rows = 0

    def state(self) -> State:
        """A snapshot for `restore`; the rows of the open hour as one piece."""
        rows = joined(self._rows).state() if self._rows else None
        return {**snapshot(self, _NUMBERS), "rows": rows}

    @classmethod
    def restore(cls, state: State, rated_ah: float | None = None) -> HourlyObservations:
        """The fold as it was."""
        fold = cls(rated_ah)
        resume(fold, state, _NUMBERS)
        if state["rows"] is not None:
            fold._rows.append(HourRows.restore(state["rows"]))
        return fold

    def update(self, rows: PackRows) -> list[Observation]:
        """Hours closed by these rows. Rows older than the open hour are counted, not used."""
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
        """Keep the first row of every slot; slots that have been passed stay closed."""
        slots = rows.t_ms // SLOT_MS
        fresh = slots > self._slot
        fresh[1:] &= slots[1:] > slots[:-1]
        if self._rows and self._rows[0].cells.shape[1] != rows.cells_v.shape[1]:
            self._rows.clear()  # another pack
        if fresh.any():
            self._slot = int(slots[-1])
            self._rows.append(HourRows.of(rows if fresh.all() else rows.take(fresh)))

    def _close(self, raised_ms: int) -> list[Observation]:
        pieces, self._rows = self._rows, []
        if sum(len(piece.t_ms) for piece in pieces) < MIN_ROWS:
            return []
        kept = joined(pieces)
        cells = kept.cells_v
        median = row_median(cells)
        deviation = (cells - median[:, None]) * np.float32(1000)
        quiet = self._quiet(kept.current_a) & ~np.isnan(median)
        n = int(quiet.sum())
        if n < MIN_ROWS:
            return []

        return [
            Observation(
                raised_ms=raised_ms,
                seen_ms=int(kept.t_ms[-1]),
                rows=n,
                soc_pct=_median(kept.soc_pct[quiet]),
                voltage_v=_median(median[quiet].astype(np.float64)),
                temperature_c=_median(kept.temperature_c[quiet]),
                deviation_mv=_column_median(deviation[quiet]),
                stuck=_stuck(cells, median),
                load_mohm=self._load(deviation, kept.current_a),
            )
        ]

    def _quiet(self, current_a: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Near rest, or a small steady charge; every row where the car tells no current."""
        if np.isnan(current_a).all():
            return np.ones(len(current_a), dtype=bool)
        steady = np.zeros(len(current_a), dtype=bool)
        steady[1:] = np.abs(current_a[1:] - current_a[:-1]) <= self._rest_a / STEADY_PART
        charging = (current_a > 0) & (current_a <= self._charge_a) & steady
        return (np.abs(current_a) <= self._rest_a) | charging

    def _load(self, deviation_mv: Float32, current_a: Array) -> Array:
        """mΩ above the median per cell: slope of deviation over current (both + when charging)."""
        busy = ~np.isnan(current_a)
        x = current_a[busy] - np.mean(current_a[busy]) if busy.any() else current_a[:0]
        if len(x) < LOAD_ROWS or np.std(x) < self._load_a:
            return np.full(deviation_mv.shape[1], np.nan)
        y = deviation_mv[busy].astype(np.float64)
        seen = ~np.isnan(y)
        y = np.where(seen, y - np.where(seen, y, 0).sum(0) / np.maximum(seen.sum(0), 1), 0.0)
        weight = (x[:, None] ** 2 * seen).sum(0)
        return np.where(seen.sum(0) >= LOAD_ROWS, x @ y / np.maximum(weight, 1e-9), np.nan)


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


def _stuck(cells_v: Float32, median_v: Float32) -> npt.NDArray[np.bool_]:
    """True where a cell's readings span at most 1 mV while the median spans at least 15 mV."""
    known = median_v[~np.isnan(median_v)]
    if len(known) < MIN_ROWS or known.max() - known.min() < MOVED_SPAN_V:
        return np.zeros(cells_v.shape[1], dtype=bool)
    lowest, highest = np.fmin.reduce(cells_v), np.fmax.reduce(cells_v)
    seen = (~np.isnan(cells_v)).sum(axis=0) >= MIN_ROWS
    return np.asarray(seen & (highest - lowest <= STUCK_SPAN_V))
