"""Transfer between laboratories: what cells of one teach about the cells of another.

Each target batch gives a few cells with their capacities; the rest are estimated by a model of
the foreign cells alone, of the few alone, and of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.lab import metrics
from models.lab.cell_life import CellLife
from models.lab.cell_soh import CellSohEstimator

Batches = Mapping[str, Sequence[CellLife]]
FEW = 2
"""Cells of a new kind that one has measured."""


def transfer(source: Batches, target: Batches, seed: int) -> dict[str, dict[str, float]]:
    """Errors per target batch; a batch with no cell beside the labelled ones is left out."""
    rng = np.random.default_rng(seed)
    few, rest = {}, {}
    for name, cells in target.items():
        order = rng.permutation(len(cells))
        if len(cells) > FEW:
            few[name] = [cells[i] for i in order[:FEW]]
            rest[name] = [cells[i] for i in order[FEW:]]
    if not rest:
        return {}
    foreign = _renamed(source)
    fitted = {
        "mae_source_only": CellSohEstimator(seed=seed).fit(foreign),
        "mae_few_only": CellSohEstimator(seed=seed).fit(few),
        "mae_transfer": CellSohEstimator(seed=seed).fit({**foreign, **few}),
    }
    return {
        name: {
            "labelled_cells": FEW,
            "test_cells": len(cells),
            **{key: _mae(model, cells) for key, model in fitted.items()},
        }
        for name, cells in rest.items()
    }


def _renamed(source: Batches) -> dict[str, list[CellLife]]:
    """The same cells under batch names that no target batch can have by chance."""
    return {
        f"foreign/{name}": [replace(cell, batch=f"foreign/{name}") for cell in cells]
        for name, cells in source.items()
    }


def _mae(model: CellSohEstimator, cells: Sequence[CellLife]) -> float:
    predicted = np.concatenate([model.predict(cell) for cell in cells])
    return metrics.mae(predicted, np.concatenate([cell.soh for cell in cells]))
