"""A Gaussian process for few samples: a straight line plus a smooth correction near known samples.

    k(x, x') = w² x·x' + a² Matérn5/2(|x - x'| / l) + n² [x = x']     x and target standardised

(Rasmussen and Williams 2006, eq. 4.17 and 5.9.) Near training samples the correction follows
their neighbours; far from all of them it fades and the regularised line is left. w, a, l and n
maximise the marginal likelihood. Not for thousands of rows: a fit is cubic in samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.lab.scales import Scales

Floats = npt.NDArray[np.float64]
_START = np.log([1.0, 0.1, 3.0, 0.1])  # w², a², l, n²
_BOUNDS = [
    (np.log(low), np.log(high))
    for low, high in ((1e-3, 1e3), (1e-5, 1e3), (0.3, 100.0), (1e-3, 1.0))
]


@dataclass(slots=True, kw_only=True)
class GaussianProcess:
    """Estimator: `fit(features [n, p], target [n])`, then `predict(features [m, p]) -> [m]`."""

    scales: Scales = field(init=False)
    offset: float = field(init=False)
    spread: float = field(init=False)
    known: Floats = field(init=False)
    settings: Floats = field(init=False)
    weights: Floats = field(init=False)

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn weights and the four settings."""
        self.scales = Scales.of(features)
        self.offset, self.spread = float(target.mean()), float(target.std()) or 1.0
        self.known = self.scales.measure(features)
        y = (target - self.offset) / self.spread
        products, distances = self.known @ self.known.T, _distances(self.known, self.known)
        found = minimize(
            _cost,
            _START,
            args=(products, distances, y),
            jac=True,
            method="L-BFGS-B",
            bounds=_BOUNDS,
            options={"ftol": 1e-6, "maxiter": 50},
        )
        self.settings = np.exp(found.x)
        line, correction, length, noise = self.settings
        covariance = line * products + correction * _matern(distances / length)
        solved = np.linalg.solve(_noisy(covariance, noise), y)
        self.weights = np.asarray(solved, dtype=np.float64)
        return self

    def predict(self, features: Floats) -> Floats:
        """Mean of the process, [m]."""
        return np.asarray(self.offset + self.spread * (self._towards(features) @ self.weights))

    def _towards(self, features: Floats) -> Floats:
        line, correction, length, _ = self.settings
        z = self.scales.measure(features)
        near = _matern(_distances(z, self.known) / length)
        return np.asarray(line * z @ self.known.T + correction * near)


def _distances(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2)))


def _matern(ratio: Floats) -> Floats:
    r = np.sqrt(5) * ratio
    return np.asarray((1 + r + r**2 / 3) * np.exp(-r))


def _cost(logs: Floats, products: Floats, distances: Floats, y: Floats) -> tuple[float, Floats]:
    """Negative log marginal likelihood and its gradient by the logs of the settings."""
    line, correction, length, noise = np.exp(logs)
    r = np.sqrt(5) / length * distances
    fading = correction * np.exp(-r)
    smooth = fading * (1 + r + r**2 / 3)
    inverse = np.linalg.inv(_noisy(line * products + smooth, noise))
    weights = inverse @ y
    gap = inverse - weights[:, None] * weights
    slopes = (
        line * np.vdot(gap, products),
        np.vdot(gap, smooth),
        np.vdot(gap, fading * r**2 * (1 + r)) / 3,
        noise * np.trace(gap),
    )
    likelihood = 0.5 * float(y @ weights) - 0.5 * float(np.linalg.slogdet(inverse)[1])
    return likelihood, 0.5 * np.array(slopes)


def _noisy(covariance: Floats, noise: float) -> Floats:
    covariance.flat[:: len(covariance) + 1] += noise
    return covariance
