"""One day of a pack's cells in full, as running sums: a look costs microseconds.

A day is 24 h of UTC and has at most 24 looks, so that counts fit a byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from firmware_contracts.durations import DAY_MS
from models.base import Array, Float32
from models.battery.snapshot import resume, snapshot
from models.state import State

MEASURES = ("deviation_mv", "deficit_pct", "z", "lone")
Bools = npt.NDArray[np.bool_]
Counts8 = npt.NDArray[np.uint8]
Ints32 = npt.NDArray[np.int32]
_SEEN = ("times", "first_ms", "last_ms")
_NUMBERS = ("number", "looks", "loads", "spread_mv", "spread_pct", "depth")
_ARRAYS = ("sums", "low", "high", "stuck", "bands_low", "bands_high", "load_mohm")


class Seen:
    """How often, and between which moments of the day, each cell was seen like this."""

    def __init__(self, cells: int) -> None:
        self.times = np.zeros(cells, dtype=np.uint8)
        self.first_ms = np.full(cells, DAY_MS, dtype=np.int32)
        self.last_ms = np.zeros(cells, dtype=np.int32)

    def note(self, cells: Bools, of_day_ms: int) -> None:
        """One look; moments are counted from midnight UTC."""
        self.times += cells
        self.first_ms[cells] = np.minimum(self.first_ms[cells], of_day_ms)
        self.last_ms[cells] = of_day_ms


@dataclass(slots=True, kw_only=True, eq=False)
class Day:
    """Running sums of one day, per cell; `sums` [4, cells] in the order of MEASURES.

    `bands_low` and `bands_high` are bit sets of the bands of charge in which a cell stood out;
    `large` counts the looks beyond each tier of `CellLimits.large`, by its place in there.
    """

    number: int
    sums: Float32
    low: Counts8
    high: Counts8
    stuck: Counts8
    bands_low: Ints32
    bands_high: Ints32
    load_mohm: Float32
    looks: int = 0
    loads: int = 0
    spread_mv: float = 0.0
    spread_pct: float = 0.0
    depth: float = 0.0
    large: dict[int, Seen] = field(default_factory=dict)

    @classmethod
    def empty(cls, number: int, cells: int) -> Day:
        """A day that nobody has looked at yet."""
        counts = np.zeros((3, cells), dtype=np.uint8)
        bands = np.zeros((2, cells), dtype=np.int32)
        sums = np.zeros((len(MEASURES) + 1, cells), dtype=np.float32)
        return cls(
            number=number,
            sums=sums[:-1],
            load_mohm=sums[-1],
            low=counts[0],
            high=counts[1],
            stuck=counts[2],
            bands_low=bands[0],
            bands_high=bands[1],
        )

    @property
    def cells(self) -> int:
        """How many cells the pack has."""
        return len(self.low)

    def mean(self, measure: str) -> Array:
        """Mean over the day's looks of one measure, per cell."""
        return np.asarray(self.sums[MEASURES.index(measure)] / max(self.looks, 1), np.float64)

    def of(self, measure: str, cell: int) -> float:
        """The day's mean of one measure of one cell."""
        return float(self.sums[MEASURES.index(measure), cell]) / max(self.looks, 1)

    @property
    def mean_depth(self) -> float:
        """Mean depth of discharge of the day's looks, 0 full .. 1 empty."""
        return self.depth / max(self.looks, 1)

    @property
    def votes_low(self) -> Bools:
        """Cells that stood low in at least half of the looks."""
        return np.asarray(2 * self.low >= max(self.looks, 1))

    @property
    def votes_high(self) -> Bools:
        """Cells that stood high in at least half of the looks."""
        return np.asarray(2 * self.high >= max(self.looks, 1))

    def state(self) -> State:
        """A snapshot for `restore`."""
        large = {str(tier): snapshot(seen, _SEEN) for tier, seen in self.large.items()}
        return {**snapshot(self, (*_NUMBERS, *_ARRAYS)), "large": large}

    @classmethod
    def restore(cls, state: State) -> Day:
        """The day as it was."""
        day = cls.empty(state["number"], state["sums"].shape[1])
        resume(day, state, (*_NUMBERS, *_ARRAYS))
        day.large = {int(tier): _seen(seen) for tier, seen in state["large"].items()}
        return day


def _seen(state: Mapping[str, npt.NDArray[np.generic]]) -> Seen:
    seen = Seen(len(state["times"]))
    resume(seen, dict(state), _SEEN)
    return seen
