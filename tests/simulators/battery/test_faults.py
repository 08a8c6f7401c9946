"""Every kind of cell fault does to the cell what its name says, and to no other."""

from __future__ import annotations

import numpy as np
import pytest

from simulators.battery.faults import KINDS, CellFault, Spread, cell_states, freeze

CELL, CELLS = 3, 8
SOC = np.tile([0.9, 0.5], 50)
DAY = np.linspace(0, 100, 100)
SPREAD = Spread(capacity=np.ones(CELLS), resistance=np.ones(CELLS), soc=np.linspace(-1, 1, CELLS))
RATE = {"weak_cell": 0.001, "high_resistance": 0.01, "low_charge": 0.05, "shared_wire": 0.04}


def touched(kind: str) -> dict[str, set[int]]:
    """Which cells a fault of this kind changes, by what it changes."""
    fault = CellFault(kind=kind, cell=CELL, start_day=20, rate=RATE.get(kind, 0.001))
    sound, ill = cell_states(SPREAD, (), SOC, DAY), cell_states(SPREAD, (fault,), SOC, DAY)
    volts = np.random.default_rng(1).normal(3.7, 0.01, (len(DAY), CELLS))
    frozen = volts.copy()
    freeze(frozen, (fault,), DAY)
    before = DAY < 20
    for name in ("soc", "resistance", "reading_v"):
        assert np.array_equal(getattr(sound, name)[before], getattr(ill, name)[before])
    changed = {
        name: getattr(sound, name) != getattr(ill, name)
        for name in ("soc", "resistance", "reading_v")
    } | {"frozen": volts != frozen}
    return {name: set(np.flatnonzero(c.any(axis=0)).tolist()) for name, c in changed.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_changes_its_own_cell_in_its_own_way(kind: str) -> None:
    where = {
        "high_resistance": "resistance",
        "sense_line": "reading_v",
        "sense_offset": "reading_v",
        "shared_wire": "reading_v",
        "stuck_reading": "frozen",
    }.get(kind, "soc")
    who = {"shared_wire": {CELL, CELL + 1}, "imbalance": set(range(CELLS))}.get(kind, {CELL})
    expected: dict[str, set[int]] = {
        name: set() for name in ("soc", "resistance", "reading_v", "frozen")
    } | {where: who}
    assert touched(kind) == expected


def test_a_small_cell_is_level_when_full_and_low_when_empty() -> None:
    fault = CellFault(kind="weak_cell", cell=CELL, start_day=0, rate=0.001)
    full, empty = (
        cell_states(SPREAD, (fault,), np.array([soc]), np.array([100.0])).soc[0]
        - cell_states(SPREAD, (), np.array([soc]), np.array([100.0])).soc[0]
        for soc in (1.0, 0.3)
    )
    assert full[CELL] == pytest.approx(0.0)
    assert empty[CELL] == pytest.approx(0.7 - 0.7 / 0.9)


def test_a_short_gains_pace() -> None:
    short = CellFault(kind="internal_short", cell=0, start_day=0, rate=0.001)
    at = short.grown(np.array([0.0, 1.0, 40.0, 41.0]))
    assert (at[3] - at[2]) / (at[1] - at[0]) == pytest.approx(4.0, rel=0.01)
