"""Made-up cells whose life follows how their discharge curve changes: ground truth for tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def cells(count: int, seed: int) -> tuple[Floats, Floats]:
    """Curves [count, 200, 99] in Ah and lives [count] in cycles."""
    rng = np.random.default_rng(seed)
    voltage = np.linspace(3.5, 2.0, 200)
    discharged = 1.07 / (1 + np.exp((voltage - 3.1) / 0.05))
    life = 10 ** rng.normal(2.8, 0.18, count)
    dip = -0.03 * (life / 600.0) ** -1.6
    shape = np.exp(-(((voltage - 3.05) / 0.08) ** 2))
    growth = (np.arange(2, 101) / 100.0) ** 1.5
    curves = discharged[None, :, None] + dip[:, None, None] * shape[None, :, None] * growth
    curves += (
        rng.normal(0, 2e-4, curves.shape) + rng.normal(0, 2e-3, (count, 1, 1)) * shape[:, None]
    )
    return curves, life * 10 ** rng.normal(0, 0.02, count)
