"""The trial of the early-life forecast: what was fitted on, what was scored, and how wide.

Nothing of a test cell is seen before it is scored; the repeated splits use training cells only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab import metrics
from models.lab.conformal import split_conformal
from models.lab.discharge_curves import check_curves
from models.lab.early_life import (
    FEWEST_CELLS,
    EarlyLifeForecast,
    committee,
    early_life_features,
)

Floats = npt.NDArray[np.float64]
OUTLIER_CYCLES = 200.0
USUAL_CYCLES = (50.0, 100_000.0)
SPLITS, HELD_OUT_SHARE = 20, 0.25
BLOCK_COUNTS = (4, 5, 6, 10)
"""Into how many runs of neighbours the training cells are cut; each is left out in turn."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """A named set: curves [n, voltages, 99] in Ah, life [n] in cycles; `unknown` lives left out."""

    name: str
    curves: Floats
    life: Floats
    unknown: int = 0


def read_cells(path: Path) -> list[Cells]:
    """Every `Q_<name>` with its `life_<name>` of an npz file, in name order."""
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {key: held[key] for key in held.files}
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        remedy = "give a NumPy .npz with Q_<name> and life_<name>, numbers and no objects"
        problem = f"cannot be read as npz ({error})"
        raise BadInput("file", str(path), problem, remedy=remedy) from error
    names = sorted(key[2:] for key in arrays if key.startswith("Q_"))
    if not names:
        raise BadInput("file", str(path), "holds no Q_<name>", remedy="name the curves Q_<name>")
    return [_cells(arrays, name, path) for name in names]


def _cells(arrays: dict[str, npt.NDArray[np.generic]], name: str, path: Path) -> Cells:
    if f"life_{name}" not in arrays:
        raise BadInput("file", str(path), f"has Q_{name} but no life_{name}", remedy="add it")
    life = _lives(arrays[f"life_{name}"], f"life_{name}")
    held = np.atleast_1d(arrays[f"Q_{name}"])
    if len(life) != len(held):
        problem = f"does not match {len(held)} cells"
        raise BadInput(f"life_{name}", len(life), problem, remedy="give one life per cell")
    lived = np.isfinite(life) & (life > 0)  # the others never reached their end
    if not lived.any():
        remedy = "give cycles to 80 % for at least one cell"
        raise BadInput(f"life_{name}", f"{len(life)} lives", "are all unknown", remedy=remedy)
    usual = float(np.median(life[lived]))
    if not USUAL_CYCLES[0] <= usual <= USUAL_CYCLES[1]:
        remedy = "give cycles to 80 % of nominal capacity, not their logarithm, days or Ah"
        raise BadInput(f"life_{name}", usual, "is no usual life in cycles", remedy=remedy)
    curves = check_curves(held[lived], f"Q_{name}")
    return Cells(name=name, curves=curves, life=life[lived], unknown=int((~lived).sum()))


def _lives(values: npt.NDArray[np.generic], name: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        remedy = "give cycles to 80 % of nominal capacity"
        raise BadInput(name, str(values.dtype), "holds no numbers", remedy=remedy) from error


def check_unit(train: Cells, cells: Cells) -> None:
    """BadInput when a test set's capacities are not of the size the training cells have."""
    learned, tested = (float(np.median(c.curves.max(axis=1))) for c in (train, cells))
    if not 0.5 <= tested / learned <= 2:
        problem = f"is the usual capacity here, and {learned:.3g} in Q_{train.name}"
        remedy = "give both in Ah, of cells of the same size"
        raise BadInput(f"Q_{cells.name}", round(tested, 3), problem, remedy=remedy)


def score(model: EarlyLifeForecast, cells: Cells) -> dict[str, object]:
    """Errors in cycles (`mape` a fraction), coverage and median width of the 90 % intervals."""
    predicted = model.predict(cells.curves)
    low, high = model.interval(cells.curves)
    kept = cells.life >= OUTLIER_CYCLES
    covered = metrics.coverage_report(low, high, cells.life, model.level)
    return {
        "name": cells.name,
        "n": len(cells.life),
        "rmse_cycles": metrics.rmse(predicted, cells.life),
        "rmse_without_outlier": (
            metrics.rmse(predicted[kept], cells.life[kept]) if kept.any() else None
        ),
        "outliers": int((~kept).sum()),
        "life_unknown": cells.unknown,
        "beyond_training": int(model.extrapolates(cells.curves).sum()),
        "mape": metrics.mape(predicted, cells.life),
        "coverage90": covered["coverage"],
        "coverage90_exact_interval": covered["exact_interval"],
        "coverage90_accepted_range": covered["accepted_range"],
        "coverage90_inside": covered["inside"],
        "width90": float(np.median(high - low)),
    }


def baseline(train: Cells, cells: Cells, *, level: float, seed: int) -> dict[str, float | None]:
    """The same estimator in a split-conformal wrap: its coverage and median width.

    None with too few training cells for a half to learn from.
    """
    if len(train.life) < 2 * FEWEST_CELLS:
        return {"split_conformal_coverage90": None, "split_conformal_width90": None}
    model, half = split_conformal(
        committee,
        early_life_features(train.curves),
        np.log10(train.life),
        level=level,
        rng=np.random.default_rng(seed),
    )
    centre = model.predict(early_life_features(cells.curves))
    low, high = 10 ** (centre - half), 10 ** (centre + half)
    return {
        "split_conformal_coverage90": metrics.coverage(low, high, cells.life),
        "split_conformal_width90": float(np.median(high - low)),
    }


def repeated_splits(train: Cells, *, level: float, seed: int) -> dict[str, object]:
    """Twenty random splits of the training cells, each fitted from nothing and scored."""
    rng = np.random.default_rng(seed)
    held = max(1, round(len(train.life) * HELD_OUT_SHARE))
    if len(train.life) - held < FEWEST_CELLS:
        return {"splits": [], "note": f"{len(train.life)} training cells are too few to split"}
    splits, hits = [], 0
    for number in range(SPLITS):
        order = rng.permutation(len(train.life))
        out, kept = order[:held], order[held:]
        model = EarlyLifeForecast(level=level).fit(train.curves[kept], train.life[kept])
        low, high = model.interval(train.curves[out])
        share = metrics.coverage(low, high, train.life[out])
        hits += round(share * held)
        error = metrics.rmse(model.predict(train.curves[out]), train.life[out])
        splits.append(
            {
                "split": number,
                "n": held,
                "coverage90": share,
                "width90": float(np.median(high - low)),
                "rmse_cycles": error,
            }
        )
    accepted = metrics.acceptance_interval(level, SPLITS * held)
    return {
        "splits": splits,
        "coverage90": hits / (SPLITS * held),
        "exact_interval": list(metrics.binomial_interval(hits, SPLITS * held)),
        "accepted_range": list(accepted),
        "inside": accepted[0] <= hits / (SPLITS * held) <= accepted[1],
        "note": "cells recur over splits: the trials are not independent",
    }


def left_out_blocks(train: Cells, *, level: float) -> dict[str, object]:
    """Runs of neighbours in the file left out whole: `coverage90` over all cuts, and each cut.

    A block stands for a batch never seen: neighbours in a file often share protocol and production.
    """
    cuts, hits, trials = [], 0, 0
    for count in BLOCK_COUNTS:
        block_of = np.arange(len(train.life)) * count // len(train.life)
        if len(train.life) - np.bincount(block_of).max() >= FEWEST_CELLS:
            cut = _block_cut(train, block_of, level)
            cuts.append({"blocks": count, **cut})
            hits, trials = hits + cut["hits"], trials + len(train.life)
    return {"cuts": cuts, "coverage90": hits / trials if trials else None}


def _block_cut(train: Cells, block_of: npt.NDArray[np.intp], level: float) -> Mapping[str, Any]:
    low, high, told = (np.empty(len(train.life)) for _ in range(3))
    for block in range(int(block_of.max()) + 1):
        out = block_of == block
        model = EarlyLifeForecast(level=level).fit(train.curves[~out], train.life[~out])
        low[out], high[out] = model.interval(train.curves[out])
        told[out] = model.predict(train.curves[out])
    inside = (low <= train.life) & (train.life <= high)
    return {
        "hits": int(inside.sum()),
        "coverage90": float(inside.mean()),
        "width90": float(np.median(high - low)),
        "rmse_cycles": metrics.rmse(told, train.life),
        "rmse_log10": metrics.rmse(np.log10(told), np.log10(train.life)),
    }
