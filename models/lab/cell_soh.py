"""State of health of a cell from one constant-current, constant-voltage charge.

Four members vote with equal weight: two support-vector regressions and one boosted forest on the
cell's own batch, and one boosted forest of random cuts on all batches together (the batch as a
column). The vote was settled by leaving training cells out, one by one. Each member learns from
evenly thinned rows, so that a laboratory's hundred thousand cycles cost what a thousand do.
Intervals come from what the vote gets wrong on training cells left out whole, widened because a
new cell is a new draw: by half of 1/cells, with which the errors of the other training cells made
intervals that held 90 % of a left-out one's cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from models.lab import charge_views
from models.lab.cell_life import CellLife
from models.lab.charge_forests import Fitted, boosted, cell_weighted, fit_thinned, random_cuts
from models.lab.support_vectors import SupportVectors
from models.lab.unseen_batch import UnseenBatch

Floats = npt.NDArray[np.float64]
Batches = Mapping[str, Sequence[CellLife]]
View = Callable[[CellLife], Floats]
MANY_CELLS = 60  # beyond that three folds leave enough to learn from, and cost half of five


_MEMBERS: tuple[tuple[View, Callable[[int], object], int], ...] = (
    (charge_views.now, lambda _: SupportVectors(), 1400),
    (charge_views.settled, lambda _: SupportVectors(), 1400),
    (charge_views.now, boosted, 4000),
)  # what it sees, what it is, rows it learns from
_POOLED_ROWS = 6000
"""Rows of the pooled process: its cost grows with their cube."""


@dataclass(slots=True, kw_only=True)
class CellSohEstimator:
    """`fit({batch: cells})`, `predict(cell) -> [n]`, `interval(cell)` after `calibrate`."""

    seed: int = 0
    level: float = 0.9
    members: dict[str, list[tuple[View, Fitted]]] = field(init=False)
    pooled: Fitted = field(init=False)
    half_width: dict[str, float] = field(init=False)
    unseen: UnseenBatch = field(init=False)

    def fit(self, batches: Batches) -> Self:
        """Learn from whole cells; their `soh` is the truth. Batches without cells are ignored."""
        learned = {name: cells for name, cells in batches.items() if cells}
        if not learned:
            raise ValueError("no cell to learn from: give at least one")
        self.members = {
            name: [
                (view, fit_thinned(make(self.seed), cells, [view(c) for c in cells], rows))
                for view, make, rows in _MEMBERS
            ]
            for name, cells in learned.items()
        }
        every = [cell for cells in learned.values() for cell in cells]
        views = [self._pooled_view(cell) for cell in every]
        self.pooled = fit_thinned(random_cuts(self.seed), every, views, _POOLED_ROWS)
        return self

    def predict(self, cell: CellLife) -> Floats:
        """State of health at every cycle, causal; a batch never seen gets the pooled member."""
        votes = [self.pooled.predict(self._pooled_view(cell))]
        votes += [model.predict(view(cell)) for view, model in self.members.get(cell.batch, [])]
        return np.asarray(np.mean(votes, axis=0))

    def calibrate(self, batches: Batches) -> Self:
        """Widths of intervals from training cells left out whole, a fold at a time.

        With a single cell in all there is nothing to leave out, and the intervals are endless.
        """
        wrong: dict[str, list[Floats]] = {name: [] for name, cells in batches.items() if cells}
        folds = 3 if sum(map(len, batches.values())) > MANY_CELLS else 5
        for fold in range(folds):
            kept = {
                n: [c for i, c in enumerate(cs) if i % folds != fold] for n, cs in batches.items()
            }
            out = [c for cs in batches.values() for i, c in enumerate(cs) if i % folds == fold]
            if out and any(kept.values()):
                sibling = CellSohEstimator(seed=self.seed).fit(kept)
                for cell in out:
                    wrong[cell.batch].append(np.abs(sibling.predict(cell) - cell.soh))
        self.half_width = {n: cell_weighted(errors, self.level) for n, errors in wrong.items()}
        self.unseen = UnseenBatch(seed=self.seed, level=self.level).fit(batches)
        return self

    def interval(self, cell: CellLife, predicted: Floats) -> tuple[Floats, Floats]:
        """Ends of the central interval at `level` about what `predict` said.

        An unknown batch gets what other batches left out whole allow, never less than the widest.
        """
        half: float | Floats
        if cell.batch in self.half_width:
            half = self.half_width[cell.batch]
        else:
            half = np.maximum(self.unseen.half_width(cell), max(self.half_width.values()))
        return predicted - half, predicted + half

    def _pooled_view(self, cell: CellLife) -> Floats:
        names = list(self.members)
        mark = np.zeros((len(cell.soh), len(names)))
        if cell.batch in names:
            mark[:, names.index(cell.batch)] = 1.0
        return np.column_stack([charge_views.whole(cell), mark])
