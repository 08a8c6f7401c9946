"""The day book: what each cell looked like on each day, and how often it stood out.

A day is 24 h of UTC. A look (one situation) votes for a cell that stands out in every respect; a
day votes when at least half of its looks do. Days without a look do not exist: they neither accuse
nor acquit. Everything is kept as running sums, so a look costs microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array
from models.battery.cell_limits import CellLimits, Large
from models.battery.situations import Situation

DAY_MS = 86_400_000
SIGMA_FLOOR_MV = 2.5
LONE_FLOOR_MV = 4.0
HISTORY_DAYS = 60
SOC_BIN_PCT = 2.5
OFFSET_LOOKS = 10
CONTRAST, OFFSET_CONTRAST = 0.2, 0.25
LOW_CHARGE_PCT = 20.0
GAIN_PCT = 0.4
OHM_FLOOR_MOHM = 0.02
MEASURES = ("deviation_mv", "deficit_pct", "z", "lone")
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Seen:
    """How often, and between which moments, each cell was seen like this in a day."""

    def __init__(self, cells: int) -> None:
        self.times = np.zeros(cells)
        self.first_ms = np.full(cells, np.inf)
        self.last_ms = np.full(cells, -np.inf)

    def note(self, cells: Bools, at_ms: int) -> None:
        """One look."""
        self.times += cells
        self.first_ms[cells] = np.minimum(self.first_ms[cells], at_ms)
        self.last_ms[cells] = at_ms


class Day:
    """Running sums of one day; `sums` [4, cells] in the order of MEASURES."""

    def __init__(self, number: int, cells: int) -> None:
        self.number = number
        self.looks = 0
        self.sums = np.zeros((len(MEASURES), cells))
        self.low = np.zeros(cells)
        self.high = np.zeros(cells)
        self.bands_low = np.zeros(cells, dtype=np.int64)
        self.bands_high = np.zeros(cells, dtype=np.int64)
        self.stuck = np.zeros(cells)
        self.large: dict[Large, Seen] = {}
        self.load_mohm = np.zeros(cells)
        self.loads = 0
        self.spread_mv = 0.0
        self.spread_pct = 0.0
        self.depth = 0.0

    def mean(self, measure: str) -> Array:
        """Mean over the day's looks of one measure, per cell."""
        return np.asarray(self.sums[MEASURES.index(measure)] / max(self.looks, 1))

    def of(self, measure: str, cell: int) -> float:
        """The day's mean of one measure of one cell."""
        return float(self.sums[MEASURES.index(measure), cell]) / max(self.looks, 1)

    @property
    def votes_low(self) -> Bools:
        """Cells that stood low in at least half of the looks."""
        return np.asarray(2 * self.low >= max(self.looks, 1))

    @property
    def votes_high(self) -> Bools:
        """Cells that stood high in at least half of the looks."""
        return np.asarray(2 * self.high >= max(self.looks, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """How often each cell stood out in the last days; arrays are [cells], masks are bit sets."""

    days_low: Ints
    days_high: Ints
    mask_low: Ints
    mask_high: Ints
    level_mv: Array
    large_low: Bools
    """Low enough by one of `limits.large`."""
    stuck: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a look brought: the cells that stood out in it, and whether it opened another day."""

    odd: list[int]
    new_day: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """Which explanation fits each cell: offset, follows (charge or size), and of those: small."""

    offset: Bools
    follows: Bools
    small: Bools


class DayBook:
    """All days of one pack, newest last; bounded by HISTORY_DAYS."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.days: list[Day] = []
        self.low_charge_spread_mv: float | None = None
        self._curve_n = np.zeros(int(100 / SOC_BIN_PCT) + 1)
        self._curve_v = np.zeros_like(self._curve_n)
        self._looks = 0
        self._plain = np.zeros((2, cells))
        """Per cell over all looks: sum d, sum d*d."""
        self._s = np.zeros((2, 4))
        """Sum and sum of squares of four stand-ins: scatter, slope, and each times depth."""
        self._d = np.zeros((4, cells))
        """Per cell: sum of d times each stand-in."""

    def add(self, look: Situation, limits: CellLimits) -> Entry | None:
        """Enter one situation; None where its voltage lies on a knee and nothing is concluded."""
        self._learn(look)
        if look.soc_pct < LOW_CHARGE_PCT:
            self.low_charge_spread_mv = float(
                np.ptp(look.deviation_mv[~np.isnan(look.deviation_mv)])
            )
        if not limits.voltage_low <= look.voltage_v <= limits.voltage_high:
            return None
        number = look.seen_ms // DAY_MS
        fresh = not self.days or self.days[-1].number != number
        if fresh:
            self.days = [*self.days[-(HISTORY_DAYS - 1) :], Day(number, self.cells)]
        odd = self._enter(self.days[-1], look, limits)
        return Entry(odd=odd, new_day=fresh and len(self.days) > 1)

    def _enter(self, day: Day, look: Situation, limits: CellLimits) -> list[int]:
        """Add the look to the day's sums; the cells that stood out in it."""
        d = np.where(np.isnan(look.deviation_mv), 0.0, look.deviation_mv)
        low_q, high_q, sigma = _scatter(d)
        scale = max(-low_q, high_q, LONE_FLOOR_MV)
        slope = self._slope(look.soc_pct, limits)
        day.looks += 1
        day.sums += np.stack([d, -d / slope, d / sigma, d / scale])
        day.spread_mv += high_q - low_q
        day.spread_pct += (high_q - low_q) / slope
        day.stuck += look.stuck
        reach = max(limits.mv, limits.deficit_pct * slope, limits.z * sigma, limits.lone * scale)
        band = _band(look)
        found: list[int] = np.flatnonzero(look.stuck).tolist()
        for sign, count, bands in (
            (-1, day.low, day.bands_low),
            (1, day.high, day.bands_high),
        ):
            odd = sign * d >= reach
            if odd.any():
                found += np.flatnonzero(odd).tolist()
                count += odd
                bands[odd] |= band
        for tier in limits.large:
            reach = max(tier.mv, tier.deficit_pct * slope, tier.z * sigma, tier.lone * scale)
            very = -d >= reach
            if very.any():
                day.large.setdefault(tier, Seen(self.cells)).note(very, look.seen_ms)
        if look.loaded:
            day.load_mohm += np.where(np.isnan(look.load_mohm), 0.0, look.load_mohm)
            day.loads += 1
        depth = 1 - look.soc_pct / 100 if 0 <= look.soc_pct <= 100 else 0.5
        day.depth += depth
        stands = np.array([scale, slope, scale * depth, slope * depth])
        self._looks += 1
        self._s += np.stack([stands, stands * stands])
        self._d += stands[:, None] * d
        self._plain += np.stack([d, d * d])
        return found

    def _learn(self, look: Situation) -> None:
        """Add one point to the pack's own rest curve."""
        if 0 <= look.soc_pct <= 100:
            at = round(look.soc_pct / SOC_BIN_PCT)
            self._curve_n[at] += 1
            self._curve_v[at] += look.voltage_v

    def _slope(self, soc_pct: float, limits: CellLimits) -> float:
        """mV per point of charge around here: the pack's own curve where known, else typical."""
        if not 0 <= soc_pct <= 100:
            return limits.slope_default
        at = round(soc_pct / SOC_BIN_PCT)
        near = slice(max(at - 3, 0), at + 4)
        seen = np.flatnonzero(self._curve_n[near])
        if len(seen) < 2 or seen[-1] - seen[0] < 3:
            return limits.slope_default
        v = self._curve_v[near][seen] / self._curve_n[near][seen]
        x = (seen - seen.mean()) * SOC_BIN_PCT
        slope = 1000 * float(x @ v) / float(x @ x)
        return min(max(slope, limits.slope_low), limits.slope_high)

    # -- questions ----------------------------------------------------------------------------

    def counts(self, limits: CellLimits) -> Counts:
        """Votes of the last `of_days` days."""
        recent = self.days[-limits.of_days :]
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
            stuck=np.add.reduce([day.stuck for day in recent]) >= 2,
        )

    def spread_days(self, limits: CellLimits) -> int:
        """Days on which the pack as a whole was out of balance."""
        return sum(
            day.spread_mv >= limits.spread_mv * day.looks
            and day.spread_pct >= limits.spread_pct * day.looks
            for day in self.days[-limits.of_days :]
        )

    def extra_ohms(self, limits: CellLimits) -> Array:
        """Mean extra resistance per cell over days with load; zero with too few of them or where
        the cell is within the pack's scatter."""
        loaded = [day for day in self.days[-limits.of_days :] if day.loads]
        if len(loaded) < limits.days:
            return np.zeros(self.cells)
        mean = np.median([day.load_mohm / day.loads for day in loaded], axis=0)
        _, _, sigma = _scatter(mean, OHM_FLOOR_MOHM)
        return np.where(mean >= (limits.z + 3) * sigma, mean, 0.0)

    def _large(self, recent: list[Day], limits: CellLimits) -> Bools:
        """Very low again and again within hours: no need to wait for more days."""
        found = np.zeros(self.cells, dtype=bool)
        for tier in limits.large:
            days = [day for day in recent if tier in day.large]
            if not days:
                continue
            looks = sum(day.looks for day in recent if day.number >= days[0].number)
            seen = [day.large[tier] for day in days]
            often = np.add.reduce([s.times for s in seen]) >= max(tier.times, 0.7 * looks)
            first = np.minimum.reduce([s.first_ms for s in seen])
            last = np.maximum.reduce([s.last_ms for s in seen])
            often &= np.where(often, last - first, 0) >= tier.hours * 3_600_000
            found |= often & self.shapes().follows if tier.shaped and often.any() else often
        return found

    def healed(self, limits: CellLimits) -> Bools:
        """Back among its neighbours on every one of the last days, in absolute terms."""
        recent = self.days[-limits.of_days :]
        if len(recent) < limits.of_days:
            return np.zeros(self.cells, dtype=bool)
        near = [np.abs(day.mean("deficit_pct")) < limits.deficit_pct / 2 for day in recent]
        return np.asarray(np.logical_and.reduce(near))

    def shapes(self) -> Shapes:
        """What each cell's deviation d follows over all looks, by least squares through zero:

        offset   d = const            a sense line that reads wrong by the same amount everywhere
        charge   d ~ s                a deficit of charge: d follows the slope of the OCV curve
        size     d ~ s * depth        a small cell: level when full, lower the emptier the pack

        s stands for the slope twice: as the pack's own scatter, and as its learned rest curve. A
        stand-in that hardly changed (CONTRAST) tells nothing apart and is left out.
        """
        n, d, dd = max(self._looks, 1), self._plain[0], self._plain[1]
        contrast = np.sqrt(np.maximum(self._s[1] / n - (self._s[0] / n) ** 2, 0))
        contrast = contrast / np.maximum(self._s[0] / n, 1e-9)
        left = dd - self._d**2 / np.maximum(self._s[1], 1e-9)[:, None]
        left[contrast < CONTRAST] = np.inf
        offset = dd - d * d / n
        charge, size = left[:2].min(axis=0), left[2:].min(axis=0)
        physical = np.minimum(charge, size)
        telling = n >= OFFSET_LOOKS and bool((contrast[:2] >= OFFSET_CONTRAST).any())
        return Shapes(
            offset=(offset < 0.5 * physical) & np.isfinite(physical) & telling,
            follows=(physical < offset) & (physical < 0.25 * dd),
            small=size < 0.7 * charge,
        )

    def growing_candidates(self, limits: CellLimits) -> list[int]:
        """Cells low enough on the last complete day for a growing deficit to mean something."""
        if len(self.days) < 2:
            return []
        day = self.days[-2]
        low = (-day.mean("deviation_mv") >= limits.mv) & (-day.mean("z") >= 4)
        cells = np.flatnonzero(low & (-day.mean("lone") >= 1.2)).tolist()
        return [cell for cell in cells if self._gained(cell) >= GAIN_PCT]

    def _gained(self, cell: int) -> float:
        """Deficit of the last complete day above that of the first days on record."""
        first = [day.of("deficit_pct", cell) for day in self.days[:3]]
        return self.days[-2].of("deficit_pct", cell) - min(first)

    def history(self, cell: int, measure: str = "deficit_pct") -> tuple[Array, Array]:
        """Days, and the cell's mean of `measure` on each."""
        number = np.array([day.number for day in self.days], dtype=np.float64)
        return number, np.array([day.of(measure, cell) for day in self.days])

    def depth(self) -> Array:
        """Mean depth of discharge of every day's looks, 0 full .. 1 empty."""
        return np.array([day.depth / max(day.looks, 1) for day in self.days])

    def summary(self) -> dict[str, float]:
        """The pack on its last day in mV: whole spread, 5-95 % spread, and when nearly empty."""
        day = self.days[-1]
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
        level = self.days[-1].mean("deviation_mv")
        return int(level.argmin()), int(level.argmax())

    def level(self, cell: int) -> dict[str, float]:
        """The last day's figures of one cell."""
        day = self.days[-1]
        return {name: round(day.of(name, cell), 2) for name in MEASURES}


def paired(level_mv: Array, odd: Bools) -> list[int]:
    """Odd cells next to one that is off by the opposite amount: their shared wire is to blame."""
    apart = np.abs(level_mv[:-1] - level_mv[1:]) / 2
    both = odd[:-1] & odd[1:] & (np.abs(level_mv[:-1] + level_mv[1:]) <= 0.35 * apart)
    at = np.flatnonzero(both)
    return sorted({*at.tolist(), *(at + 1).tolist()})


def _scatter(d: Array, floor: float = SIGMA_FLOOR_MV) -> tuple[float, float, float]:
    """5 % and 95 % quantile and robust sigma (not below the floor), from two sorts."""
    ordered = np.sort(d)
    n = len(d)
    away = np.sort(np.abs(d - ordered[n // 2]))
    sigma = max(1.4826 * float(away[n // 2]), floor)
    edge = round(0.05 * (n - 1))
    return float(ordered[edge]), float(ordered[n - 1 - edge]), sigma


def _band(look: Situation) -> int:
    """One bit per 20 points of charge, or per 0.1 V where the car tells no charge."""
    if 0 <= look.soc_pct <= 100:
        return 1 << min(int(look.soc_pct // 20), 4)
    return 1 << (8 + int(np.clip((look.voltage_v - 2.5) * 10, 0, 20)))


def _masks(bands: list[Ints], votes: list[Bools]) -> Ints:
    """Bands of the days that voted, united."""
    voted = [np.where(v, b, 0) for b, v in zip(bands, votes, strict=True)]
    return np.asarray(np.bitwise_or.reduce(voted))
