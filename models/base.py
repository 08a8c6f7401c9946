"""What every model shares: its version, the shape of an answer, robust statistics.

A model takes plain arrays or windows, is causal, keeps no clock, and answers with domain.health
values: an Estimate with an interval, a Silence with what is missing, or Findings with evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from domain.health import Answer, Finding
from domain.readings import Day, Window
from domain.vehicle import Vehicle
from models.state import State

MODEL_VERSION = "battery-4"
"""Changes whenever the same rows may give another answer."""

Array = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one family of models said: part of an Assessment.

    `causes` are the causes that were really examined: a finding that is no longer among
    `findings` may recover only if its cause is listed here.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    causes: frozenset[str] = frozenset()


Gone = Callable[[int], bool]
"""Does a moment (UTC ms) lie on a day of which no rows are left?"""


class Case(Protocol):
    """One vehicle under examination: whole UTC days go in, in order; then it is judged.

    What it says depends on the days alone: a case that went through `state` and `restore` between
    two days goes on exactly like one that did not.
    """

    def add(self, day: Day) -> None:
        """The next day; nothing of it is added later."""
        ...

    def judgement(self) -> Judgement:
        """What the days so far say. Reads no clock, draws nothing, changes nothing."""
        ...

    def state(self) -> State:
        """A snapshot of everything that `judge` and further days need."""
        ...

    def restore(self, state: State) -> None:
        """Go on from a snapshot; the case must be a fresh one of the same vehicle."""
        ...

    def carry(self, before: State, gone: Gone) -> None:
        """Take over from an older snapshot the features of days that are `gone`: their rows have
        reached their term, they have not."""
        ...


class Family(Protocol):
    """A family of models: what it reads, and how a case is opened for a vehicle."""

    @property
    def name(self) -> str:
        """Its word in a checkpoint."""
        ...

    @property
    def signals(self) -> Sequence[str]:
        """Catalogue names of the columns that it reads."""
        ...

    @property
    def parts(self) -> bool:
        """True if it reads cells and probes."""
        ...

    @property
    def records(self) -> Sequence[str]:
        """Kinds of records that it reads."""
        ...

    def open(self, vehicle: Vehicle) -> Case | None:
        """A fresh case, None where the family has nothing to say about such a vehicle."""
        ...


def moment(t_ms: int) -> datetime:
    """Aware UTC time of a tick."""
    return datetime.fromtimestamp(t_ms / 1000, tz=UTC)


def mad_sigma(values: Array, axis: int = -1) -> Array:
    """Robust standard deviation: 1.4826 times the median absolute deviation."""
    centre = np.median(values, axis=axis, keepdims=True)
    return np.asarray(1.4826 * np.median(np.abs(values - centre), axis=axis))


def row_median(values: Float32) -> Float32:
    """Median of every row, NaN left out; NaN for a row without values.

    >>> row_median(np.array([[1, 2, 9], [np.nan, 4, 6]], dtype=np.float32)).tolist()
    [2.0, 5.0]
    """
    if values.shape[1] == 0:
        return np.full(values.shape[0], np.nan, dtype=np.float32)
    ordered = np.sort(values, axis=1)  # NaN goes last
    known = values.shape[1] - np.isnan(ordered).sum(axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(known - 1, 0) // 2, known // 2
    high = np.minimum(high, np.maximum(known - 1, 0))
    return np.asarray((ordered[rows, low] + ordered[rows, high]) / np.float32(2))


def theil_sen(x: Array, y: Array) -> tuple[float, float, float]:
    """Median slope of y over x with a 90 % interval by Sen's rank method (Sen 1968).

    Returns (slope, low, high); (0, -inf, inf) with fewer than four distinct points.
    """
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] != x[i]
    slopes = np.sort((y[j] - y[i])[apart] / (x[j] - x[i])[apart])
    n, pairs = len(x), len(slopes)
    if n < 4 or pairs < 4:
        return 0.0, -np.inf, np.inf
    width = 1.645 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(round((pairs - width) / 2), 0)
    high = min(round((pairs + width) / 2), pairs - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


class Digest:
    """What went in, as a short hash: windows by their bytes, everything else by repr."""

    def __init__(self, *parts: object) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.add(*parts)

    def add(self, *parts: object) -> None:
        """More input; dataclasses and plain containers are told by their repr."""
        for part in parts:
            self._hash.update(repr(part).encode())

    def window(self, window: Window) -> None:
        """A window's ticks, values and parts, signals by name."""
        self._array(window.ticks_ms)
        for name in sorted(window.columns):
            self._hash.update(name.encode())
            self._array(window.columns[name].values)
        for matrix in (window.cells, window.probes):
            if matrix is not None:
                self._array(matrix.ticks_ms)
                self._array(matrix.values)

    def text(self) -> str:
        """Hex of everything so far."""
        return self._hash.hexdigest()

    def _array(self, values: npt.NDArray[np.generic]) -> None:
        self._hash.update(str(values.shape).encode())
        self._hash.update(np.ascontiguousarray(values).tobytes())
