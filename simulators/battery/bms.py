"""A battery management system as cars have them: it counts, corrects itself, and is wrong a little.

Nickel cells: charge is counted with a capacity that is slightly wrong, and pulled towards what the
voltage says, whose table is off by a smooth error of this car. Iron phosphate: the plateau says
nothing; only near full (and near empty) is the count set right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from simulators.battery.pack import Stroke

Floats = npt.NDArray[np.float64]
_PULL_S = {"nmc": 2.5 * 3600.0, "lfp": float("inf")}
_REST_H = {"nmc": 1.0, "lfp": float("inf")}


@dataclass(slots=True, kw_only=True)
class Bms:
    """`capacity_ah` is what it believes; `gain` and `offset_a` are its current sensor's errors."""

    chemistry: str
    capacity_ah: float
    gain: float
    offset_a: float
    table_offset: float
    table_wave: float
    table_phase: float
    soc: float = 0.6

    def follow(self, stroke: Stroke, step_s: float) -> Floats:
        """Its state of charge 0..1 along a stroke, [n]."""
        if not len(stroke.soc):
            return np.zeros(0)
        step = (stroke.current_a * self.gain + self.offset_a) * step_s / 3600 / self.capacity_ah
        keep = float(np.exp(-step_s / _PULL_S[self.chemistry]))
        drive = step + (1 - keep) * self._seen(stroke.soc)
        said, _ = lfilter([1.0], [1.0, -keep], drive, zi=[keep * self.soc])
        if self.chemistry == "lfp":
            said = self._at_the_ends(said, stroke.soc)
        said = np.clip(said, 0.0, 1.0)
        self.soc = float(said[-1])
        return np.asarray(said)

    def rest(self, hours: float, soc: float) -> None:
        """Open circuit at rest is the best voltage there is, where it says anything."""
        keep = float(np.exp(-hours / _REST_H[self.chemistry]))
        seen = float(self._seen(np.array([soc]))[0])
        self.soc = min(max(keep * self.soc + (1 - keep) * seen, 0.0), 1.0)

    def _seen(self, soc: Floats) -> Floats:
        wave = np.sin(2 * np.pi * soc + self.table_phase)
        return np.asarray(soc + self.table_offset * 4 * soc * (1 - soc) + self.table_wave * wave)

    def _at_the_ends(self, said: Floats, soc: Floats) -> Floats:
        """The count is drawn to the truth above 96 % and below 8 %, and stays corrected."""
        sure = np.maximum(np.clip((soc - 0.96) / 0.03, 0, 1), np.clip((0.08 - soc) / 0.05, 0, 1))
        error = said - soc
        left = np.minimum.accumulate(1 - sure)
        return np.asarray(soc + error * left)


def draw_bms(
    rng: np.random.Generator,
    chemistry: str,
    capacity_ah: float,
    current_spec: float = 0.005,
    gain: float | None = None,
) -> Bms:
    """A BMS at random: sensor within `current_spec` (1 sd), belief within 2 to 2.5 % (1 sd);
    a given `gain` stands instead of the drawn one."""
    belief = rng.normal(0.005, 0.02 if chemistry == "nmc" else 0.025)
    drawn = float(1 + rng.normal(0, current_spec))
    return Bms(
        chemistry=chemistry,
        capacity_ah=float(capacity_ah * (1 + belief)),
        gain=drawn if gain is None else gain,
        offset_a=float(rng.normal(0, 0.12)),
        table_offset=float(rng.normal(0, 0.010)),
        table_wave=float(rng.normal(0, 0.006)),
        table_phase=float(rng.uniform(0, 2 * np.pi)),
    )
