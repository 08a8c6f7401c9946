"""A hazard per period by boosted trees: who fails when, without a line and without proportions.

Trees see the features and the period; they count events with exposure as offset, beginning from a
hazard that is given (a common one, or Cox's), so that they learn only what it leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from models.lab.survival.periods import Periods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_ROWS = 150_000  # person-periods: more are thinned, lives whole
_PATIENCE = 30  # rounds without gain
_SETTINGS = {
    "objective": "poisson",
    "learning_rate": 0.06,
    "num_leaves": 8,
    "min_data_in_leaf": 40,
    "min_sum_hessian_in_leaf": 3.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "poisson_max_delta_step": 0.3,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lived:
    """Lives in periods: features [n, p], time [n], event [n], log hazard to begin from [n, k]."""

    features: Floats
    time: Floats
    event: Ints
    begin: Floats


@dataclass(slots=True, kw_only=True)
class BoostedHazard:
    """`fit(learned, judged)` or `fit(learned, rounds=n)`, then `log_hazard(features, begin)`."""

    periods: Periods
    categorical: tuple[int, ...] = ()
    seed: int = 0
    rounds: int = field(default=0, init=False)
    booster: lgb.Booster | None = field(default=None, init=False)

    def fit(self, learned: Lived, judged: Lived | None = None, rounds: int = 300) -> Self:
        """Learn; `judged` lives say when to stop (none of them is learned from)."""
        self.rounds = rounds
        if rounds < 1:
            return self
        train, watch = self._rows(learned), None if judged is None else self._rows(judged)
        stop: list[Callable[..., object]] = []
        if watch is not None:
            stop.append(lgb.early_stopping(_PATIENCE, verbose=False))
        booster = lgb.train(
            {**_SETTINGS, "seed": self.seed},
            train,
            num_boost_round=rounds,
            valid_sets=[] if watch is None else [watch],
            callbacks=stop,
        )
        self.booster = booster
        self.rounds = booster.best_iteration if watch is not None else rounds
        return self

    def log_hazard(self, features: Floats, begin: Floats) -> Floats:
        """Log hazard per period, [n, k]."""
        if self.booster is None:
            return begin
        return begin + self.gained(features, self.rounds)

    def gained(self, features: Floats, rounds: int) -> Floats:
        """What the first `rounds` trees add to the log hazard, [n, k]."""
        assert self.booster is not None
        count = len(self.periods.edges) - 1
        seen = _crossed(features, self.periods)
        raw = self.booster.predict(seen, num_iteration=rounds, raw_score=True)
        return np.asarray(raw, dtype=np.float64).reshape(len(features), count)

    def _rows(self, lived: Lived) -> lgb.Dataset:
        thinned = _thinned(lived, len(self.periods.edges) - 1)
        exposure = self.periods.exposure(thinned.time)
        ended = self.periods.ended(thinned.time, thinned.event)
        used = (exposure > 0) | (ended > 0)
        least = 1e-6 * np.diff(self.periods.edges)
        offset = thinned.begin + np.log(np.maximum(exposure, least))
        return lgb.Dataset(
            _crossed(thinned.features, self.periods)[used.ravel()],
            label=ended[used],
            init_score=offset[used],
            categorical_feature=list(self.categorical),
            free_raw_data=True,
        )


def _crossed(features: Floats, periods: Periods) -> Floats:
    """Features and the middle of the period, one row per life and period, [n * k, p + 1]."""
    middles = periods.middles()
    return np.column_stack(
        [np.repeat(features, len(middles), axis=0), np.tile(middles, len(features))]
    )


def _thinned(lived: Lived, periods: int) -> Lived:
    step = max(1, -(-len(lived.time) * periods // _ROWS))
    return Lived(
        features=lived.features[::step],
        time=lived.time[::step],
        event=lived.event[::step],
        begin=lived.begin[::step],
    )
