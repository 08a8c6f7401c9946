"""Open-circuit voltage of a cell from its two half cells, and the window it is used in.

Graphite against NMC811 (Chen 2020) or LFP (Afshar 2017), standards.md section 10 *OCV*.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_contracts.telemetry import Float64


def _graphite(x: Float64) -> Float64:
    return np.asarray(
        1.9793 * np.exp(-39.3631 * x) + 0.2482 - 0.0909 * np.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (x - 0.2769)) - 0.0205 * np.tanh(30.4444 * (x - 0.6103))
    )  # fmt: skip


def _nmc(y: Float64) -> Float64:
    return np.asarray(
        -0.8090 * y + 4.4875 - 0.0428 * np.tanh(18.5138 * (y - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (y - 0.3117)) + 17.5842 * np.tanh(15.9308 * (y - 0.3120))
    )  # fmt: skip


def _lfp(y: Float64) -> Float64:
    return np.asarray(3.4077 - 0.020269 * y + 0.5 * np.exp(-150 * y) - 0.9 * np.exp(-30 * (1 - y)))


_WINDOWS: dict[str, tuple[Callable[[Float64], Float64], float, float, float, float]] = {
    "nmc": (_nmc, 0.0263, 0.9106, 0.8540, 0.2638),
    "lfp": (_lfp, 0.0355, 0.8100, 0.6878, 0.0038),
}
GRID = np.linspace(0, 1, 401)


def curve(chemistry: str) -> Float64:
    """OCV in V on `GRID` (SoC 0..1) of a fresh cell."""
    if chemistry not in _WINDOWS:
        raise ValueError(f"chemistry {chemistry!r} is not one of {', '.join(_WINDOWS)}")
    positive, x0, x1, y0, y1 = _WINDOWS[chemistry]
    return positive(y0 + GRID * (y1 - y0)) - _graphite(x0 + GRID * (x1 - x0))
