"""Days that are over: what growth and charts still ask of them, and no more.

One row a day: its number, mean depth of discharge, and each cell's mean deviation and deficit as
float16 (11 bits: 0.05 mV of 100, far below a day's scatter). A day is rounded when it leaves the
last days kept in full, so that a watch stored in between answers like one that was not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.base import Array
from models.battery.cells.day import Day
from models.battery.snapshot import resume, snapshot
from models.state import State

Float16 = npt.NDArray[np.float16]
KEPT = ("deviation_mv", "deficit_pct")
_PARTS = ("number", "depth", *KEPT)


class Past:
    """Old days, newest last; at most `longest`."""

    def __init__(self, cells: int, longest: int) -> None:
        self.longest = longest
        self.number: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.depth: Float16 = np.zeros(0, dtype=np.float16)
        self.deviation_mv: Float16 = np.zeros((0, cells), dtype=np.float16)
        self.deficit_pct: Float16 = np.zeros((0, cells), dtype=np.float16)

    def __len__(self) -> int:
        return len(self.number)

    def add(self, day: Day) -> None:
        """Let go of all but the means of a day."""
        self._push("number", day.number)
        self._push("depth", day.mean_depth)
        for measure in KEPT:
            self._push(measure, day.mean(measure))

    def _push(self, name: str, entry: float | Array) -> None:
        before = getattr(self, name)[-(self.longest - 1) :]
        row = np.asarray(entry, dtype=before.dtype)[None]
        setattr(self, name, np.concatenate([before, row]))

    def of(self, measure: str, cell: int) -> Array:
        """Means of one measure of one cell, a number per day."""
        return np.asarray(getattr(self, measure)[:, cell], dtype=np.float64)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return snapshot(self, _PARTS)

    @classmethod
    def restore(cls, state: State, longest: int) -> Past:
        """The days as they were."""
        past = cls(state["deficit_pct"].shape[1], longest)
        resume(past, state, _PARTS)
        return past
