"""Columns of a survival table as numbers: for lines (filled, one column per level) and for trees.

What is learned from training lives: medians that stand for unknown numbers, which levels there
are. A level never seen says nothing; that a number is unknown may say something of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
MOST_LEVELS = 30
"""Levels of a category; the rarest are one."""
_RARE = 5  # rows of a level that a line gets a slope of its own for
UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """Named columns of n lives: numbers [n] with NaN for unknown, texts [n] with '' for unknown."""

    rows: int
    numbers: dict[str, Floats]
    texts: dict[str, Texts]

    def part(self, rows: npt.NDArray[np.bool_]) -> Features:
        """Some of the rows."""
        return Features(
            rows=int(rows.sum()),
            numbers={name: column[rows] for name, column in self.numbers.items()},
            texts={name: column[rows] for name, column in self.texts.items()},
        )

    def count(self) -> int:
        """How many columns there are."""
        return len(self.numbers) + len(self.texts)


@dataclass(slots=True, kw_only=True)
class Coded:
    """`fit(features)`, then `for_lines` and `for_trees`, each [n, columns]."""

    medians: dict[str, float] = field(init=False)
    bounds: dict[str, tuple[float, float]] = field(init=False)
    levels: dict[str, list[str]] = field(init=False)

    def fit(self, features: Features) -> Self:
        """Learn medians, ranges and levels."""
        self.medians, self.bounds = {}, {}
        for name, column in features.numbers.items():
            known = column[np.isfinite(column)]
            self.medians[name] = float(np.median(known)) if len(known) else 0.0
            self.bounds[name] = _bounds(known)
        self.levels = {name: _levels(column) for name, column in features.texts.items()}
        return self

    @property
    def categorical(self) -> tuple[int, ...]:
        """Which columns of `for_trees` are levels."""
        return tuple(range(len(self.medians), len(self.medians) + len(self.levels)))

    def for_lines(self, features: Features) -> Floats:
        """Numbers filled and held in the range learned from, marks of unknown, levels."""
        columns = [np.zeros(features.rows)]
        for name, median in self.medians.items():
            column = features.numbers[name]
            unknown = ~np.isfinite(column)
            columns.append(np.clip(np.where(unknown, median, column), *self.bounds[name]))
            columns.append(unknown.astype(np.float64))
        for name, levels in self.levels.items():
            columns += [(features.texts[name] == level).astype(np.float64) for level in levels[1:]]
        return np.column_stack(columns)

    def for_trees(self, features: Features) -> Floats:
        """Numbers as they are, levels as their number, NaN for unknown ones."""
        columns = [np.where(np.isfinite(c), c, np.nan) for c in features.numbers.values()]
        for name, levels in self.levels.items():
            number = {level: float(at) for at, level in enumerate(levels)}
            texts = features.texts[name].tolist()
            columns.append(np.array([number.get(text, np.nan) for text in texts]))
        return np.column_stack(columns) if columns else np.zeros((features.rows, 1))


def _bounds(known: Floats) -> tuple[float, float]:
    """Range of a number a line may use: a fence of five quartile widths keeps typing errors out."""
    if not len(known):
        return 0.0, 0.0
    low, high = (float(q) for q in np.quantile(known, (0.05, 0.95)))
    reach = 2.0 * (high - low) or float(np.ptp(known))
    return low - reach, high + reach


def _levels(column: Texts) -> list[str]:
    """Levels, the most frequent first; rare ones share its slope."""
    names, counts = np.unique(column, return_counts=True)
    order = np.lexsort((names, -counts))
    common = [str(names[i]) for i in order if counts[i] >= _RARE]
    return (common or [str(names[order[0]])])[:MOST_LEVELS]
