"""Centre and spread of training features, and features measured by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_ROUNDING = 1e-9  # of a feature's mean: less is how numbers are stored


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scales:
    """Means [p] and standard deviations [p] of what was learned from.

    The deviation of a constant feature is endless: nothing was learned of it, so it says nothing.
    """

    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, features: Floats) -> Self:
        """Scales of features [n, p]."""
        centre, spread = features.mean(axis=0), features.std(axis=0)
        varies = spread > _ROUNDING * np.abs(centre)
        return cls(centre=centre, spread=np.where(varies, spread, np.inf))

    def measure(self, features: Floats) -> Floats:
        """The same features in standard deviations from the centre, [m, p]."""
        return np.asarray((features - self.centre) / self.spread)
