"""The day book: what each cell looked like on each day, and how often it stood out.

A look (one situation) votes for a cell that stands out in every respect; a day votes when at least
half of its looks do. Days without a look do not exist: they neither accuse nor acquit. The last
days are kept in full, older ones as the means that growth and charts ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array
from models.battery.cells.day import DAY_MS, MEASURES, Bools, Day, Ints32, Seen
from models.battery.cells.limits import CellLimits, Large
from models.battery.cells.observations import Situation
from models.battery.cells.past import Past
from models.battery.cells.rest_curve import RestCurve
from models.battery.cells.shapes import Shapes, ShapeSums
from models.battery.cells.top_of_charge import Tops
from models.battery.snapshot import State

SIGMA_FLOOR_MV = 2.5
LONE_FLOOR_MV = 4.0
HISTORY_DAYS = 60
FULL_DAYS = 6
"""Days kept in full: as many as `CellLimits.of_days` asks of."""
LOW_CHARGE_PCT = 20.0
GAIN_PCT = 0.4
OHM_FLOOR_MOHM = 0.02
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """How often each cell stood out in the last days; arrays are [cells], masks are bit sets."""

    days_low: Ints
    days_high: Ints
    mask_low: Ints32
    mask_high: Ints32
    level_mv: Array
    large_low: Bools
    """Low enough by one of `limits.large`."""
    stuck: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a look brought: the cells that stood out in it, and whether it opened another day."""

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

    def add(self, look: Situation, limits: CellLimits) -> Entry | None:
        """Enter one situation; None where it lies on the lower knee."""
        self._curve.learn(look.soc_pct, look.voltage_v)
        if look.soc_pct < LOW_CHARGE_PCT:
            seen = look.deviation_mv[~np.isnan(look.deviation_mv)]
            self.low_charge_spread_mv = float(np.ptp(seen))
        if look.voltage_v > limits.voltage_high and len(self):
            return Entry(odd=self._top(look), new_day=False)
        if not limits.voltage_low <= look.voltage_v <= limits.voltage_high:
            return None
        fresh = self._turn(look.seen_ms // DAY_MS)
        odd = self._enter(self.recent[-1], look, limits)
        return Entry(odd=odd, new_day=fresh and len(self) > 1)

    def _top(self, look: Situation) -> list[int]:
        """Enter a look above the plateau; the cells that stayed behind in it."""
        d = np.where(np.isnan(look.deviation_mv), 0.0, look.deviation_mv)
        low_q, high_q, sigma = _scatter(d)
        scale = max(-low_q, high_q, LONE_FLOOR_MV)
        behind = self.tops.add(d, sigma=sigma, scale=scale, seen_ms=look.seen_ms)
        return [int(cell) for cell in np.flatnonzero(behind)]

    def _turn(self, number: int) -> bool:
        """Open day `number` unless it is open; the oldest full day goes into the past."""
        if self.recent and self.recent[-1].number == number:
            return False
        if len(self.recent) == FULL_DAYS:
            self.past.add(self.recent.pop(0))
        self.recent.append(Day.empty(number, self.cells))
        return True

    def _enter(self, day: Day, look: Situation, limits: CellLimits) -> list[int]:
        """Add the look to the day's sums; the cells that stood out in it."""
        d = np.where(np.isnan(look.deviation_mv), 0.0, look.deviation_mv)
        low_q, high_q, sigma = _scatter(d)
        scale = max(-low_q, high_q, LONE_FLOOR_MV)
        slope = self._curve.slope(look.soc_pct, limits)
        depth = 1 - look.soc_pct / 100 if 0 <= look.soc_pct <= 100 else 0.5
        day.looks += 1
        day.sums += np.array([1.0, -1 / slope, 1 / sigma, 1 / scale])[:, None] * d
        day.spread_mv += high_q - low_q
        day.spread_pct += (high_q - low_q) / slope
        day.depth += depth
        day.stuck += look.stuck
        self._sums.add(d, scale=scale, slope=slope, depth=depth)
        if look.loaded:
            day.load_mohm += np.where(np.isnan(look.load_mohm), 0.0, look.load_mohm)
            day.loads += 1
        return self._vote(day, look, d, limits, (slope, sigma, scale))

    def _vote(
        self,
        day: Day,
        look: Situation,
        d: Array,
        limits: CellLimits,
        units: tuple[float, float, float],
    ) -> list[int]:
        """Count the cells that stand out; `units`: mV per point, robust sigma, reach of 5-95 %."""
        found: list[int] = np.flatnonzero(look.stuck).tolist()
        reach = _reach(limits, units)
        for sign, count, bands in ((-1, day.low, day.bands_low), (1, day.high, day.bands_high)):
            odd = sign * d >= reach
            if odd.any():
                found += np.flatnonzero(odd).tolist()
                count += odd
                bands[odd] |= _band(look)
        deepest = -float(d.min())
        for place, tier in enumerate(limits.large):
            reach = _reach(tier, units)
            if deepest >= reach:
                seen = day.large.setdefault(place, Seen(self.cells))
                seen.note(-d >= reach, look.seen_ms % DAY_MS)
        return found

    # -- questions ----------------------------------------------------------------------------

    def counts(self, limits: CellLimits) -> Counts:
        """Votes of the last `of_days` days."""
        recent = self.recent[-limits.of_days :]
        low = [day.votes_low for day in recent]
        high = [day.votes_high for day in recent]
        level = sum((day.mean("deviation_mv") for day in recent), np.zeros(self.cells))
        return Counts(
            days_low=np.add.reduce(low, dtype=np.int64),
            days_high=np.add.reduce(high, dtype=np.int64),
            mask_low=_masks([d.bands_low for d in recent], low),
            mask_high=_masks([d.bands_high for d in recent], high),
            level_mv=-level / len(recent),
            large_low=self._large(recent[-3:], limits),
            stuck=np.add.reduce([day.stuck for day in recent], dtype=np.int64) >= 2,
        )

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
        _, _, sigma = _scatter(mean, OHM_FLOOR_MOHM)
        return np.where(mean >= (limits.z + 3) * sigma, mean, 0.0)

    def _large(self, recent: list[Day], limits: CellLimits) -> Bools:
        """Very low again and again within hours: no need to wait for more days."""
        found = np.zeros(self.cells, dtype=bool)
        for place, tier in enumerate(limits.large):
            days = [day for day in recent if place in day.large]
            if not days:
                continue
            looks = sum(day.looks for day in recent if day.number >= days[0].number)
            often = self._often(days, place) >= max(tier.times, 0.7 * looks)
            often &= self._apart_ms(days, place) >= tier.hours * 3_600_000
            found |= often & self.shapes().follows if tier.shaped and often.any() else often
        return found

    def _often(self, days: list[Day], place: int) -> Ints:
        """Looks beyond tier `place` in these days, per cell."""
        return np.asarray(np.add.reduce([day.large[place].times for day in days], dtype=np.int64))

    def _apart_ms(self, days: list[Day], place: int) -> Ints:
        """Time between the first and the last look beyond tier `place`, per cell."""
        first = np.full(self.cells, np.iinfo(np.int64).max)
        last = np.zeros(self.cells, dtype=np.int64)
        for day in days:
            seen, midnight = day.large[place], np.int64(day.number * DAY_MS)
            at = seen.times > 0
            first[at] = np.minimum(first[at], seen.first_ms[at] + midnight)
            last[at] = seen.last_ms[at] + midnight
        return np.where(last > 0, last - first, 0)

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
        low = (-day.mean("deviation_mv") >= limits.mv) & (-day.mean("z") >= 4)
        cells = np.flatnonzero(low & (-day.mean("lone") >= 1.2)).tolist()
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


def mirrored(level_mv: Array, cell: int) -> bool:
    """Is a neighbour off by about the opposite amount?"""
    beside = [n for n in (cell - 1, cell + 1) if 0 <= n < len(level_mv)]
    return any(-1.6 < level_mv[n] / (level_mv[cell] or np.inf) < -0.6 for n in beside)


def paired(level_mv: Array, odd: Bools) -> list[int]:
    """Odd cells next to one that is off by the opposite amount: their shared wire is to blame."""
    apart = np.abs(level_mv[:-1] - level_mv[1:]) / 2
    both = odd[:-1] & odd[1:] & (np.abs(level_mv[:-1] + level_mv[1:]) <= 0.35 * apart)
    at = np.flatnonzero(both)
    return sorted({*at.tolist(), *(at + 1).tolist()})


def _reach(limits: CellLimits | Large, units: tuple[float, float, float]) -> float:
    """Millivolts beyond which a cell stands out in every respect."""
    slope, sigma, scale = units
    return max(limits.mv, limits.deficit_pct * slope, limits.z * sigma, limits.lone * scale)


def _scatter(d: Array, floor: float = SIGMA_FLOOR_MV) -> tuple[float, float, float]:
    """5 % and 95 % quantile and robust sigma (not below the floor), from two sorts."""
    ordered = np.sort(d)
    n = len(d)
    away = np.sort(np.abs(d - ordered[n // 2]))
    middle = away[int(0.4 * n) : int(0.6 * n) + 1]  # its mean: coarse readings make steps of MAD
    sigma = max(1.4826 * float(middle.sum()) / len(middle), floor)
    edge = round(0.05 * (n - 1))
    return float(ordered[edge]), float(ordered[n - 1 - edge]), sigma


def _band(look: Situation) -> int:
    """One bit per 20 points of charge, or per 0.1 V where the car tells no charge."""
    if 0 <= look.soc_pct <= 100:
        return 1 << min(int(look.soc_pct // 20), 4)
    return 1 << (8 + int(np.clip((look.voltage_v - 2.5) * 10, 0, 20)))


def _masks(bands: list[Ints32], votes: list[Bools]) -> Ints32:
    """Bands of the days that voted, united."""
    voted = [np.where(v, b, 0) for b, v in zip(bands, votes, strict=True)]
    return np.asarray(np.bitwise_or.reduce(voted))
