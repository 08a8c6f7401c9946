"""Prediction intervals without a distribution: jackknife+ and the split-conformal baseline.

Jackknife+ (Barber, Candès, Ramdas, Tibshirani 2021, Annals of Statistics 49:486) refits the
model once without each sample (or group of samples) and asks how wrong it was there. Errors may be
measured by how far a sample lies from those learned from: then intervals widen with that distance
(locally weighted conformal; Lei and others 2018, JASA 113:1094). Split conformal (Papadopoulos
2002) spends half of the samples on the question instead. Both assume exchangeable samples (or
groups): what resembles nothing learned from breaks the promise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


class Regressor(Protocol):
    """What an interval can be put around."""

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn from features [n, p] and target [n]."""
        ...

    def predict(self, features: Floats) -> Floats:
        """Central prediction, [n]."""
        ...


Model = TypeVar("Model", bound=Regressor)
Farness = Callable[[Floats, Floats], Floats]
"""(known features [n, p], asked ones [m, p]) -> how far the latter lie, [m]; 1 is among them."""


def everywhere(known: Floats, asked: Floats) -> Floats:
    """No distance counts: intervals have one width."""
    return np.ones(len(asked))


def upper_quantile(values: Floats, level: float, axis: int = 0) -> Floats:
    """The ceil((n+1)·level)-th smallest value along `axis`; infinite when n is too small."""
    count = values.shape[axis]
    rank = int(np.ceil((count + 1) * level))
    if rank > count:
        return np.full(np.delete(values.shape, axis), np.inf)
    return np.asarray(np.take(np.sort(values, axis=axis), rank - 1, axis=axis))


@dataclass(frozen=True, slots=True, kw_only=True)
class JackknifePlus(Generic[Model]):
    """A fitted model with one sibling per left-out fold and the residuals found there.

    `fold_of` int [n] says which sibling did not see sample i; `residuals` float [n] are absolute
    and divided by how far the sample lay from those its sibling learned from.
    """

    model: Model
    siblings: tuple[Model, ...]
    fold_of: Ints
    residuals: Floats
    known: Floats
    farness: Farness

    def interval(self, features: Floats, level: float = 0.9) -> tuple[Floats, Floats]:
        """Lower and upper ends, each [n], of central intervals at `level`."""
        seen = np.stack([m.predict(features) for m in self.siblings])[self.fold_of]
        half = self.residuals[:, None] * self.farness(self.known, features)
        high = upper_quantile(seen + half, level)
        low = -upper_quantile(-(seen - half), level)
        centre = self.model.predict(features)
        return np.minimum(low, centre), np.maximum(high, centre)


def jackknife_plus(
    make: Callable[[], Model],
    features: Floats,
    target: Floats,
    groups: Ints | None = None,
    farness: Farness = everywhere,
) -> JackknifePlus[Model]:
    """Fit with every sample (or group) left out in turn."""
    names = np.arange(len(target)) if groups is None else groups
    _, fold_of = np.unique(names, return_inverse=True)
    siblings, residuals = [], np.empty(len(target))
    for fold in range(int(fold_of.max()) + 1):
        out = fold_of == fold
        sibling = make().fit(features[~out], target[~out])
        wrong = np.abs(target[out] - sibling.predict(features[out]))
        residuals[out] = wrong / farness(features[~out], features[out])
        siblings.append(sibling)
    return JackknifePlus(
        model=make().fit(features, target),
        siblings=tuple(siblings),
        fold_of=fold_of.astype(np.intp),
        residuals=residuals,
        known=features,
        farness=farness,
    )


def split_conformal(
    make: Callable[[], Model],
    features: Floats,
    target: Floats,
    *,
    level: float,
    rng: np.random.Generator,
) -> tuple[Model, float]:
    """The baseline: fit on one half, take the half width from the other. Returns both."""
    order = rng.permutation(len(target))
    fit, calibrate = order[: len(order) // 2], order[len(order) // 2 :]
    model = make().fit(features[fit], target[fit])
    scores = np.abs(target[calibrate] - model.predict(features[calibrate]))
    return model, float(upper_quantile(scores, level))
