"""How much each member of the hazard counts: the mixture that made lives left out most likely.

The mixture is a line of log hazards with an intercept; no weight is negative. It begins at the two
linear members and a few events speak for that, so that trees have to earn their part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.lab.survival.cox import FARTHEST
from models.lab.survival.members import MEMBERS

Floats = npt.NDArray[np.float64]
_START = np.array([0.0, 0.5, 0.5, 0.0, 0.0])  # intercept, then members
_PULL = 4.0  # events that speak for the start
_WIDEST = 4 * FARTHEST  # of the typical log hazard
_BOUNDS = [(-1.0, 1.0)] + [(0.0, 1.5)] * len(MEMBERS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend:
    """Intercept and shares [members] of log hazards, counted from a `typical` one."""

    weights: Floats
    typical: float

    @classmethod
    def untaught(cls) -> Self:
        """Half Cox, half Weibull: what stands where too few events are known to choose."""
        return cls(weights=_START, typical=0.0)

    @classmethod
    def of(cls, log_hazards: Floats, exposure: Floats, ended: Floats) -> Self:
        """From log hazards [members, n, k] of lives by members that have not seen them."""
        used = exposure > 0
        typical = float(log_hazards[:, used].mean())
        bases, spent, happened = log_hazards[:, used] - typical, exposure[used], ended[used]

        def cost(weights: Floats) -> tuple[float, Floats]:
            away = weights - _START
            line = np.clip(weights[0] + typical + weights[1:] @ bases, -700, 700)
            expected = spent * np.exp(line)
            gap = expected - happened
            gradient = np.append(gap.sum(), bases @ gap) + 2 * _PULL * away
            likelihood = float((happened * line).sum() - expected.sum())
            return _PULL * float(away @ away) - likelihood, gradient

        found = minimize(cost, _START, jac=True, method="L-BFGS-B", bounds=_BOUNDS)
        return cls(weights=np.asarray(found.x), typical=typical)

    def log_hazard(self, log_hazards: Floats) -> Floats:
        """[members, n, k] -> [n, k]."""
        away = np.tensordot(self.weights[1:], log_hazards - self.typical, axes=1)
        line = self.weights[0] + self.typical + away
        return np.asarray(np.clip(line, self.typical - _WIDEST, self.typical + _WIDEST))

    def shares(self) -> dict[str, float]:
        """The weight of each member by name."""
        return {name: float(w) for name, w in zip(MEMBERS, self.weights[1:], strict=True)}


def surprise(log_hazard: Floats, exposure: Floats, ended: Floats) -> float:
    """Negative log likelihood of counts per period."""
    return float((exposure * np.exp(log_hazard) - ended * log_hazard).sum())
