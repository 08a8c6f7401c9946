"""A recording of one car's battery as its contract rows would carry it, with the truth beside it.

Arrays are named by the catalogue; null is NaN; current is positive into the battery. Readings have
sensor errors, noise, the rounding of this car's messages, lost rows and lost days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulators.battery.faults import CellFault

Floats = npt.NDArray[np.float64]


TURNS = ("new_pack", "recalibrated")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackTurn:
    """What happens to the battery at midnight before day `day` of the recording: another pack of
    the same kind, or a gauge set anew (6 points of charge, 6 % of its belief)."""

    kind: str
    day: int

    def __post_init__(self) -> None:
        if self.kind not in TURNS:
            raise ValueError(f"turn {self.kind!r} is not one of {', '.join(TURNS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSpec:
    """What is drawn or chosen about one car; `seed` decides all that is not given here.

    `habits` overrides drawn habits by name; `current_gain` the drawn gain of the current sensor.
    Cells are read one after another within `scan_s`, each line off by `sense_sd_mv` (1 sd), and
    rounded to `cell_step_mv`.
    """

    seed: int
    chemistry: str = "nmc"
    days: int = 90
    age_years: float = 3.0
    period_s: float = 30.0
    parked_period_s: float = 1800.0
    cells: int = 96
    rated_ah: float = 150.0
    start_ms: int = 1_714_492_800_000
    faults: tuple[CellFault, ...] = ()
    turns: tuple[PackTurn, ...] = ()
    habits: Mapping[str, float] = field(default_factory=dict, hash=False)
    current_gain: float | None = None
    with_cells: bool = False
    cell_step_mv: float = 1.0
    sense_sd_mv: float = 1.0
    scan_s: float = 0.5
    lost_rows: float = 0.01
    lost_days: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the estimators must find, at the end of the recording. Energy is from full to empty at
    C/3 and 25 °C."""

    capacity_ah: float
    capacity_soh_pct: float
    energy_kwh: float
    energy_soh_pct: float
    resistance_ratio: float
    lithium_lost: float
    full_cycles: float
    factor: float
    current_gain: float
    bms_capacity_ah: float
    before_turn_pct: float = float("nan")
    """Capacity health just before the pack was changed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """`columns` float64 [n] by catalogue name on `ticks_ms` int64 [n]; cells float32 [n, cells]."""

    spec: LifeSpec
    ticks_ms: npt.NDArray[np.int64]
    columns: Mapping[str, Floats]
    truth: Truth
    cells_v: npt.NDArray[np.float32] | None = None


def draw_spec(seed: int, index: int, *, lfp_share: float = 0.5, days: int = 90) -> LifeSpec:
    """The `index`-th car of a fleet: chemistry, size, age and message rate at random."""
    rng = np.random.default_rng([seed, index])
    lfp = bool(rng.random() < lfp_share)
    return LifeSpec(
        seed=int(rng.integers(2**62)),
        chemistry="lfp" if lfp else "nmc",
        days=days,
        age_years=float(rng.uniform(0.3, 8.0)),
        period_s=float(rng.choice([10.0, 30.0])),
        cells=int(rng.choice([104, 112, 120]) if lfp else rng.choice([96, 100, 108])),
        rated_ah=float(rng.choice([105.0, 135.0, 161.0] if lfp else [120.0, 150.0, 177.0])),
        lost_rows=float(rng.uniform(0, 0.02)),
        lost_days=float(rng.uniform(0, 0.1)),
    )
