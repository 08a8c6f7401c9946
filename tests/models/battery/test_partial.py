"""Small slow charges become capacities only against the car's own wide ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.vehicle import Chemistry
from models.battery.capacity.charge_windows import charge_windows
from models.battery.capacity.incremental_capacity import (
    applies,
    partial_sights,
    peaks,
    slow_charges,
)
from tests.models.battery.packs import Pack, simulate


def band(capacity_ah: float) -> float:
    rows = simulate(Pack(seed=4, capacity_ah=capacity_ah))
    found = slow_charges(rows, charge_windows(rows), 96)
    return float(np.nanmedian([c.band_ah for c in found]))


def test_charge_through_a_fixed_band_shrinks_with_the_pack() -> None:
    assert band(108.0) / band(120.0) == pytest.approx(0.9, abs=0.02)


def test_a_small_charge_is_measured_against_wide_ones_of_the_same_pace() -> None:
    rows = simulate(Pack(seed=4, days=40))
    windows = charge_windows(rows)
    charges = slow_charges(rows, windows, 96)
    assert len(peaks(charges)) == len(charges) > 4
    *counted, last = windows
    [made] = partial_sights(charges, windows, counted)
    assert made.value == pytest.approx(120, rel=0.03)
    assert made.at_ms == last.end_ms
    assert partial_sights(charges, windows, counted[:2]) == []
    quick = [replace(c, current_a=3 * c.current_a) for c in charges[-1:]]
    assert partial_sights([*charges[:-1], *quick], windows, counted) == []


def test_without_a_cell_count_or_on_a_plateau_nothing_is_said() -> None:
    rows = simulate(Pack(seed=4))
    assert slow_charges(rows, charge_windows(rows), 0) == []
    assert not applies(Chemistry.LFP)
    assert not applies(Chemistry.UNKNOWN)
    flat = simulate(Pack(seed=4, chemistry="lfp"))
    charges = slow_charges(flat, charge_windows(flat), 96)
    assert all(np.isnan(c.band_ah) for c in charges)
