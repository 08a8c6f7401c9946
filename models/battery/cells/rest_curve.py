"""The pack's own rest curve, learned look by look: how many mV one point of charge makes."""

from __future__ import annotations

import numpy as np

from models.battery.cells.limits import CellLimits
from models.battery.snapshot import resume, snapshot
from models.state import State

SOC_BIN_PCT = 2.5
"""Width of a bin of charge; by judgement: finer than the knees of a rest curve."""
REACH = 3
"""Bins on each side that say something about the slope in the middle."""
_PARTS = ("looks", "volts")


class RestCurve:
    """Number of looks and sum of their voltages per bin of charge."""

    def __init__(self) -> None:
        self.looks = np.zeros(int(100 / SOC_BIN_PCT) + 1)
        self.volts = np.zeros_like(self.looks)

    def learn(self, soc_pct: float, voltage_v: float) -> None:
        """Add one point; a look without a state of charge adds nothing."""
        if 0 <= soc_pct <= 100:
            at = round(soc_pct / SOC_BIN_PCT)
            self.looks[at] += 1
            self.volts[at] += voltage_v

    def slope(self, soc_pct: float, limits: CellLimits) -> float:
        """mV per point of charge around here: learned where the curve is known, else typical."""
        if not 0 <= soc_pct <= 100:
            return limits.slope_default
        at = round(soc_pct / SOC_BIN_PCT)
        near = range(max(at - REACH, 0), min(at + REACH + 1, len(self.looks)))
        seen = [(i * SOC_BIN_PCT, float(self.looks[i]), float(self.volts[i])) for i in near]
        known = [(x, volts / looks) for x, looks, volts in seen if looks]
        if len(known) < 2 or known[-1][0] - known[0][0] < 3 * SOC_BIN_PCT:
            return limits.slope_default
        middle = sum(x for x, _ in known) / len(known)
        slope = sum((x - middle) * v for x, v in known) / sum((x - middle) ** 2 for x, _ in known)
        return min(max(1000 * slope, limits.slope_low), limits.slope_high)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return snapshot(self, _PARTS)

    @classmethod
    def restore(cls, state: State) -> RestCurve:
        """The curve as it was."""
        curve = cls()
        resume(curve, state, _PARTS)
        return curve
