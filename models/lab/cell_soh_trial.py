"""The trial of the cell state-of-health estimator: splits, honest and leaking scores, transfer.

Honest: the estimator is fitted on training cells and sees of a test cell, at each cycle, that
cycle and earlier ones. Leaking: the published protocol (see charge_views.peeking).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from models.lab import metrics
from models.lab.cell_life import CellLife, held_out
from models.lab.cell_soh import CellSohEstimator
from models.lab.charge_views import peeking

Floats = npt.NDArray[np.float64]
Split = Mapping[str, tuple[list[CellLife], list[CellLife]]]
FOLDS, FEW = 5, 2


def split_by_pattern(batches: Mapping[str, Sequence[CellLife]], pattern: str) -> list[Split]:
    """One split: cells that the pattern finds are tested."""
    return [
        {
            name: (
                [c for c in cells if not held_out(c.cell, pattern)],
                [c for c in cells if held_out(c.cell, pattern)],
            )
            for name, cells in batches.items()
        }
    ]


def split_by_fold(batches: Mapping[str, Sequence[CellLife]], seed: int) -> list[Split]:
    """Five splits; every cell is tested once."""
    rng = np.random.default_rng(seed)
    fold_of = {n: rng.permutation(len(cells)) % FOLDS for n, cells in batches.items()}
    return [
        {
            name: (
                [c for c, f in zip(cells, fold_of[name], strict=True) if f != fold],
                [c for c, f in zip(cells, fold_of[name], strict=True) if f == fold],
            )
            for name, cells in batches.items()
        }
        for fold in range(FOLDS)
    ]


def run(splits: Sequence[Split], seed: int) -> dict[str, dict[str, object]]:
    """Scores per batch, test cycles of all splits together."""
    honest = [_predictions(split, seed, intervals=True) for split in splits]
    leaking = [_predictions(_peeking(split), seed, intervals=False) for split in splits]
    names = dict.fromkeys(name for split in splits for name in split)
    return {
        name: _scores(splits, [h[name] for h in honest if name in h],
                      [p[name] for p in leaking if name in p], name)
        for name in names
        if any(split[name][1] for split in splits)
    }  # fmt: skip


def transfer(
    source: Mapping[str, Sequence[CellLife]], target: Mapping[str, Sequence[CellLife]], seed: int
) -> dict[str, dict[str, float]]:
    """Errors on target batches: source alone, two labelled target cells alone, both together."""
    rng = np.random.default_rng(seed)
    few, rest = {}, {}
    for name, cells in target.items():
        order = rng.permutation(len(cells))
        few[name] = [cells[i] for i in order[:FEW]]
        rest[name] = [cells[i] for i in order[FEW:]]
    fitted = {
        "mae_source_only": CellSohEstimator(seed=seed).fit(source),
        "mae_few_only": CellSohEstimator(seed=seed).fit(few),
        "mae_transfer": CellSohEstimator(seed=seed).fit({**source, **few}),
    }
    return {
        name: {"labelled_cells": FEW, "test_cells": len(cells),
               **{key: _mae(model, cells) for key, model in fitted.items()}}
        for name, cells in rest.items()
        if cells
    }  # fmt: skip


def _mae(model: CellSohEstimator, cells: Sequence[CellLife]) -> float:
    predicted = np.concatenate([model.predict(cell) for cell in cells])
    return metrics.mae(predicted, np.concatenate([cell.soh for cell in cells]))


def _predictions(split: Split, seed: int, *, intervals: bool) -> dict[str, tuple[Floats, ...]]:
    """Per batch: truth, prediction, and (when asked) the interval's ends, over test cycles."""
    train = {name: learned for name, (learned, _) in split.items() if learned}
    model = CellSohEstimator(seed=seed).fit(train)
    if intervals:
        model.calibrate(train)
    found: dict[str, tuple[Floats, ...]] = {}
    for name, (_, tested) in split.items():
        if tested and name in train:
            columns = [np.concatenate([c.soh for c in tested])]
            columns.append(np.concatenate([model.predict(c) for c in tested]))
            if intervals:
                ends = [model.interval(c) for c in tested]
                columns += [np.concatenate([e[side] for e in ends]) for side in (0, 1)]
            found[name] = tuple(columns)
    return found


def _peeking(split: Split) -> Split:
    return {
        name: ([peeking(c) for c in learned], [peeking(c) for c in tested])
        for name, (learned, tested) in split.items()
    }


def _scores(
    splits: Sequence[Split], honest: Sequence[tuple[Floats, ...]],
    leaking: Sequence[tuple[Floats, ...]], name: str,
) -> dict[str, object]:  # fmt: skip
    truth, predicted, low, high = (np.concatenate(column) for column in zip(*honest, strict=True))
    leaked_truth, leaked = (np.concatenate(column) for column in zip(*leaking, strict=True))
    tested = [cell for split in splits for cell in split[name][1]]
    return {
        "n_train": max(sum(len(c.soh) for c in split[name][0]) for split in splits),
        "n_test": len(truth),
        "cells_train": max(len(split[name][0]) for split in splits),
        "cells_test": len(tested),
        "nominal_ah": tested[0].nominal_ah,
        "mae": metrics.mae(predicted, truth),
        "rmse": metrics.rmse(predicted, truth),
        "coverage90": metrics.coverage(low, high, truth),
        "width90": float(np.median(high - low)),
        "mae_leaking": metrics.mae(leaked, leaked_truth),
        "rmse_leaking": metrics.rmse(leaked, leaked_truth),
    }
