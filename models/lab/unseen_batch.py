"""A cell of a batch never seen: what the other batches together say, and how wrong they may be.

The forest of all batches answers; nothing of the new batch is known. How wrong it may be is learned
by leaving batches out whole. Errors grow with the distance of a cycle from the cycles learned
from, but slower than in proportion: they are measured by its square root, and so are intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import stats

from models.lab import charge_views
from models.lab.cell_life import CellLife, stack
from models.lab.charge_forests import Fitted, cell_weighted, fit_thinned, random_cuts
from models.lab.farness import farness

Floats = npt.NDArray[np.float64]
Batches = Mapping[str, Sequence[CellLife]]
_ROWS = 6000  # a forest learns from
_LANDMARKS = 600  # cycles that distances are measured to
_GROWTH = 0.5  # power of the distance; chosen among 0, 0.5 and 1 on batches left out
FEWEST_BATCHES = 2
"""One to learn from and one to leave out."""
_ENOUGH = 5  # batches among which a usual one is found


@dataclass(slots=True, kw_only=True)
class UnseenBatch:
    """`fit({batch: cells})`, then `predict(cell)`, `half_width(cell)`, `interval(cell)`, each [n].

    With a single batch there is nothing to leave out, and half widths are endless.
    """

    seed: int = 0
    level: float = 0.9
    forest: Fitted = field(init=False)
    landmarks: Floats = field(init=False)
    usual: float = field(init=False)

    def fit(self, batches: Batches) -> Self:
        """Learn from whole cells; batches without cells are ignored."""
        learned = {name: list(cells) for name, cells in batches.items() if cells}
        self._learn([cell for cells in learned.values() for cell in cells])
        wrong: list[Floats] = []
        for left_out, cells in learned.items():
            others = [c for name, cs in learned.items() if name != left_out for c in cs]
            if others:
                sibling = UnseenBatch(seed=self.seed, level=self.level)
                sibling._learn(others)
                wrong += [sibling._scaled_errors(cell) for cell in cells]
        self.usual = cell_weighted(wrong, self.level) * _few(len(learned), self.level)
        return self

    def predict(self, cell: CellLife) -> Floats:
        """State of health at every cycle, causal."""
        return np.asarray(self.forest.predict(charge_views.whole(cell)))

    def half_width(self, cell: CellLife) -> Floats:
        """Half of the central interval at `level` at every cycle, wider the farther it lies."""
        return np.asarray(self.usual * self._stretch(cell))

    def interval(self, cell: CellLife) -> tuple[Floats, Floats]:
        """Ends of the central interval at `level`."""
        predicted, half = self.predict(cell), self.half_width(cell)
        return predicted - half, predicted + half

    def _learn(self, cells: Sequence[CellLife]) -> None:
        views = [charge_views.whole(cell) for cell in cells]
        self.forest = fit_thinned(random_cuts(self.seed), cells, views, _ROWS)
        settled = [charge_views.settled(cell) for cell in cells]
        self.landmarks = stack(cells, settled, _LANDMARKS)[0]

    def _stretch(self, cell: CellLife) -> Floats:
        return np.asarray(farness(self.landmarks, charge_views.settled(cell)) ** _GROWTH)

    def _scaled_errors(self, cell: CellLife) -> Floats:
        return np.asarray(np.abs(self.predict(cell) - cell.soh) / self._stretch(cell))


def _few(batches: int, level: float) -> float:
    """How much wider with few batches: Student's quantile against that of five, 1 from there on."""
    if batches < FEWEST_BATCHES:
        return float("inf")
    tail, most = (1 + level) / 2, _ENOUGH - 1
    own, enough = stats.t.ppf(tail, min(batches - 1, most)), stats.t.ppf(tail, most)
    return float(own / enough)
