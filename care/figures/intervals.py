"""Intervals of shares: small numbers do not rank."""

from __future__ import annotations

import math

Z90 = 1.6449
"""The normal quantile of a 90 % interval (two-sided)."""


def wilson(hits: int, n: int) -> tuple[float | None, float, float]:
    """Share and its 90 % Wilson interval (Wilson 1927); None and 0..1 for no trials.

    >>> wilson(0, 0)
    (None, 0.0, 1.0)
    """
    if n == 0:
        return None, 0.0, 1.0
    share = hits / n
    middle = share + Z90**2 / (2 * n)
    half = Z90 * math.sqrt(share * (1 - share) / n + Z90**2 / (4 * n * n))
    scale = 1 + Z90**2 / n
    return share, max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
