"""Forests on evenly thinned cycles of cells, and errors in which every cell counts alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from models.lab.cell_life import CellLife, stack

Floats = npt.NDArray[np.float64]


class Fitted(Protocol):
    """A fitted regression."""

    def predict(self, features: Floats) -> Floats:
        """[n, p] -> [n]."""
        ...


def boosted(seed: int, **changes: Any) -> object:
    """An unfitted boosted forest."""
    settings: dict[str, Any] = {
        "n_estimators": 300,
        "learning_rate": 0.04,
        "num_leaves": 15,
        "min_child_samples": 10,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.6,
        "reg_lambda": 1.0,
        "random_state": seed,
        "n_jobs": 1,
        "verbose": -1,
        "deterministic": True,
        "force_row_wise": True,
    }
    return lgb.LGBMRegressor(**{**settings, **changes})


def random_cuts(seed: int) -> object:
    """An unfitted boosted forest of random cuts, for many batches at once."""
    return boosted(
        seed,
        n_estimators=250,
        learning_rate=0.05,
        num_leaves=8,
        min_child_samples=15,
        subsample=0.7,
        colsample_bytree=0.4,
        reg_lambda=3.0,
        extra_trees=True,
    )


def fit_thinned(
    model: object, cells: Sequence[CellLife], views: Sequence[Floats], rows: int
) -> Fitted:
    """The model, fitted on about `rows` cycles of the cells."""
    seen, truth = stack(cells, views, rows)
    if len(truth) == 1:  # a forest asks for two rows, and twice the same says no more than once
        seen, truth = np.repeat(seen, 2, axis=0), np.repeat(truth, 2)
    return model.fit(seen, truth)  # type: ignore[attr-defined, no-any-return]


def cell_weighted(errors: Sequence[Floats], level: float) -> float:
    """Quantile of absolute errors in which every cell counts alike, widened for their number."""
    if not errors:
        return float("inf")
    values = np.concatenate(errors)
    weights = np.concatenate([np.full(len(e), 1.0 / len(e)) for e in errors])
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, level)] * (1 + 0.5 / len(errors)))
