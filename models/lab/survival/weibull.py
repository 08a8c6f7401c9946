"""The Weibull law by maximum likelihood, with every kind of censoring.

S(t) = exp(-(t / scale) ** shape). A life is known to end between `low` and `high`: equal for one
that was seen to end, high endless for one still going on, low 0 for one found ended at its first
inspection (Meeker and Escobar 1998, Statistical Methods for Reliability Data, chapters 7 and 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gamma

Floats = npt.NDArray[np.float64]
_LEVEL_90 = 1.6448536269514722  # normal quantile of a two-sided 90 % interval
_WIDEST, _HIGHEST = 20.0, 700.0  # logarithms: beyond the first an interval says nothing
_STEP = 1e-4  # of the logarithms: differences for the curvature
_SIMPLEX = np.array([[0.0, 0.0], [1e-3, 0.0], [0.0, 1e-3]])
"""The first steps of the polish, small beside the coarse optimum."""
_FARTHEST = 6.0  # logarithm of the shape: beyond e^6 every life has one length
_BOUNDS = ((-20.0, 40.0), (-_FARTHEST, _FARTHEST))
_INSIDE = ((-19.9, 39.9), (0.1 - _FARTHEST, _FARTHEST - 0.1))
"""Where the logarithms of scale and shape are looked for: no life table lies near the edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weibull:
    """Scale in the unit of time, shape without one; `shape_90`, `scale_90` by the curvature."""

    scale: float
    shape: float
    scale_90: tuple[float, float]
    shape_90: tuple[float, float]
    log_likelihood: float

    def cumulative_hazard(self, time: Floats) -> Floats:
        """(t / scale) ** shape, [n]."""
        return np.asarray((np.maximum(time, 0) / self.scale) ** self.shape)

    def mean(self) -> float:
        """Mean life."""
        return float(self.scale * gamma(1 + 1 / self.shape))

    def life_of(self, share: float) -> float:
        """Age by which `share` has failed: 0.1 gives B10."""
        return float(self.scale * (-np.log1p(-share)) ** (1 / self.shape))


def fit_weibull(low: Floats, high: Floats, weight: Floats | None = None) -> Weibull:
    """Most likely law of lives within [low, high], each counted `weight` times.

    ValueError without two different bounds, or where no life has ended or no law is
    likeliest: nothing decides then.
    """
    count = np.ones(len(low)) if weight is None else weight
    ended = np.isfinite(high) & (count > 0)
    if not ended.any():
        raise ValueError("no life has ended: give at least one that has")
    known = np.concatenate([low, high])
    known = known[np.isfinite(known) & (known > 0)]
    if len(np.unique(known)) < 2:
        raise ValueError("every life has one length: give at least two different times")
    unit = float(np.exp(np.mean(np.log(known))))
    scaled = (low / unit, high / unit, count)
    logs, cost = _likeliest(np.log(float(np.quantile(known, 0.63)) / unit), scaled)
    if not all(least < x < most for x, (least, most) in zip(logs, _INSIDE, strict=True)):
        raise ValueError("no law is likelier than all others: give lives that ended apart")
    return _told(logs, cost, scaled, unit)


def _likeliest(log_scale: float, known: tuple[Floats, Floats, Floats]) -> tuple[Floats, float]:
    """Logarithms of scale and shape, and the cost there; by slopes first, then without them,
    because slopes by differences stop at the sixth digit."""
    start = np.array([log_scale, 0.0])
    near = minimize(_cost, start, args=known, method="L-BFGS-B", bounds=_BOUNDS, tol=1e-12)
    simplex = {"initial_simplex": near.x + _SIMPLEX, "xatol": 1e-10, "fatol": 1e-12}
    found = minimize(
        _cost, near.x, args=known, method="Nelder-Mead", bounds=_BOUNDS, options=simplex
    )
    return np.asarray(found.x), float(found.fun)


def _cost(logs: Floats, low: Floats, high: Floats, count: Floats) -> float:
    """Negative log likelihood by the logarithms of scale and shape."""
    exact = low == high
    shape = np.exp(logs[1])
    seen, times = exact & (low > 0), np.maximum(low, 1e-12)
    z = np.log(times) - logs[0]
    density = logs[1] + (shape - 1) * z - logs[0] - _raised(z, shape)
    alive, ended = _hazard(low, logs), _hazard(high, logs)
    with np.errstate(divide="ignore"):
        between = -alive + np.log(-np.expm1(-np.maximum(ended - alive, 1e-300)))
    said = np.where(seen, density, np.where(np.isinf(high), -alive, between))
    return float(-(said * count).sum())


def _raised(z: Floats, shape: float) -> Floats:
    return np.asarray(np.exp(np.clip(shape * z, -700, 700)))


def _hazard(time: Floats, logs: Floats) -> Floats:
    """Cumulative hazard; 0 at 0, endless at infinity."""
    inside = np.isfinite(time) & (time > 0)
    z = np.log(np.where(inside, time, 1.0)) - logs[0]
    return np.where(inside, _raised(z, float(np.exp(logs[1]))), np.where(time > 0, np.inf, 0.0))


def _told(logs: Floats, cost: float, known: tuple[Floats, Floats, Floats], unit: float) -> Weibull:
    spread = _LEVEL_90 * np.sqrt(np.maximum(np.diag(_covariance(logs, known)), 0.0))
    spread = np.where(spread < _WIDEST, spread, np.inf)
    low, high = (np.exp(np.clip(logs + sign * spread, -np.inf, _HIGHEST)) for sign in (-1, 1))
    high = np.where(np.isfinite(spread), high, np.inf)
    seen = (known[0] == known[1]) & (known[0] > 0)
    return Weibull(
        scale=float(np.exp(logs[0])) * unit,
        shape=float(np.exp(logs[1])),
        scale_90=(float(low[0]) * unit, float(high[0]) * unit),
        shape_90=(float(low[1]), float(high[1])),
        log_likelihood=-cost - float(known[2][seen].sum() * np.log(unit)),
    )


def _covariance(logs: Floats, known: tuple[Floats, Floats, Floats]) -> Floats:
    """Inverse curvature of the negative log likelihood, [2, 2]; endless where it is flat."""
    step = np.eye(2) * _STEP
    curvature = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            corners = [
                _cost(logs + a * step[i] + b * step[j], *known) for a in (1, -1) for b in (1, -1)
            ]
            curvature[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * _STEP**2)
    try:
        return np.asarray(np.linalg.inv(curvature))
    except np.linalg.LinAlgError:
        return np.full((2, 2), np.inf)
