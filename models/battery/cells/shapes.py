"""What a cell's deviation follows over the looks: an offset, a lack of charge, or a lack of size.

    offset   d = const            a sense line that reads wrong by the same amount everywhere
    charge   d ~ s                a deficit of charge: d follows the slope of the OCV curve
    size     d ~ s * depth        a small cell: level when full, lower the emptier the pack

s stands for the slope twice: as the pack's own scatter, and as its learned rest curve. Fitted by
least squares through zero from running sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array
from models.battery.snapshot import resume, snapshot
from models.state import State

OFFSET_LOOKS = 10
"""Hours before a constant offset is believed; by judgement."""
FADE = 0.98
"""Of every look before, per look: a fault that came later speaks for itself after some 30 looks."""
CONTRAST, OFFSET_CONTRAST = 0.2, 0.25
"""Relative scatter of a stand-in below which it tells nothing apart, and which an offset asks for;
by judgement."""
OFFSET_LEFT, EXPLAINED_LEFT, SMALL_LEFT = 0.5, 0.25, 0.7
"""What an offset may leave of what charge or size leave, what those may leave of the whole, and
what size may leave of what charge leaves; by judgement."""
SURER = 0.85
"""What is left unexplained by charge or size, of what an offset leaves: nearer is undecided."""
Bools = npt.NDArray[np.bool_]
_PARTS = ("looks", "plain", "stands", "along")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """Which explanation fits each cell: offset, follows (charge or size), and of those: small."""

    offset: Bools
    follows: Bools
    small: Bools


class ShapeSums:
    """Running sums over the looks of one pack, older ones fading."""

    def __init__(self, cells: int) -> None:
        self.looks = 0.0
        self.plain = np.zeros((2, cells))
        """Per cell: sum d, sum d*d."""
        self.stands = np.zeros((2, 4))
        """Sum and sum of squares of four stand-ins: scatter, slope, and each times depth."""
        self.along = np.zeros((4, cells))
        """Per cell: sum of d times each stand-in."""

    def add(self, d: Array, *, scale: float, slope: float, depth: float) -> None:
        """One look: deviations [cells] in mV, and what stands for the slope in it."""
        stands = np.array([scale, slope, scale * depth, slope * depth])
        for sums in (self.plain, self.stands, self.along):
            sums *= FADE
        self.looks = FADE * self.looks + 1
        self.stands[0] += stands
        self.stands[1] += stands * stands
        self.along += stands[:, None] * d
        self.plain[0] += d
        self.plain[1] += d * d

    def shapes(self) -> Shapes:
        """The best explanation of each cell. A stand-in that hardly changed (CONTRAST) tells
        nothing apart and is left out."""
        n, d, dd = max(self.looks, 1), self.plain[0], self.plain[1]
        mean = self.stands[0] / n
        contrast = np.sqrt(np.maximum(self.stands[1] / n - mean**2, 0)) / np.maximum(mean, 1e-9)
        left = dd - self.along**2 / np.maximum(self.stands[1], 1e-9)[:, None]
        left[contrast < CONTRAST] = np.inf
        offset = dd - d * d / n
        charge, size = left[:2].min(axis=0), left[2:].min(axis=0)
        physical = np.minimum(charge, size)
        telling = n >= OFFSET_LOOKS and bool((contrast[:2] >= OFFSET_CONTRAST).any())
        return Shapes(
            offset=(offset < OFFSET_LEFT * physical) & np.isfinite(physical) & telling,
            follows=(physical < SURER * offset) & (physical < EXPLAINED_LEFT * dd),
            small=size < SMALL_LEFT * charge,
        )

    def state(self) -> State:
        """A snapshot for `restore`."""
        return snapshot(self, _PARTS)

    @classmethod
    def restore(cls, state: State) -> ShapeSums:
        """The sums as they were."""
        sums = cls(state["plain"].shape[1])
        resume(sums, state, _PARTS)
        return sums
