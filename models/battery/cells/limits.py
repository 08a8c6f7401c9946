"""What counts as an odd cell: every threshold of the cell watch, with its reason.

A cell must stand out in four ways at once, so that no single figure decides:

    mV        more than a sense line can be wrong (cell monitors: 2-5 mV typical, 15 mV over life)
    charge    more of a state-of-charge deficit than balancing leaves behind
    z         far outside this pack's own scatter (robust: 1.4826 MAD, floor 2.5 mV)
    lone      well beyond the 5 % and 95 % quantiles of the pack: a module in another climate
              moves many cells, a weak cell moves alone

and again and again: on several days and at several states of charge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.vehicle import Chemistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """A deviation so large that hours may stand for days: seen in `times` looks (and in 70 % of
    all) over `hours`. `shaped`: only where the shape rules out a sense line."""

    mv: float
    deficit_pct: float
    z: float
    lone: float
    times: int
    hours: float
    shaped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLimits:
    """Thresholds for one chemistry. Deficits are points of state of charge."""

    mv: float = 10.0
    deficit_pct: float = 1.5  # 3 sigma of a balanced pack (sigma 0.5 %)
    z: float = 5.0
    lone: float = 1.6
    days: int = 4
    of_days: int = 6
    bands: int = 3  # of 20 points of charge each
    large: tuple[Large, ...] = (
        Large(mv=60.0, deficit_pct=5.0, z=8.0, lone=2.0, times=4, hours=6.0, shaped=False),
        Large(mv=30.0, deficit_pct=3.0, z=8.0, lone=2.2, times=8, hours=20.0, shaped=True),
    )
    sense_mv: float = 60.0  # above this no sense line alone explains a standing deviation
    slope_low: float = 5.0  # mV per point of charge: bounds for the learned curve
    slope_default: float = 8.5
    slope_high: float = 15.0
    voltage_low: float = 3.2  # outside: knees where healthy cells spread
    voltage_high: float = 4.25
    ohm_share: float = 0.6  # extra resistance that is odd: 60 % of a typical cell's
    ohm_severe: float = 1.6
    growth_mv_day: float = 0.05  # below: within the drift of a sense line
    spread_pct: float = 5.0  # 5-95 % of all cells: the pack as a whole is out of balance
    spread_mv: float = 40.0


LIMITS = {
    Chemistry.NMC: CellLimits(),
    Chemistry.LFP: CellLimits(
        mv=20.0, slope_low=1.5, slope_default=3.0, slope_high=30.0, growth_mv_day=0.3,
        voltage_low=2.7, voltage_high=3.36, deficit_pct=3.0, spread_pct=10.0, spread_mv=60.0,
        large=(
            Large(mv=80.0, deficit_pct=8.0, z=8.0, lone=2.0, times=4, hours=6.0, shaped=False),
            Large(mv=50.0, deficit_pct=6.0, z=8.0, lone=2.2, times=8, hours=20.0, shaped=True),
        ),
    ),
}  # fmt: skip
"""LFP: on the plateau a few mV are many points, so millivolts must say more; above 3.36 V at rest
or in charge healthy cells run apart and nothing is concluded."""


TYPICAL_MOHM_AH = 60.0
"""Resistance of a healthy cell times its capacity: 0.5 mΩ at 120 Ah (standards section 10)."""


NOT_LFP_V = 3.70
"""No LFP cell rests above it: its rest curve ends well below, NMC passes it at middle charge."""


def guess_chemistry(
    voltage_v: float, soc_pct: float, so_far: Chemistry = Chemistry.UNKNOWN
) -> Chemistry:
    """Chemistry after one more rested look; UNKNOWN where curves cross.

    Between 50 and 95 % LFP rests at 3.25-3.35 V, NMC and NCA above 3.55 V. Without a state of
    charge, a pack on LFP's plateau is taken for one; a cell that rests above NOT_LFP_V is none,
    whatever was thought or registered.
    """
    if so_far is Chemistry.LFP and voltage_v > NOT_LFP_V:
        return Chemistry.NMC
    if so_far is not Chemistry.UNKNOWN:
        return so_far
    if voltage_v > NOT_LFP_V:
        return Chemistry.NMC
    if np.isnan(soc_pct):
        return Chemistry.LFP if 3.20 <= voltage_v < 3.36 else Chemistry.UNKNOWN
    if not 50 <= soc_pct <= 95:
        return Chemistry.UNKNOWN
    if voltage_v < 3.40:
        return Chemistry.LFP
    return Chemistry.NMC if voltage_v > 3.50 else Chemistry.UNKNOWN
