"""What a simulated recording promises: contract names, physics, an honest truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from firmware_contracts.signals import BY_NAME
from simulators.battery.faults import CellFault
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec, Recording, draw_spec


def _recorded(**changes: object) -> Recording:
    spec = LifeSpec(seed=5, days=40, lost_rows=0.0, lost_days=0.0)
    return BatteryLife(spec=dataclasses.replace(spec, **changes)).record()  # type: ignore[arg-type]


@pytest.mark.parametrize("chemistry", ["nmc", "lfp"])
def test_every_column_is_a_catalogue_signal_inside_its_range(chemistry: str) -> None:
    recording = _recorded(chemistry=chemistry)
    assert np.all(np.diff(recording.ticks_ms) > 0)
    for name, values in recording.columns.items():
        known = values[~np.isnan(values)]
        assert len(values) == len(recording.ticks_ms)
        assert known.min() >= BY_NAME[name].low, name
        assert known.max() <= BY_NAME[name].high, name


def test_the_same_seed_lives_the_same_life_and_another_does_not() -> None:
    first, again, other = _recorded(), _recorded(), _recorded(seed=6)
    assert np.array_equal(first.columns["pack_current_a"], again.columns["pack_current_a"])
    assert first.truth == again.truth
    assert first.truth != other.truth


def test_counted_charge_over_the_true_span_is_the_true_capacity() -> None:
    recording = _recorded(period_s=10.0)
    charging = recording.columns["charge_kind"] > 0
    runs = np.split(
        np.flatnonzero(charging), np.flatnonzero(np.diff(np.flatnonzero(charging)) > 1) + 1
    )
    current, soc = recording.columns["pack_current_a"], recording.columns["soc_pct"]
    found = [
        100 * current[run[1:]].sum() * 10 / 3600 / (soc[run[-1]] - soc[run[0]])
        for run in runs
        if soc[run[-1]] - soc[run[0]] > 30
    ]
    assert np.median(found) == pytest.approx(recording.truth.capacity_ah, rel=0.06)


def test_an_older_car_has_less_capacity_and_more_resistance() -> None:
    young, old = _recorded(age_years=0.5).truth, _recorded(age_years=8.0).truth
    assert old.capacity_ah < young.capacity_ah
    assert old.resistance_ratio > young.resistance_ratio


def test_a_self_discharging_cell_falls_behind_the_others_and_no_other_does() -> None:
    fault = CellFault(kind="self_discharge", cell=7, start_day=5.0, rate=0.002)
    recording = _recorded(with_cells=True, faults=(fault,))
    assert recording.cells_v is not None
    resting = recording.columns["pack_current_a"] == 0
    cells = recording.cells_v[resting]
    behind = np.median(cells[-200:], axis=0) - np.median(cells[-200:])
    assert int(np.argmin(behind)) == 7
    early = np.median(cells[:50], axis=0) - np.median(cells[:50])
    assert behind[7] < early[7] - 0.02


def test_lost_rows_and_days_are_missing_not_zero() -> None:
    whole, holed = _recorded(), _recorded(lost_rows=0.2, lost_days=0.2)
    assert len(holed.ticks_ms) < 0.8 * len(whole.ticks_ms)


def test_a_fleet_differs_from_car_to_car() -> None:
    specs = [draw_spec(3, index) for index in range(40)]
    assert {s.chemistry for s in specs} == {"nmc", "lfp"}
    assert len({s.seed for s in specs}) == 40
    assert draw_spec(3, 7) == specs[7]


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="not one of"):
        CellFault(kind="rust", cell=1, start_day=0, rate=1)
