"""Support-vector regression with a radial kernel, quick to ask: one matrix product per block.

libsvm learns (quadratic in rows: callers thin them); its own answer walks kernel by kernel, which
takes ten times as long as the product below for a laboratory's hundred thousand cycles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVR

from models.lab.scales import Scales

Floats = npt.NDArray[np.float64]
_BLOCK = 8192  # rows whose kernel is held at once: some 100 MB with 1,400 vectors


@dataclass(slots=True, kw_only=True)
class SupportVectors:
    """Estimator on standardised features: `fit(features [n, p], target [n])`, `predict`."""

    penalty: float = 0.3
    tube: float = 0.003
    gamma: float = 0.01
    scales: Scales = field(init=False)
    vectors: Floats = field(init=False)
    weights: Floats = field(init=False)
    offset: float = field(init=False)

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn; constant features are ignored."""
        self.scales = Scales.of(features)
        learned = SVR(C=self.penalty, epsilon=self.tube, gamma=self.gamma)
        learned.fit(self.scales.measure(features), target)
        self.vectors = np.asarray(learned.support_vectors_)
        self.weights = np.asarray(learned.dual_coef_).ravel()
        self.offset = float(learned.intercept_[0])
        return self

    def predict(self, features: Floats) -> Floats:
        """[m, p] -> [m]."""
        starts = range(0, len(features), _BLOCK)
        return np.concatenate([self._block(features[at : at + _BLOCK]) for at in starts])

    def _block(self, features: Floats) -> Floats:
        z = self.scales.measure(features)
        squares = (z**2).sum(axis=1)[:, None] + (self.vectors**2).sum(axis=1)
        apart = np.maximum(squares - 2 * z @ self.vectors.T, 0.0)
        return np.asarray(np.exp(-self.gamma * apart) @ self.weights + self.offset)
