"""Half cells and the window in which a cell uses them: where capacity and curve shape come from.

    U_p(y) |\\.              positive electrode, y falls while charging
           |  '----.__
    OCV(SoC) = U_p(y) - U_n(x),   Q_n x + Q_p y = lithium,   U between v_low and v_high
           | '-.__________  negative electrode (graphite), x rises while charging

Losing lithium (LLI) slides the two curves against each other; losing active material (LAM) shrinks
one. Solving the two ends again gives the aged capacity *and* the aged curve, consistently.
Fits: graphite and NMC811 after Chen 2020, LFP after Afshar 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SOC_GRID = np.linspace(0.0, 1.0, 401)
_POINTS = 6000
"""Fine enough that the open-circuit curve is smooth to 0.1 mV."""


def graphite_v(x: Floats) -> Floats:
    """Potential against lithium of the negative electrode at lithiation x."""
    return np.asarray(
        1.9793 * np.exp(-39.3631 * x)
        + 0.2482
        - 0.0909 * np.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (x - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (x - 0.6103))
    )


def nmc811_v(y: Floats) -> Floats:
    """Potential of the NMC811 electrode at lithiation y."""
    return np.asarray(
        -0.8090 * y
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (y - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (y - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (y - 0.3120))
    )


def lfp_v(y: Floats) -> Floats:
    """Potential of the LFP electrode at lithiation y."""
    return np.asarray(3.4077 - 0.020269 * y + 0.5 * np.exp(-150 * y) - 0.9 * np.exp(-30 * (1 - y)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Electrodes:
    """A pairing as built: potentials, voltage limits, lithiations at empty and at full."""

    positive_v: Callable[[Floats], Floats]
    low_v: float
    high_v: float
    x_empty: float
    x_full: float
    y_empty: float
    y_full: float


ELECTRODES = {
    "nmc": Electrodes(
        positive_v=nmc811_v,
        low_v=2.5,
        high_v=4.2,
        x_empty=0.0263,
        x_full=0.9106,
        y_empty=0.8540,
        y_full=0.2638,
    ),
    "lfp": Electrodes(
        positive_v=lfp_v,
        low_v=2.5,
        high_v=3.6,
        x_empty=0.0355,
        x_full=0.8100,
        y_empty=0.6878,
        y_full=0.0038,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellCurve:
    """`capacity` relative to new (1.0); `ocv_v` on SOC_GRID of what is left."""

    capacity: float
    ocv_v: Floats

    def voltage(self, soc: Floats) -> Floats:
        """Open-circuit voltage at SoC 0..1; beyond the ends it is held."""
        return np.asarray(np.interp(soc, SOC_GRID, self.ocv_v))


@cache
def fresh(chemistry: str) -> CellCurve:
    """The new cell."""
    return solve(chemistry)


def solve(
    chemistry: str,
    *,
    lithium_lost: float = 0.0,
    negative_lost: float = 0.0,
    positive_lost: float = 0.0,
) -> CellCurve:
    """Curve and capacity after losses given as fractions of the new cell's capacity (LLI) or of
    an electrode (LAM). Raises KeyError for an unknown chemistry."""
    pair = ELECTRODES[chemistry]
    q_n = 1.0 / (pair.x_full - pair.x_empty) * (1 - negative_lost)
    q_p = 1.0 / (pair.y_empty - pair.y_full) * (1 - positive_lost)
    fresh = pair.x_full / (pair.x_full - pair.x_empty)
    lithium = fresh + pair.y_full / (pair.y_empty - pair.y_full) - lithium_lost
    y = np.linspace(0.9995, 0.0005, _POINTS)  # charging
    x = (lithium - q_p * y) / q_n
    inside = (x > 0.002) & (x < 0.998)
    y, x = y[inside], x[inside]
    volts = np.maximum.accumulate(pair.positive_v(y) - graphite_v(x))
    volts += np.arange(len(volts)) * 1e-12
    empty, full = np.interp([pair.low_v, pair.high_v], volts, y)
    at = empty + SOC_GRID * (full - empty)
    return CellCurve(
        capacity=float(q_p * (empty - full)), ocv_v=np.asarray(np.interp(-at, -y, volts))
    )
