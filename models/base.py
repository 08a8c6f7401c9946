"""What every model shares: its version, the shape of an answer, robust statistics.

A model takes plain arrays or windows, is causal, keeps no clock, and answers with domain.health
values: an Estimate with an interval, a Silence with what is missing, or Findings with evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from domain.health import Answer, Finding

MODEL_VERSION = "battery-1"
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


def digest(*parts: object) -> str:
    """Short hash of what went in: arrays by shape and bytes, everything else by repr."""
    h = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            h.update(str(part.shape).encode())
            h.update(np.ascontiguousarray(part).tobytes())
        else:
            h.update(repr(part).encode())
    return h.hexdigest()
