"""Where a curve has to be broken: stretches of time that nothing was measured in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

GAP_STEPS = 4
"""A hole is at least so many usual steps wide: fewer are a reading or two that were lost."""
HOUR_MS = 3_600_000
READINGS_GAP_MS = HOUR_MS / 6
"""Readings less than ten minutes apart belong together, however dense the others are."""
CHARGES_GAP_MS = 60 * 24 * HOUR_MS
"""Points of a health curve come with charges; two months without any are a hole."""


def runs(times_ms: Sequence[float], least_ms: float) -> list[range]:
    """Index ranges without a hole between them; a hole is longer than `least_ms` (ms) and than
    `GAP_STEPS` times the usual step. `times_ms` ascends.

    >>> runs([0, 10, 20, 100, 110], 15)
    [range(0, 3), range(3, 5)]
    """
    if not times_ms:
        return []
    steps = [later - earlier for earlier, later in pairwise(times_ms)]
    least = max(least_ms, GAP_STEPS * median(steps)) if steps else least_ms
    starts = [0, *(k + 1 for k, step in enumerate(steps) if step > least)]
    return [range(a, b) for a, b in pairwise([*starts, len(times_ms)])]
