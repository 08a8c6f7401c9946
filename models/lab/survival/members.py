"""The members of the hazard, fitted on the same lives: each says a log hazard per period.

Cox's line with its own common curve, the same line with a Weibull curve, trees from the common
hazard, and trees from Cox's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from models.lab.survival.boosted_hazard import BoostedHazard, Lived
from models.lab.survival.columns import Coded, Features
from models.lab.survival.cox import Cox
from models.lab.survival.curves import nelson_aalen
from models.lab.survival.periods import Periods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEMBERS = ("cox", "weibull", "trees", "trees on cox")
_LOG_SHAPES = (-3.0, 3.5)  # shapes from 0.05 to 33: parts have 0.3 to 10
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

    For a shape k the likeliest level is ended lives over the sum of exp(risk) t^k; k is then found
    on its profile likelihood.
    """
    last = float(periods.edges[-1])
    log_t = np.log(np.maximum(lives.time / last, _SHORTEST))
    ended = lives.event > 0
    count, logs = float(ended.sum()), float(log_t[ended].sum())

    def spent(log_shape: float) -> float:
        return max(float(np.exp(risk + np.exp(log_shape) * log_t).sum()), _LEAST)

    def cost(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        return float(count * np.log(spent(log_shape)) - count * log_shape - (shape - 1) * logs)

    log_shape = float(minimize_scalar(cost, bounds=_LOG_SHAPES, method="bounded").x)
    level = count / spent(log_shape)
    return np.asarray(np.log(periods.rates(level * (periods.edges / last) ** np.exp(log_shape))))
