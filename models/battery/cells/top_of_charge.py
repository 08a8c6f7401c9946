"""Cells that are not full with the others: what the last minutes of a charge say on iron phosphate.

On the plateau a lack of some points of charge makes no millivolts; above it the cells run apart,
and one that stays behind far beyond the pack's own reach, full charge after full charge, lacks
charge. No sense line is off by as much.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from firmware_contracts.durations import DAY_MS
from models.base import Array
from models.battery.cells.day import Bools
from models.battery.snapshot import resume, snapshot
from models.state import State

TOP_MV, TOP_Z, TOP_LONE = 60.0, 4.0, 2.2
"""Behind by millivolts no sense line is wrong by, in robust sigma, and in reaches of the pack
(docs/battery.md, Cells)."""
TOP_DAYS = 3
"""Full charges in a row; by judgement: two may be one unfinished balancing."""
_PARTS = ("day", "days")


class Tops:
    """`days` uint8 [cells]: on how many days with such a look, one after the other, it stayed
    behind; 0 as soon as it does not."""

    def __init__(self, cells: int) -> None:
        self.day = -1
        self.days: npt.NDArray[np.uint8] = np.zeros(cells, dtype=np.uint8)

    def add(self, d: Array, *, sigma: float, scale: float, seen_ms: int) -> Bools:
        """One look above the plateau: deviations [cells] in mV. The cells that stayed behind."""
        behind = -d >= max(TOP_MV, TOP_Z * sigma, TOP_LONE * scale)
        day = seen_ms // DAY_MS
        if day != self.day:
            self.days += self.days < 255
            self.day = day
        self.days[~behind] = 0
        return np.asarray(behind)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return snapshot(self, _PARTS)

    @classmethod
    def restore(cls, state: State) -> Tops:
        """The counts as they were."""
        tops = cls(len(state["days"]))
        resume(tops, state, _PARTS)
        return tops
