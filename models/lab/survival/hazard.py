"""The product's hazard: Cox's line, a Weibull law and boosted trees, weighed on lives left out.

Members give a log hazard per period. The weight of each is settled inside the training lives: five
folds by group, each predicted by members that have not seen it, and the weights (none negative)
that make what happened there most likely. They begin at the two linear members, so trees have to
earn their part: on proportional, linear lives the answer is Cox's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from models.lab.survival.blend import Blend, surprise
from models.lab.survival.columns import Coded, Features
from models.lab.survival.cox import Cox
from models.lab.survival.members import MEMBERS, Lives, Members, fit_members
from models.lab.survival.periods import Periods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_FOLDS = 5
"""Folds inside the training data."""
_FEWEST = 40  # events from which trees and weights are learned; below, the linear members speak
_PENALTIES = (1.0, 10.0, 100.0)
"""Ridge penalties tried: from nearly none to nearly no effect."""


@dataclass(slots=True, kw_only=True)
class Hazard:
    """`fit(lives)`, then `cumulative_hazard(features, times)`, `risk(features)`."""

    seed: int = 0
    blend: Blend = field(init=False)
    members: Members = field(init=False)

    def fit(self, lives: Lives) -> Self:
        """Learn; ValueError where no life has ended."""
        if not (lives.event > 0).any():
            raise ValueError("no life has ended: give at least one that has")
        periods = Periods.of(lives.time, lives.event)
        penalty, rounds = _PENALTIES[0], (0, 0)
        self.blend = Blend.untaught()
        if self._teachable(lives):
            penalty = _penalty(lives, self.seed)
            left_out, rounds = self._left_out(lives, periods, penalty)
            spent, ended = periods.exposure(lives.time), periods.ended(lives.time, lives.event)
            self.blend = Blend.of(left_out, spent, ended)
        self.members = fit_members(lives, periods, penalty, self.seed, rounds)
        return self

    def _teachable(self, lives: Lives) -> bool:
        """Are there features, and events in enough groups, for trees and weights?"""
        groups = len(np.unique(lives.group[lives.event > 0]))
        enough = int((lives.event > 0).sum()) >= _FEWEST and groups >= 2 * _FOLDS
        return enough and lives.features.count() > 0

    def cumulative_hazard(self, features: Features, times: Floats) -> Floats:
        """[n, times]; times ascending, in the unit learned from."""
        hazard = np.exp(self.blend.log_hazard(self.members.log_hazards(features)))
        return self.members.periods.cumulative(hazard, times)

    def _left_out(
        self, lives: Lives, periods: Periods, penalty: float
    ) -> tuple[Floats, tuple[int, int]]:
        """Log hazards of lives by members that have not seen them, and rounds of the trees."""
        fold_of = folds(lives.group, _FOLDS, self.seed)
        found = np.empty((len(MEMBERS), len(lives.time), len(periods.edges) - 1))
        rounds = []
        for fold in range(_FOLDS):
            out = fold_of == fold
            members = fit_members(
                lives.part(~out), periods, penalty, self.seed, None, lives.part(out)
            )
            found[:, out] = members.log_hazards(lives.features.part(out))
            rounds.append([trees.rounds for trees in members.trees])
        typical = np.median(rounds, axis=0)
        return found, (int(typical[0]), int(typical[1]))


def folds(group: Ints, count: int, seed: int) -> Ints:
    """The fold of each row, groups whole, [n]."""
    _, of = np.unique(group, return_inverse=True)
    order = np.random.default_rng(seed).permutation(int(of.max()) + 1)
    return np.asarray((order % count)[of], dtype=np.int64)


def _penalty(lives: Lives, seed: int) -> float:
    """The ridge under which lives left out were most likely."""
    fold_of = folds(lives.group, _FOLDS, seed)
    totals = [0.0] * len(_PENALTIES)
    periods = Periods.of(lives.time, lives.event)
    exposure, ended = periods.exposure(lives.time), periods.ended(lives.time, lives.event)
    for fold in range(_FOLDS):
        out = fold_of == fold
        kept, told = lives.part(~out), lives.part(out)
        coded = Coded().fit(kept.features)
        lines = coded.for_lines(kept.features)
        for at, penalty in enumerate(_PENALTIES):
            cox = Cox(penalty=penalty).fit(lines, kept.time, kept.event)
            rates = np.log(periods.rates(cox.baseline.at(periods.edges)))
            told_log = cox.risk(coded.for_lines(told.features))[:, None] + rates
            totals[at] += surprise(told_log, exposure[out], ended[out])
    return _PENALTIES[int(np.argmin(totals))]
