"""Cycles to 80 % of an LFP cell from its first hundred discharges (Severson 2019, Nature Energy).

What a cell loses in capacity after 100 cycles says little; how its discharge curve Q(V) changes
shape says much. Features are taken from ΔQ(V) between early and late cycles (single cycles, and
medians over windows, which keep out a disturbed cycle), its speed in the second half, the fade of
capacity and how it bends, and the capacity of the first cycles and how it settles. The target is
log10(cycle life).

Three members vote: a line and a Gaussian process on shape and beginning, and a Gaussian process
on shape and fade. The third knows nothing of the beginning, because first capacity and settling
also follow from how long a cell lay on the shelf; for the same reason these two may speak hardly
beyond what training showed.

Intervals come from what siblings said of blocks of neighbours they had not seen, and widen with the
distance from the training cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab.committee import Committee, LinearMember, Member
from models.lab.conformal import JackknifePlus, jackknife_plus
from models.lab.discharge_curves import FIRST_CYCLE
from models.lab.farness import farness
from models.lab.gaussian_process import GaussianProcess

Floats = npt.NDArray[np.float64]
_SHAPE = (
    "log variance of ΔQ 100-10",
    "log variance of ΔQ late-early",
    "log |minimum| of ΔQ 100-10",
    "log kurtosis of ΔQ 100-10",
    "log kurtosis of ΔQ late-early",
    "log variance of ΔQ late-mid",
)
_BEGINNING = ("first capacity", "settling of the first cycles")
_FADE = ("fade of capacity", "bend of the fade")
FEATURES = (*_SHAPE, *_BEGINNING, *_FADE)
FEWEST_CELLS = 12
BLOCKS = 6
"""Runs of neighbours in the file, left out together: they often share a protocol, as batches do."""
_EARLY, _MID, _LATE = (9, 13), (46, 55), (91, 100)
_TINY = 1e-12
"""Keeps a logarithm and a quotient finite."""


def early_life_features(curves: Floats) -> Floats:
    """Features [cells, 10] in the order of FEATURES; capacities in Ah."""
    early, mid, late = (_window(curves, span) for span in (_EARLY, _MID, _LATE))
    single, windowed = _cycle(curves, 100) - _cycle(curves, 10), late - early
    capacity = curves.max(axis=1)
    before, between, after = (_window(capacity, span) for span in (_EARLY, _MID, _LATE))
    first = capacity[:, 0]
    return np.column_stack(
        [
            _log(single.var(axis=1)),
            _log(windowed.var(axis=1)),
            _log(np.abs(single.min(axis=1))),
            _kurtosis(single),
            _kurtosis(windowed),
            _log((late - mid).var(axis=1)),
            first,
            np.median(capacity[:, :5], axis=1) - first,
            after - before,
            (after - between) - (between - before),
        ]
    )


def committee() -> Committee:
    """The unfitted committee on early-life features."""
    start = tuple(FEATURES.index(name) for name in (*_SHAPE, *_BEGINNING))
    fade = tuple(FEATURES.index(name) for name in (*_SHAPE, *_FADE))
    return Committee(
        members=(
            Member(make=LinearMember, columns=start),
            Member(make=GaussianProcess, columns=start),
            Member(make=GaussianProcess, columns=fade),
        ),
        reach=np.array([0.1 if name in _BEGINNING else 0.5 for name in FEATURES]),
    )


@dataclass(slots=True, kw_only=True)
class EarlyLifeForecast:
    """Cycle life from `Q(V)` of cycles 2 to 100: `fit(curves, life)`, `predict`, `interval`."""

    level: float = 0.9
    fitted: JackknifePlus[Committee] = field(init=False)

    def fit(self, curves: Floats, life_cycles: Floats) -> Self:
        """Learn from curves [n, voltages, 99] and lives in cycles [n]; at least twelve cells."""
        if len(life_cycles) < FEWEST_CELLS:
            remedy = f"give at least {FEWEST_CELLS} cells"
            raise BadInput("life", f"{len(life_cycles)} cells", "are too few", remedy=remedy)
        if not (np.isfinite(life_cycles).all() and (life_cycles > 0).all()):
            raise BadInput("life", life_cycles.min(), "is not above 0", remedy="drop such cells")
        features = early_life_features(curves)
        count = len(life_cycles)
        enough = count - -(-count // BLOCKS) >= FEWEST_CELLS - 1
        blocks = np.arange(count) * (BLOCKS if enough else count) // count
        self.fitted = jackknife_plus(
            committee, features, np.log10(life_cycles), groups=blocks, farness=farness
        )
        return self

    def predict(self, curves: Floats) -> Floats:
        """Cycles to 80 % of nominal capacity, [n]."""
        return np.asarray(10 ** self.fitted.model.predict(early_life_features(curves)))

    def interval(self, curves: Floats) -> tuple[Floats, Floats]:
        """Ends of the central interval at `level`, cycles, each [n]."""
        low, high = self.fitted.interval(early_life_features(curves), self.level)
        return 10**low, 10**high

    def extrapolates(self, curves: Floats) -> npt.NDArray[np.bool_]:
        """True where a cell lies beyond what the training cells showed, [n]."""
        return self.fitted.model.extrapolates(early_life_features(curves))


def _cycle(curves: Floats, number: int) -> Floats:
    return np.asarray(curves[..., number - FIRST_CYCLE])


def _window(curves: Floats, span: tuple[int, int]) -> Floats:
    first, last = (number - FIRST_CYCLE for number in span)
    return np.asarray(np.median(curves[..., first : last + 1], axis=-1))


def _log(values: Floats) -> Floats:
    return np.asarray(np.log10(np.maximum(values, _TINY)))


def _kurtosis(change: Floats) -> Floats:
    centred = change - change.mean(axis=1, keepdims=True)
    variance = np.maximum((centred**2).mean(axis=1), _TINY)
    return _log((centred**4).mean(axis=1) / variance**2)
