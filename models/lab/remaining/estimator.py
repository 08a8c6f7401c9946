"""Remaining life from a run so far: a vote of two kinds of forest, several times over.

The members are boosted trees with random cuts (LightGBM) and extremely random trees (Geurts 2006).
Each of (usually) ten siblings learns without a tenth of the machines: their mean is
the answer, and what each says of the machines it has not seen is what the interval is made of.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesRegressor

from models.lab.remaining.local_interval import LocalInterval
from models.lab.remaining.runs import LIFE_CAP, Run
from models.lab.remaining.trends import Trends

Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]
SIBLINGS = 10
"""Members of the ensemble: more change the error by less than its noise."""
FEWEST_RUNS = 10
"""Runs to failure below which an interval means nothing."""
_ROWS = 12_000  # a sibling learns from; machines have 200 rows that resemble their neighbours


class Regression(Protocol):
    """What can vote."""

    def fit(self, features: Floats, target: Floats) -> object:
        """Learn from [n, p] and [n]."""
        ...

    def predict(self, features: Floats) -> Floats:
        """[m, p] -> [m]."""
        ...


def members(seed: int) -> tuple[Regression, ...]:
    """Unfitted members."""
    boosted = lgb.LGBMRegressor(
        n_estimators=600,
        learning_rate=0.03,
        num_leaves=15,
        min_child_samples=60,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.4,
        reg_lambda=5.0,
        extra_trees=True,
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    trees = ExtraTreesRegressor(100, min_samples_leaf=6, max_features=0.3, random_state=seed)
    return boosted, trees


@dataclass(slots=True, kw_only=True)
class Sibling:
    """One vote: `fit(runs to failure)`, `predict(run) -> [rows]` cycles, 0 to the cap."""

    seed: int
    trends: Trends = field(init=False)
    members: tuple[Regression, ...] = field(init=False)

    def fit(self, runs: Sequence[Run]) -> Self:
        """Learn from evenly thinned rows of whole runs."""
        self.trends = Trends(seed=self.seed).fit(runs)
        total = sum(len(run.cycles) for run in runs)
        step = -(-total // _ROWS)
        seen = np.vstack(
            [self.trends.describe(run)[n % step :: step] for n, run in enumerate(runs)]
        )
        life = np.concatenate([run.remaining()[n % step :: step] for n, run in enumerate(runs)])
        self.members = members(self.seed)
        for member in self.members:
            member.fit(seen, life)
        return self

    def predict(self, run: Run) -> Floats:
        """Remaining cycles at each row, [rows]."""
        seen = self.trends.describe(run)
        votes = [_answer(member, seen) for member in self.members]
        return np.asarray(np.clip(np.mean(votes, axis=0), 0.0, LIFE_CAP))


@dataclass(slots=True, kw_only=True)
class RemainingLife:
    """`fit(runs to failure)`, `predict(run)` and `interval(predicted)` at any row; in cycles."""

    seed: int = 0
    count: int = SIBLINGS
    siblings: list[Sibling] = field(init=False)
    bounds: LocalInterval = field(init=False)

    def fit(self, runs: Sequence[Run], say: Say = lambda _: None) -> Self:
        """Learn from at least ten runs; every machine is left out of one sibling."""
        if len(runs) < FEWEST_RUNS:
            raise ValueError(f"{len(runs)} runs are too few: give at least {FEWEST_RUNS}")
        fold_of = np.random.default_rng(self.seed).permutation(len(runs)) % self.count
        self.siblings, told = [], []
        for fold in range(self.count):
            kept = [run for run, at in zip(runs, fold_of, strict=True) if at != fold]
            out = [run for run, at in zip(runs, fold_of, strict=True) if at == fold]
            sibling = Sibling(seed=self.seed + fold).fit(kept)
            self.siblings.append(sibling)
            told += [(sibling.predict(run), run.remaining()) for run in out]
            say(f"sibling {fold + 1} of {self.count}")
        self.bounds = LocalInterval.of(told)
        return self

    def predict(self, run: Run) -> Floats:
        """Remaining cycles at each row, capped, [rows]."""
        return np.asarray(np.mean([sibling.predict(run) for sibling in self.siblings], axis=0))

    def interval(self, predicted: Floats) -> tuple[Floats, Floats]:
        """Ends of the central 90 % intervals about predictions, each [n], 0 to the cap."""
        return self.bounds.ends(predicted)


def _answer(member: Regression, seen: Floats) -> Floats:
    with warnings.catch_warnings():  # LightGBM names columns by itself, and then misses the names
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return member.predict(seen)
