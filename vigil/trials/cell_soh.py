"""The trial of the cell state-of-health estimator: splits, honest and leaking scores.

Honest: the estimator is fitted on training cells and sees of a test cell, at each cycle, that
cycle and earlier ones. Leaking: the published protocol (see charge_views.peeking).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab import metrics
from models.lab.cell_life import CellLife, held_out
from models.lab.cell_soh import CellSohEstimator
from models.lab.charge_views import peeking
from models.lab.unseen_batch import FEWEST_BATCHES, UnseenBatch

Floats = npt.NDArray[np.float64]
Split = Mapping[str, tuple[list[CellLife], list[CellLife]]]
Say = Callable[[str], None]
FOLDS = 5
"""As published results on these sets."""


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


def check_splits(splits: Sequence[Split], split_by: str) -> None:
    """BadInput when no cell would be tested, or none be left to learn from."""
    for learned, tested in (_sizes(split) for split in splits):
        if tested and not learned:
            remedy = "leave at least one cell outside the test, and give at least two cells"
            raise BadInput("--test-cells", split_by, "leaves no cell to learn from", remedy=remedy)
    if not any(tested for _, tested in map(_sizes, splits)):
        cells = [c.cell for kept, tested in splits[0].values() for c in (*kept, *tested)]
        remedy = f"the file's cells are called {', '.join(cells[:3])} and so on"
        raise BadInput("--test-cells", split_by, "finds none of the cells", remedy=remedy)


def _sizes(split: Split) -> tuple[int, int]:
    learned, tested = zip(*split.values(), strict=True)
    return sum(map(len, learned)), sum(map(len, tested))


def run(splits: Sequence[Split], seed: int, say: Say) -> dict[str, dict[str, object]]:
    """Scores per batch, test cycles of all splits together; `say` is told how far it is."""
    honest, leaking = [], []
    for number, split in enumerate(splits, start=1):
        if any(tested for _, tested in split.values()):
            say(f"split {number} of {len(splits)}: estimator and its intervals")
            honest.append(_predictions(split, seed, intervals=True))
            say(f"split {number} of {len(splits)}: published protocol")
            leaking.append(_predictions(_peeking(split), seed, intervals=False))
    names = dict.fromkeys(name for found in honest for name in found)
    return {
        name: _scores(
            splits,
            [h[name] for h in honest if name in h],
            [p[name] for p in leaking if name in p],
            name,
        )
        for name in names
    }


def _predictions(split: Split, seed: int, *, intervals: bool) -> dict[str, tuple[Floats, ...]]:
    """Per batch: truth, prediction, and (when asked) the interval's ends, over test cycles."""
    train = {name: learned for name, (learned, _) in split.items() if learned}
    model = CellSohEstimator(seed=seed).fit(train)
    if intervals:
        model.calibrate(train)
    found: dict[str, tuple[Floats, ...]] = {}
    for name, (_, tested) in split.items():
        answers = []
        for cell in tested:
            predicted = model.predict(cell)
            ends = model.interval(cell, predicted) if intervals else ()
            answers.append((cell.soh, predicted, *ends))
        if answers:
            found[name] = tuple(np.concatenate(column) for column in zip(*answers, strict=True))
    return found


def _peeking(split: Split) -> Split:
    return {
        name: ([peeking(c) for c in learned], [peeking(c) for c in tested])
        for name, (learned, tested) in split.items()
    }


def _scores(
    splits: Sequence[Split],
    honest: Sequence[tuple[Floats, ...]],
    leaking: Sequence[tuple[Floats, ...]],
    name: str,
) -> dict[str, object]:
    truth, predicted, low, high = (np.concatenate(column) for column in zip(*honest, strict=True))
    leaked_truth, leaked = (np.concatenate(column) for column in zip(*leaking, strict=True))
    tested = [cell for split in splits for cell in split[name][1]]
    learned = [split[name][0] for split in splits if split[name][1]]
    bounded = bool(np.isfinite(high - low).all())
    return {
        "n_train": max(sum(len(c.soh) for c in cells) for cells in learned),
        "n_test": len(truth),
        "cells_train": max(len(cells) for cells in learned),
        "cells_test": len(tested),
        "nominal_ah": tested[0].nominal_ah,
        "mae": metrics.mae(predicted, truth),
        "rmse": metrics.rmse(predicted, truth),
        "coverage90": metrics.coverage(low, high, truth) if bounded else None,
        "width90": float(np.median(high - low)) if bounded else None,
        "mae_leaking": metrics.mae(leaked, leaked_truth),
        "rmse_leaking": metrics.rmse(leaked, leaked_truth),
    }


def left_out_batches(
    batches: Mapping[str, list[CellLife]], seed: int, say: Say
) -> dict[str, object]:
    """Every batch estimated by the others alone: scores per batch, `coverage90` over all cells.

    None where fewer than two other batches are there to learn widths from.
    """
    found: dict[str, object] = {}
    shares: list[float] = []
    for name, cells in batches.items():
        others = {other: cs for other, cs in batches.items() if other != name}
        if len(others) < FEWEST_BATCHES:
            return {"batches": {}, "coverage90": None}
        say(f"batch {name} from the others")
        model = UnseenBatch(seed=seed).fit(others)
        told = [(cell.soh, model.predict(cell), *model.interval(cell)) for cell in cells]
        inside = [metrics.coverage(low, high, soh) for soh, _, low, high in told]
        shares += inside
        soh, predicted, low, high = (np.concatenate(column) for column in zip(*told, strict=True))
        found[name] = {
            "cells": len(cells),
            "mae": metrics.mae(predicted, soh),
            "rmse": metrics.rmse(predicted, soh),
            "coverage90": float(np.mean(inside)),
            "width90": float(np.median(high - low)),
        }
    return {"batches": found, "coverage90": float(np.mean(shares))}
