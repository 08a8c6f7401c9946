"""Cox's proportional hazards: who fails sooner, by a line of features, whatever the common curve.

Partial likelihood with Breslow's ties and a ridge on standardised features (Cox 1972; Breslow
1974; Verweij and van Houwelingen 1994).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.lab.scales import Scales
from models.lab.survival.curves import Steps

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FARTHEST = 8.0
"""Logarithm of a hazard ratio (1 to 3,000) beyond which no sample of ours says anything."""


@dataclass(slots=True, kw_only=True)
class Cox:
    """`fit(features [n, p], time, event)`, `risk(features) -> [m]` log hazard ratios, `baseline`.

    `penalty` counts as many events as would speak for a slope of 0.
    """

    penalty: float = 1.0
    scales: Scales = field(init=False)
    slope: Floats = field(init=False)
    baseline: Steps = field(init=False)

    def fit(self, features: Floats, time: Floats, event: Ints) -> Self:
        """Learn; features without spread say nothing."""
        self.scales = Scales.of(features)
        order = np.argsort(-time, kind="stable")
        z, failed = self.scales.measure(features)[order], event[order] > 0
        last = np.searchsorted(-time[order], -time[order], side="right") - 1
        found = minimize(
            _cost,
            np.zeros(features.shape[1]),
            args=(z, failed, last, self.penalty),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 300, "ftol": 1e-10},
        )
        self.slope = np.asarray(found.x)
        self.baseline = breslow(self.risk(features), time, event)
        return self

    def risk(self, features: Floats) -> Floats:
        """Log hazard ratio to the average training life, [m]."""
        return np.clip(self.scales.measure(features) @ self.slope, -FARTHEST, FARTHEST)

    def cumulative_hazard(self, features: Floats, times: Floats) -> Floats:
        """[m, times]."""
        return np.asarray(np.exp(self.risk(features))[:, None] * self.baseline.at(times))


def breslow(risk: Floats, time: Floats, event: Ints) -> Steps:
    """The common cumulative hazard of lives whose log hazard ratios are known."""
    order = np.argsort(-time, kind="stable")
    summed = np.cumsum(np.exp(risk[order]))
    times, failed = np.unique(time[event > 0], return_counts=True)
    at_risk = summed[np.searchsorted(-time[order], -times, side="right") - 1]
    return Steps(times=times, values=np.cumsum(failed / at_risk), before=0.0)


def calibration_slope(risk: Floats, time: Floats, event: Ints, stratum: Ints) -> float | None:
    """Slope of Cox's model on predicted log hazards, one baseline per stratum; 1 is ideal.

    Below 1 predictions reach too far, above 1 not far enough; None where they do not differ.
    """
    centred = risk - np.array([risk[stratum == s].mean() for s in stratum.tolist()])
    if float(np.ptp(centred)) < 1e-9 or not (event > 0).any():
        return None
    parts = [_ordered(centred, time, event, stratum == s) for s in np.unique(stratum)]

    def cost(slope: Floats) -> tuple[float, Floats]:
        costs, gradients = zip(*(_cost(slope, *part, 0.0) for part in parts), strict=True)
        return float(sum(costs)), np.asarray(np.sum(gradients, axis=0))

    found = minimize(cost, np.ones(1), jac=True, method="L-BFGS-B", bounds=((-10, 10),))
    return float(found.x[0])


def _ordered(
    risk: Floats, time: Floats, event: Ints, of: npt.NDArray[np.bool_]
) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    rows = np.flatnonzero(of)
    rows = rows[np.argsort(-time[rows], kind="stable")]
    last = np.searchsorted(-time[rows], -time[rows], side="right") - 1
    return risk[rows][:, None], event[rows] > 0, last


def _cost(
    slope: Floats,
    z: Floats,
    failed: npt.NDArray[np.bool_],
    last: npt.NDArray[np.intp],
    penalty: float,
) -> tuple[float, Floats]:
    """Negative log partial likelihood and gradient; rows by falling time, `last` row at risk."""
    line = z @ slope
    top = float(line.max())
    weight = np.exp(line - top)
    total = np.cumsum(weight)[last][failed]
    mean = np.cumsum(weight[:, None] * z, axis=0)[last][failed] / total[:, None]
    likelihood = float((line[failed] - np.log(total) - top).sum())
    gradient = (z[failed] - mean).sum(axis=0)
    cost = 0.5 * penalty * float(slope @ slope) - likelihood
    return cost, np.asarray(penalty * slope - gradient)
