"""Charge between rows: counted where rows follow each other, and across a gap what its ends prove.

rows close together        mean of both currents x time
a gap, current steady,     the same: a row each five minutes is enough for a steady charge
  gauge moved as it would
any other gap              what the gauge moved, by the capacity that the rest of the charge
                           shows: a pause in which it did not move carried nothing
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.base import Array

GAP_S = 120.0
"""A longer step between rows is a gap."""
STEADY = 0.1
"""Relative difference of the two currents beside a gap up to which the charge counts as steady; by
judgement: household charging holds its current to a few per cent."""
STEADY_SD = 0.03
"""Relative error of a steady gap's charge: current may have wandered by STEADY in between."""
GAUGE_SD_PCT = 1.0
"""Points by which a gauge, rounded at both ends, misses what it moved across a gap."""
AGREE_SHARE = 0.15
"""Share of the expected move by which gauge and current may differ and still agree: packs hold 75
to 105 % of what is assumed."""
PROVEN_PCT = 5.0
"""Points between close rows from which they show the capacity themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Steps of one charge: charge in Ah [n-1], its error in Ah, hours that were not observed."""

    steps_ah: Array
    sd_ah: float
    unseen_h: float


def count(hours: Array, current_a: Array, soc_pct: Array, rated_ah: float | None) -> Counted:
    """Charge between consecutive rows; `hours` [n-1] between them, the rest [n]."""
    mean = (current_a[1:] + current_a[:-1]) / 2
    steps, moved = mean * hours, np.diff(soc_pct)
    gap = hours > GAP_S / 3600
    if not gap.any():
        return Counted(steps_ah=steps, sd_ah=0.0, unseen_h=0.0)
    capacity_ah = _capacity(steps, moved, gap, rated_ah)
    expected = 100 * steps / capacity_ah
    apart = np.abs(np.diff(current_a)) > STEADY * np.maximum(np.abs(mean), 1e-9)
    agrees = np.abs(moved - expected) <= GAUGE_SD_PCT + AGREE_SHARE * np.abs(expected)
    broken = gap & (apart | ~agrees)
    counted = np.where(broken, np.maximum(moved, 0.0) * capacity_ah / 100, steps)
    sd = np.where(broken, GAUGE_SD_PCT * capacity_ah / 100, STEADY_SD * np.abs(steps))
    return Counted(
        steps_ah=counted,
        sd_ah=float(np.sqrt(np.sum(sd[gap] ** 2))),
        unseen_h=float(hours[broken].sum()),
    )


def _capacity(
    steps: Array, moved: Array, gap: npt.NDArray[np.bool_], rated_ah: float | None
) -> float:
    """Ah per full span: from close rows, else as rated, else from the whole charge."""
    near = ~gap
    if moved[near].sum() >= PROVEN_PCT and steps[near].sum() > 0:
        return float(100 * steps[near].sum() / moved[near].sum())
    if rated_ah:
        return rated_ah
    return float(100 * steps.sum() / max(moved.sum(), 1e-9))
