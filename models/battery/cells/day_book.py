"""The day book: what each cell looked like on each day, and how often it stood out.

An observation (one hour) votes for a cell that stands out in every respect; a day votes when at
least half of its observations do. Days without one do not exist: they neither accuse nor acquit.
The last days are kept in full, older ones as the means that growth and charts ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_contracts.durations import DAY_MS
from models.base import Array
from models.battery.cells.counts import Counts, counts
from models.battery.cells.day import MEASURES, Bools, Day, Seen
from models.battery.cells.limits import CellLimits
from models.battery.cells.observations import Observation
from models.battery.cells.past import Past
from models.battery.cells.rest_curve import RestCurve
from models.battery.cells.shapes import Shapes, ShapeSums
from models.battery.cells.standing_out import LONE_FLOOR_MV, band, reach, scatter
from models.battery.cells.top_of_charge import Tops
from models.state import State

HISTORY_DAYS = 60
"""Days on record; by judgement: a rate of two months is one of now."""
FULL_DAYS = 6
"""Days kept in full: as many as `CellLimits.of_days` asks of."""
LOW_CHARGE_PCT = 20.0
"""Below, the spread of the pack is told apart: small cells show there first."""
GAIN_PCT, GROWING_Z, GROWING_LONE = 0.4, 4.0, 1.2
"""What makes a cell worth a fit of its growth: points of charge gained, and robust sigma and reach
on the last complete day. By judgement: milder than `CellLimits`, the fit decides."""
OHM_FLOOR_MOHM = 0.02
"""Robust sigma of the cells' extra resistance is not below this; by judgement."""
OHM_MORE_Z = 3
"""Resistance scatters more than charge: so many robust sigma above `CellLimits.z`; by judgement."""
NO_CHARGE_DEPTH = 0.5
"""Depth of discharge where the car tells no charge: the middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an observation brought: the cells that stood out, and whether it opened another day."""

    odd: list[int]
    new_day: bool


class DayBook:
    """All days of one pack, newest last; bounded by HISTORY_DAYS."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.recent: list[Day] = []
        self.past = Past(cells, HISTORY_DAYS - FULL_DAYS)
        self.low_charge_spread_mv: float | None = None
        self.tops = Tops(cells)
        self._curve = RestCurve()
        self._sums = ShapeSums(cells)

    def __len__(self) -> int:
        """Days on record."""
        return len(self.past) + len(self.recent)

    def add(self, observation: Observation, limits: CellLimits) -> Entry | None:
        """Enter one situation; None where it lies on the lower knee."""
        self._curve.learn(observation.soc_pct, observation.voltage_v)
        if observation.soc_pct < LOW_CHARGE_PCT:
            seen = observation.deviation_mv[~np.isnan(observation.deviation_mv)]
            self.low_charge_spread_mv = float(np.ptp(seen))
        if observation.voltage_v > limits.voltage_high and len(self):
            return Entry(odd=self._top(observation), new_day=False)
        if not limits.voltage_low <= observation.voltage_v <= limits.voltage_high:
            return None
        fresh = self._turn(observation.seen_ms // DAY_MS)
        odd = self._enter(self.recent[-1], observation, limits)
        return Entry(odd=odd, new_day=fresh and len(self) > 1)

    def _top(self, observation: Observation) -> list[int]:
        """Enter a look above the plateau; the cells that stayed behind in it."""
        d = np.where(np.isnan(observation.deviation_mv), 0.0, observation.deviation_mv)
        low_q, high_q, sigma = scatter(d)
        scale = max(-low_q, high_q, LONE_FLOOR_MV)
        behind = self.tops.add(d, sigma=sigma, scale=scale, seen_ms=observation.seen_ms)
        return [int(cell) for cell in np.flatnonzero(behind)]

    def _turn(self, number: int) -> bool:
        """Open day `number` unless it is open; the oldest full day goes into the past."""
        if self.recent and self.recent[-1].number == number:
            return False
        if len(self.recent) == FULL_DAYS:
            self.past.add(self.recent.pop(0))
        self.recent.append(Day.empty(number, self.cells))
        return True

    def _enter(self, day: Day, observation: Observation, limits: CellLimits) -> list[int]:
        """Add the look to the day's sums; the cells that stood out in it."""
        d = np.where(np.isnan(observation.deviation_mv), 0.0, observation.deviation_mv)
        low_q, high_q, sigma = scatter(d)
        scale = max(-low_q, high_q, LONE_FLOOR_MV)
        slope = self._curve.slope(observation.soc_pct, limits)
        charged = observation.soc_pct / 100 if 0 <= observation.soc_pct <= 100 else np.nan
        depth = NO_CHARGE_DEPTH if np.isnan(charged) else 1 - charged
        day.looks += 1
        day.sums += np.array([1.0, -1 / slope, 1 / sigma, 1 / scale])[:, None] * d
        day.spread_mv += high_q - low_q
        day.spread_pct += (high_q - low_q) / slope
        day.depth += depth
        day.stuck += observation.stuck
        self._sums.add(d, scale=scale, slope=slope, depth=depth)
        if observation.loaded:
            day.load_mohm += np.where(np.isnan(observation.load_mohm), 0.0, observation.load_mohm)
            day.loads += 1
        return self._vote(day, observation, d, limits, (slope, sigma, scale))

    def _vote(
        self,
        day: Day,
        observation: Observation,
        d: Array,
        limits: CellLimits,
        units: tuple[float, float, float],
    ) -> list[int]:
        """Count the cells that stand out; `units`: mV per point, robust sigma, reach of 5-95 %."""
        found: list[int] = np.flatnonzero(observation.stuck).tolist()
        reach_mv = reach(limits, units)
        for sign, count, bands in ((-1, day.low, day.bands_low), (1, day.high, day.bands_high)):
            odd = sign * d >= reach_mv
            if odd.any():
                found += np.flatnonzero(odd).tolist()
                count += odd
                bands[odd] |= band(observation)
        deepest = -float(d.min())
        for place, tier in enumerate(limits.large):
            tier_mv = reach(tier, units)
            if deepest >= tier_mv:
                seen = day.large.setdefault(place, Seen(self.cells))
                seen.note(-d >= tier_mv, observation.seen_ms % DAY_MS)
        return found

    # -- questions ----------------------------------------------------------------------------

    def counts(self, limits: CellLimits) -> Counts:
        """Votes of the last `of_days` days."""
        return counts(self.recent[-limits.of_days :], self.shapes, limits)

    def spread_days(self, limits: CellLimits) -> int:
        """Days on which the pack as a whole was out of balance."""
        return sum(
            day.spread_mv >= limits.spread_mv * day.looks
            and day.spread_pct >= limits.spread_pct * day.looks
            for day in self.recent[-limits.of_days :]
        )

    def extra_ohms(self, limits: CellLimits) -> Array:
        """Mean extra resistance per cell over days with load; zero with too few of them or where
        the cell is within the pack's scatter."""
        loaded = [day for day in self.recent[-limits.of_days :] if day.loads]
        if len(loaded) < limits.days:
            return np.zeros(self.cells)
        mean = np.median([day.load_mohm / day.loads for day in loaded], axis=0)
        _, _, sigma = scatter(mean, OHM_FLOOR_MOHM)
        return np.where(mean >= (limits.z + OHM_MORE_Z) * sigma, mean, 0.0)

    def healed(self, limits: CellLimits) -> Bools:
        """Back among its neighbours on every one of the last days, in absolute terms."""
        recent = self.recent[-limits.of_days :]
        if len(recent) < limits.of_days:
            return np.zeros(self.cells, dtype=bool)
        near = [np.abs(day.mean("deficit_pct")) < limits.deficit_pct / 2 for day in recent]
        return np.asarray(np.logical_and.reduce(near))

    def shapes(self) -> Shapes:
        """What each cell's deviation follows over all looks."""
        return self._sums.shapes()

    def growing_candidates(self, limits: CellLimits) -> list[int]:
        """Cells low enough on the last complete day for a growing deficit to mean something."""
        if len(self.recent) < 2:
            return []
        day = self.recent[-2]
        low = (-day.mean("deviation_mv") >= limits.mv) & (-day.mean("z") >= GROWING_Z)
        cells = np.flatnonzero(low & (-day.mean("lone") >= GROWING_LONE)).tolist()
        return [cell for cell in cells if self._gained(cell) >= GAIN_PCT]

    def _gained(self, cell: int) -> float:
        """Deficit of the last complete day above that of the first days on record."""
        _, deficit = self.history(cell)
        return float(deficit[-2] - deficit[:3].min())

    def history(self, cell: int, measure: str = "deficit_pct") -> tuple[Array, Array]:
        """Days, and the cell's mean of `measure` (deficit_pct or deviation_mv) on each."""
        number = [day.number for day in self.recent]
        level = [day.of(measure, cell) for day in self.recent]
        return (
            np.concatenate([self.past.number, np.array(number, dtype=np.float64)]),
            np.concatenate([self.past.of(measure, cell), np.array(level)]),
        )

    def depth(self) -> Array:
        """Mean depth of discharge of every day's looks, 0 full .. 1 empty."""
        recent = np.array([day.mean_depth for day in self.recent])
        return np.concatenate([self.past.depth, recent])

    def summary(self) -> dict[str, float]:
        """The pack on its last day in mV: whole spread, 5-95 % spread, and when nearly empty."""
        day = self.recent[-1]
        level = day.mean("deviation_mv")
        found = {
            "spread_mv": float(np.ptp(level)),
            "spread_5_95_mv": day.spread_mv / max(day.looks, 1),
            "lowest_mv": float(level.min()),
            "highest_mv": float(level.max()),
        }
        if self.low_charge_spread_mv is not None:
            found["spread_low_charge_mv"] = self.low_charge_spread_mv
        return {name: round(value, 1) for name, value in found.items()}

    def extremes(self) -> tuple[int, int]:
        """The lowest and the highest cell of the last day."""
        level = self.recent[-1].mean("deviation_mv")
        return int(level.argmin()), int(level.argmax())

    def level(self, cell: int) -> dict[str, float]:
        """The last day's figures of one cell."""
        day = self.recent[-1]
        return {name: round(day.of(name, cell), 2) for name in MEASURES}

    # -- what is stored -----------------------------------------------------------------------

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {
            "cells": self.cells,
            "low_charge_spread_mv": self.low_charge_spread_mv,
            "recent": [day.state() for day in self.recent],
            "past": self.past.state(),
            "tops": self.tops.state(),
            "curve": self._curve.state(),
            "sums": self._sums.state(),
        }

    @classmethod
    def restore(cls, state: State) -> DayBook:
        """The book as it was."""
        book = cls(state["cells"])
        book.low_charge_spread_mv = state["low_charge_spread_mv"]
        book.recent = [Day.restore(day) for day in state["recent"]]
        book.past = Past.restore(state["past"], book.past.longest)
        book.tops = Tops.restore(state["tops"])
        book._curve = RestCurve.restore(state["curve"])
        book._sums = ShapeSums.restore(state["sums"])
        return book
