"""A committee: a few members that each look at some of the features, and vote with equal weight.

With some forty cells no single view wins: whatever one leaves out, another errs on. Each member
learns from its own columns; the mean of their answers is the committee's. When predicting, every
feature is held within what the training samples showed plus `reach` (a share of their range): a
sample from elsewhere gets the answer of the edge, not of a line drawn far beyond it. A vote is
held within half a training range of the training targets, for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from models.lab.conformal import Regressor
from models.lab.scales import Scales

Floats = npt.NDArray[np.float64]
_BEYOND = 0.5  # of the training targets' range
_SAME = 1e-8  # columns closer to one another than this (relative) say the same thing


@dataclass(slots=True, kw_only=True)
class LinearMember:
    """Least squares on standardised features: `fit(features [n, p], target [n])`, `predict`."""

    scales: Scales = field(init=False)
    slope: Floats = field(init=False)
    offset: float = field(init=False)

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn; of features that say the same thing each carries a part."""
        self.scales, self.offset = Scales.of(features), float(target.mean())
        z = self.scales.measure(features)
        slope = np.linalg.lstsq(z, target - self.offset, rcond=_SAME)[0]
        self.slope = np.asarray(slope, dtype=np.float64)
        return self

    def predict(self, features: Floats) -> Floats:
        """[m, p] -> [m]."""
        return np.asarray(self.offset + self.scales.measure(features) @ self.slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What one member is and which columns it looks at."""

    make: Callable[[], Regressor]
    columns: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class Committee:
    """Estimator: `fit(features [n, p], target [n])`, then `predict(features [m, p]) -> [m]`.

    `reach` float [p]: how far beyond the training range, as a share of it, a feature may speak.
    """

    members: Sequence[Member]
    reach: Floats
    low: Floats = field(init=False)
    high: Floats = field(init=False)
    least: float = field(init=False)
    most: float = field(init=False)
    fitted: list[Regressor] = field(init=False)

    def fit(self, features: Floats, target: Floats) -> Self:
        """Learn; ValueError when a member has as many columns as there are samples."""
        needed = max(len(member.columns) for member in self.members) + 3
        if len(target) < needed:
            raise ValueError(f"{len(target)} samples are too few: give at least {needed}")
        beyond, margin = self.reach * np.ptp(features, axis=0), _BEYOND * float(np.ptp(target))
        self.least, self.most = float(target.min()) - margin, float(target.max()) + margin
        self.low, self.high = features.min(axis=0) - beyond, features.max(axis=0) + beyond
        self.fitted = [
            member.make().fit(features[:, member.columns], target) for member in self.members
        ]
        return self

    def predict(self, features: Floats) -> Floats:
        """Mean of the members' predictions, [m]."""
        held = np.clip(features, self.low, self.high)
        pairs = zip(self.members, self.fitted, strict=True)
        votes = [model.predict(held[:, member.columns]) for member, model in pairs]
        return np.asarray(np.mean(np.clip(votes, self.least, self.most), axis=0))

    def extrapolates(self, features: Floats) -> npt.NDArray[np.bool_]:
        """True where a feature lies beyond the reach of the training samples and was held back."""
        return np.asarray(((features < self.low) | (features > self.high)).any(axis=1))
