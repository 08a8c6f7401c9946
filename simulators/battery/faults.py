"""What may be wrong with one cell of a pack, as a change of its charge, resistance or reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
KINDS = ("weak_cell", "self_discharge", "internal_short", "sense_line")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """One fault of cell `cell` (from 0) that starts `start_day` days into the recording.

    `rate` per day: capacity fraction (weak_cell), SoC fraction (self_discharge, internal_short;
    the latter doubles every 20 days), volts (sense_line).
    """

    kind: str
    cell: int
    start_day: float
    rate: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind {self.kind!r} is not one of {', '.join(KINDS)}")

    def grown(self, day: Floats) -> Floats:
        """How far it has come on each day, in the unit of `rate`."""
        since = np.maximum(day - self.start_day, 0.0)
        if self.kind == "internal_short":
            return np.asarray(self.rate * 20 / np.log(2) * (2 ** (since / 20) - 1))
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


def cell_charges(
    spread: Spread, faults: tuple[CellFault, ...], soc: Floats, day: Floats
) -> tuple[Floats, Floats]:
    """True SoC and reading offset (V) of every cell, each [rows, cells].

    A smaller cell is full with the others and empty before them: 1 - (1 - SoC)/capacity.
    """
    capacity = np.broadcast_to(spread.capacity, (len(soc), len(spread.capacity))).copy()
    shift = np.broadcast_to(spread.soc, capacity.shape).copy()
    reading = np.zeros_like(capacity)
    for fault in faults:
        grown = fault.grown(day)
        if fault.kind == "weak_cell":
            capacity[:, fault.cell] *= np.maximum(1 - grown, 0.4)
        elif fault.kind == "sense_line":
            reading[:, fault.cell] += grown
        else:
            shift[:, fault.cell] -= grown
    return 1 - (1 - soc[:, None]) / capacity + shift, reading
