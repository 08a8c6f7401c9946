"""Where a car stands among its like: the hook for fleets. Who the like are is the caller's choice.

A rank without enough others is no rank: below MIN_COHORT cars the answer is silence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from domain.health import Answer, Estimate, Silence

MIN_COHORT = 20
LEVEL = 0.9


def percentile(value: float, others: Sequence[float], *, what: str) -> Answer:
    """Share of the cohort that this value is above, in per cent, with Clopper-Pearson's interval.

    `others` are the same quantity of comparable cars (model, age, distance), this one left out.
    """
    known = np.asarray(others, dtype=np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    if n < MIN_COHORT:
        return Silence(
            reason="cohort_too_small",
            missing="more_cars_like_this",
            detail={"cars": n, "needed": MIN_COHORT},
        )
    below = int((known < value).sum())
    ties = int((known == value).sum())
    share = (below + ties / 2) / n
    tail = (1 - LEVEL) / 2
    low = 0.0 if below == 0 else float(beta.ppf(tail, below, n - below + 1))
    high = 1.0 if below == n else float(beta.ppf(1 - tail, below + 1, n - below))
    return Estimate(
        value=100 * share, low=100 * min(low, share), high=100 * max(high, share), unit="%",
        method=f"rank of {what} among comparable cars", level=LEVEL, windows=n, coverage=1.0,
    )  # fmt: skip
