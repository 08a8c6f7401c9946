"""The members of the hazard, fitted on the same lives: each says a log hazard per period.

Cox's line with its own common curve, the same line with a Weibull curve, trees from the common
hazard, and trees from Cox's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.lab.survival.boosted_hazard import BoostedHazard, Lived
from models.lab.survival.columns import Coded, Features
from models.lab.survival.cox import Cox
from models.lab.survival.curves import nelson_aalen
from models.lab.survival.periods import Periods
from models.lab.survival.weibull import fit_weibull

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEMBERS = ("cox", "weibull", "trees", "trees on cox")
_WEIBULL_ROUNDS = 5  # shape and risk settle in three
_SHORTEST = 1e-6  # of the longest life: stands for a life of 0, which has no logarithm
_LEAST = 1e-300
"""Keeps a logarithm finite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lives:
    """Features of each life, how long it was watched, whether it ended, and its group, each [n]."""

    features: Features
    time: Floats
    event: Ints
    group: Ints

    def part(self, rows: npt.NDArray[np.bool_]) -> Lives:
        """Some of the lives."""
        return Lives(
            features=self.features.part(rows),
            time=self.time[rows],
            event=self.event[rows],
            group=self.group[rows],
        )


@dataclass(slots=True, kw_only=True)
class Members:
    """The members fitted on the same lives."""

    periods: Periods
    coded: Coded
    cox: Cox
    common: Floats
    weibull: Floats
    trees: tuple[BoostedHazard, BoostedHazard]

    def log_hazards(self, features: Features) -> Floats:
        """[members, n, k]."""
        steps, linear = self.linear(features)
        marginal = np.broadcast_to(self.common, steps.shape)
        seen = self.coded.for_trees(features)
        free, corrected = self.trees
        return np.stack(
            [steps, linear, free.log_hazard(seen, marginal), corrected.log_hazard(seen, steps)]
        )

    def linear(self, features: Features) -> tuple[Floats, Floats]:
        """Cox with its own common curve and with Weibull's, each [n, k]."""
        risk = self.cox.risk(self.coded.for_lines(features))[:, None]
        edges = self.cox.baseline.at(self.periods.edges)
        return risk + np.log(self.periods.rates(edges)), risk + self.weibull


def fit_members(
    lives: Lives,
    periods: Periods,
    penalty: float,
    seed: int,
    rounds: tuple[int, int] | None,
    judged: Lives | None = None,
) -> Members:
    """All from the same lives; trees grow for `rounds`, or until `judged` lives show no gain."""
    coded = Coded().fit(lives.features)
    lines = coded.for_lines(lives.features)
    cox = Cox(penalty=penalty).fit(lines, lives.time, lives.event)
    common = nelson_aalen(lives.time, lives.event)
    trees = tuple(
        BoostedHazard(periods=periods, categorical=coded.categorical, seed=seed) for _ in range(2)
    )
    members = Members(
        periods=periods,
        coded=coded,
        cox=cox,
        common=np.log(periods.rates(common.at(periods.edges))),
        weibull=_weibull_rates(cox.risk(lines), lives, periods),
        trees=(trees[0], trees[1]),
    )
    _grow(members, lives, rounds, judged)
    return members


def _grow(
    members: Members, lives: Lives, rounds: tuple[int, int] | None, judged: Lives | None
) -> None:
    for at, trees in enumerate(members.trees):
        learned = _lived(members, lives, at)
        if judged is not None:
            trees.fit(learned, _lived(members, judged, at))
        elif rounds is not None:
            trees.fit(learned, rounds=rounds[at])


def _lived(members: Members, lives: Lives, at: int) -> Lived:
    """Lives with what the trees begin from: the common hazard, or Cox's."""
    steps = members.linear(lives.features)[0]
    begin = steps if at else np.broadcast_to(members.common, steps.shape)
    seen = members.coded.for_trees(lives.features)
    return Lived(features=seen, time=lives.time, event=lives.event, begin=begin)


def _weibull_rates(risk: Floats, lives: Lives, periods: Periods) -> Floats:
    """Log of Weibull's common hazard per period, given everybody's risk, [k].

    A life of risk r at time t is as far as one of risk 0 at t * exp(r / shape); shape and scale are
    settled in turn, and the level is then set so that as many end as did.
    """
    ended = lives.event > 0
    positive = np.maximum(lives.time, float(periods.edges[-1]) * _SHORTEST)
    shape = 1.0
    try:
        for _ in range(_WEIBULL_ROUNDS):
            scaled = positive * np.exp(risk / shape)
            shape = fit_weibull(scaled, np.where(ended, scaled, np.inf)).shape
    except ValueError:
        shape = 1.0
    last = float(periods.edges[-1])
    spent = float((np.exp(risk) * (positive / last) ** shape).sum())
    level = float(ended.sum()) / max(spent, _LEAST)
    return np.asarray(np.log(periods.rates(level * (periods.edges / last) ** shape)))
