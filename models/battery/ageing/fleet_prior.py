"""How fast cars of one kind age against the literature: a prior for each, out of the others' fits.

Who the like are is the caller's choice. Few cars, or young ones, move it little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.battery.cohort import MIN_COHORT

BETWEEN_MODELS = 0.35
"""Log sd of how wrong the literature is about one model of car as a whole."""
LEAST_SPREAD = 0.2
"""Log sd that two cars of one model always differ by: cells, places, habits not accounted for."""
SHARED_SD = 0.25
"""Log sd of what all fits of a fleet get wrong alike (the laws' shape, gauges that flatter): no
number of cars averages it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One car's fitted multiplier of the literature's ageing: mean and sd of its logarithm."""

    log_mean: float
    log_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """A prior for the multiplier of a car's ageing: median, log sd, and the cars it rests on."""

    median: float
    spread: float
    cars: int = 0


def shrunk(fits: Sequence[Fit], literature: Multiplier) -> Multiplier:
    """The literature's prior moved and narrowed by the fits of comparable cars, this one left out.

    Fits are posteriors under the literature's prior, so that is divided out of each first; then
    normal-normal on the logarithm: tau² between cars by moments, the mean, known to SHARED_SD at
    best, shrunk towards the literature with its doubt BETWEEN_MODELS. A fit counts for as much as
    it took away of the prior's variance, so a fleet of young cars says little. No car: the
    literature.
    """
    told = [fit for fit in fits if fit.log_sd < 0.95 * literature.spread]
    if not told:
        return literature
    at, var = np.log(literature.median), literature.spread**2
    own = np.array([1 / (1 / f.log_sd**2 - 1 / var) for f in told])
    means = np.array(
        [v * (f.log_mean / f.log_sd**2 - at / var) for v, f in zip(own, told, strict=True)]
    )
    tau2 = literature.spread**2
    for _ in range(20):
        weight = 1 / (own + tau2)
        mean = float(weight @ means / weight.sum())
        excess = float(weight @ ((means - mean) ** 2 - own) / weight.sum())
        tau2 = max(excess, LEAST_SPREAD**2)
    known = np.array([1 - f.log_sd**2 / var for f in told])
    cars = float(known.sum())
    tau2 = (cars * tau2 + MIN_COHORT * var) / (cars + MIN_COHORT)
    mean_var = float(1 / weight.sum()) + SHARED_SD**2 / float(known.mean())
    trust = BETWEEN_MODELS**2 / (BETWEEN_MODELS**2 + mean_var)
    left = BETWEEN_MODELS**2 * (1 - trust)
    return Multiplier(
        median=float(np.exp(at + trust * (mean - at))),
        spread=float(np.sqrt(tau2 + left)),
        cars=len(told),
    )
