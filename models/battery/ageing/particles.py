"""Particles: a fixed set of possible ageing laws, weighted by how well each explains a car.

    loss = m (calendar (t/4y)^p + k cycling (t/4y)^q), r times as fast beyond the knee

Drawn once for all cars and runs, so that the same history always gives the same weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from models.base import Array
from models.battery.ageing.prior import POWERS, Stress, parts
from models.battery.ageing.subject import Subject, spread

PARTICLES, LEAST_PARTICLES = 1024, 25
"""Drawn, and how many must count in the end (docs/battery.md, Forecast)."""
WIDER = 1.7
"""Multiplier and share are drawn wider than the prior and weighted back to it, so that a car in its
tail still finds particles."""
START_SD = 0.012
"""Relative spread of new packs around their rated capacity."""
KNEE_CYCLES, KNEE_SD = 3500.0, 0.45
"""Median full cycles to accelerated fade and its log spread, where cells were cycled that far."""
BEYOND_KNEE, BEYOND_SD = 4.0, 0.6
"""How many times faster beyond the knee, and its log spread (published knees: 2 to 10 times)."""
SHARE_SD = 0.5
"""Log spread of cycling against calendar loss, beside what both have in common."""
COMMON_SHARE, OWN_SHARE = 0.85, 0.5
"""Of a point's sd: what all points of one car share (gauge, sensor), and what is each one's own."""
FUTURE_SD = 0.15
"""Log spread of next years' use against past years' use."""
FRESH_SHARE = 1.004
"""Median capacity of a new pack over its rated one."""
SIGMAS_90 = 3.29
"""Width of a 90 % interval in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloud:
    """Weighted particles: `health` makes [particles, ages] of them."""

    weight: Array
    multiplier: Array
    share: Array
    calendar_power: Array
    cycling_power: Array
    start: Array
    knee: Array
    beyond: Array
    future: Array


def weighted(subject: Subject) -> Cloud:
    """Fixed draws from the prior, weighted by the measured points."""
    prior, draws = subject.prior, _draws()
    low, high = POWERS
    back = -0.5 * (WIDER**2 - 1) * (draws[0] ** 2 + draws[1] ** 2)
    cloud = Cloud(
        weight=_weights(back),
        multiplier=prior.median * np.exp(WIDER * prior.spread * draws[0]),
        share=np.exp(WIDER * SHARE_SD * draws[1]),
        calendar_power=low + (high - low) * ndtr(draws[2]),
        cycling_power=low + (high - low) * ndtr(draws[3]),
        start=FRESH_SHARE + START_SD * draws[4],
        knee=KNEE_CYCLES * np.exp(KNEE_SD * draws[5]),
        beyond=BEYOND_KNEE * np.exp(BEYOND_SD * draws[6]),
        future=np.exp(FUTURE_SD * draws[7]),
    )
    points = spread(subject)
    if not points:
        return cloud
    ages = replace(subject, points=points).ages()
    expected = health(cloud, subject, subject.stress, ages)
    measured = np.array([p.value for p in points]) / 100
    sd = np.array([(p.high - p.low) / SIGMAS_90 for p in points]) / 100
    common, sd = COMMON_SHARE * float(sd.mean()), OWN_SHARE * sd
    misfit = expected - measured
    shared = (misfit / sd**2).sum(axis=1) / ((1 / sd**2).sum() + 1 / common**2)
    log = -0.5 * (((misfit - shared[:, None]) / sd) ** 2).sum(axis=1) - 0.5 * (shared / common) ** 2
    return replace(cloud, weight=_weights(back + log))


def _weights(log: Array) -> Array:
    """Normalised; a history that almost no particle explains is believed less, until at least
    LEAST_PARTICLES of them count: a law that does not fit must not look certain."""
    while True:
        weight = np.exp(log - log.max())
        weight = weight / weight.sum()
        if 1 / float(weight @ weight) >= LEAST_PARTICLES:
            return np.asarray(weight)
        log = 0.8 * log


@cache
def _draws() -> Array:
    """Standard normals [8, PARTICLES], even over the whole space and always the same."""
    even = qmc.Sobol(8, seed=20220309).random(PARTICLES)
    return np.asarray(ndtri(np.clip(even, 1e-6, 1 - 1e-6)).T)


def health(cloud: Cloud, subject: Subject, stress: Stress, ages: Array) -> Array:
    """Health 0..1 of every particle at every age, [particles, ages]."""

    def column(values: Array) -> Array:
        return values[:, None]

    def lost(years: Array) -> Array:
        calendar, cycling = parts(
            years,
            stress,
            subject.chemistry,
            column(cloud.calendar_power),
            column(cloud.cycling_power),
        )
        return np.asarray(column(cloud.multiplier) * (calendar + column(cloud.share) * cycling))

    total = lost(ages[None, :])
    at_knee = column(cloud.knee / max(stress.cycles_per_year, 1e-6))
    late = ages[None, :] > at_knee
    if late.any():
        before = lost(at_knee)
        total = np.where(late, before + column(cloud.beyond) * (total - before), total)
    return np.asarray(column(cloud.start) - total)


def paths(cloud: Cloud, subject: Subject, stress: Stress, ahead: Array) -> Array:
    """Health in per cent over the years ahead. What changes from now on changes the rate, not the
    past: the path continues from where the particle stands today."""
    age = subject.age_years
    now = health(cloud, subject, subject.stress, np.array([age]))
    later = health(cloud, subject, stress, age + ahead)
    loss = later[:, :1] - later
    return np.asarray(100 * np.clip(now - cloud.future[:, None] * loss, 0.0, 1.1))
