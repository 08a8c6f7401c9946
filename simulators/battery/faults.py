"""What may be wrong with one cell of a pack, as a change of its charge, resistance or reading.

kind             what `amount` is                     how it comes
weak_cell        share of capacity lost per day       steadily
low_charge       share of charge missing              at once, and stays
self_discharge   share of charge lost per day         steadily
internal_short   share of charge lost per day         twice as fast every 20 days
high_resistance  share of resistance added per day    steadily
imbalance        spread of charge added per day       steadily, the whole pack (`cell` counts not)
sense_line       volts per day that the line is off   steadily
sense_offset     volts that the line is off           at once, and stays
shared_wire      volts between it and the next cell   at once: one lower, the next higher
stuck_reading    nothing                              the reading stays what it was
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
AT_ONCE = ("low_charge", "sense_offset", "shared_wire", "stuck_reading")
REAL = ("weak_cell", "low_charge", "self_discharge", "internal_short", "high_resistance")
"""Kinds that are the cell's own; of the others only the reading is wrong, or the whole pack."""
KINDS = (*REAL, "imbalance", "sense_line", "sense_offset", "shared_wire", "stuck_reading")
DOUBLING_DAYS = 20.0
"""An exponential fault doubles in this time: weeks from seen to felt, by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """One fault of cell `cell` (from 0) that starts `start_day` days into the recording."""

    kind: str
    cell: int
    start_day: float
    rate: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r} is not one of {', '.join(KINDS)}")

    def grown(self, day: Floats) -> Floats:
        """How far it has come on each day: `rate` times days, or `rate` where it comes at once."""
        since = np.maximum(day - self.start_day, 0.0)
        if self.kind == "internal_short":
            pace = self.rate * DOUBLING_DAYS / np.log(2)
            return np.asarray(pace * (2 ** (since / DOUBLING_DAYS) - 1))
        if self.kind in AT_ONCE:
            return np.asarray(self.rate * (day >= self.start_day))
        return np.asarray(self.rate * since)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How the cells of one pack differ, [cells]: capacity and resistance factors, SoC offsets."""

    capacity: Floats
    resistance: Floats
    soc: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, cells: int) -> Spread:
        """1 % in capacity, 3 % in resistance, half a point of charge (1 sd)."""
        return cls(
            capacity=1 + rng.normal(0, 0.01, cells),
            resistance=1 + rng.normal(0, 0.03, cells),
            soc=rng.normal(0, 0.003, cells),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellStates:
    """Every cell on every row, [rows, cells]: true SoC, resistance factor, offset of its reading
    in V."""

    soc: Floats
    resistance: Floats
    reading_v: Floats


def cell_states(
    spread: Spread, faults: tuple[CellFault, ...], soc: Floats, day: Floats
) -> CellStates:
    """The cells of a pack at `soc` [rows] on `day` [rows].

    A smaller cell is full with the others and empty before them: 1 - (1 - SoC)/capacity.
    """
    capacity, shift, resistance = (
        np.broadcast_to(part, (len(soc), len(part))).copy()
        for part in (spread.capacity, spread.soc, spread.resistance)
    )
    reading = np.zeros_like(capacity)
    for fault in faults:
        cell, grown = fault.cell, fault.grown(day)
        if fault.kind == "weak_cell":
            capacity[:, cell] *= np.maximum(1 - grown, 0.4)
        elif fault.kind in ("low_charge", "self_discharge", "internal_short"):
            shift[:, cell] -= grown
        elif fault.kind == "high_resistance":
            resistance[:, cell] *= 1 + grown
        elif fault.kind == "imbalance":
            shift += grown[:, None] * (spread.soc / np.std(spread.soc))
        elif fault.kind in ("sense_line", "sense_offset"):
            reading[:, cell] += grown
        elif fault.kind == "shared_wire":
            reading[:, cell] -= grown / 2
            reading[:, cell + 1] += grown / 2
    charge = 1 - (1 - soc[:, None]) / capacity + shift
    return CellStates(soc=charge, resistance=resistance, reading_v=reading)


def freeze(volts: Floats, faults: tuple[CellFault, ...], day: Floats) -> None:
    """Let stuck readings stay what they were when they stuck; changes `volts` [rows, cells]."""
    for fault in faults:
        late = np.flatnonzero(day >= fault.start_day)
        if fault.kind == "stuck_reading" and len(late):
            volts[late, fault.cell] = volts[late[0], fault.cell]
