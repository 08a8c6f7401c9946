"""The trial of the cell watch: planted faults are scored against the simulator's truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.battery.pack_rows import pack_rows
from simulators.battery.faults import CellFault
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec
from vigil.trials.cell_faults import Scored, draw, event_day, score, score_fleet, summary
from vigil.trials.field_soh import window_of

SPEC = LifeSpec(seed=11, days=45, with_cells=True, period_s=60.0)
LEAK = CellFault(kind="self_discharge", cell=40, start_day=5.0, rate=0.004)


def scored(*faults: CellFault) -> Scored:
    spec = replace(SPEC, faults=faults)
    return score(spec, pack_rows(window_of(BatteryLife(spec=spec).record(), spec.days)))


def test_a_leak_is_found_before_its_event_and_a_sound_car_is_silent() -> None:
    ill, well = scored(LEAK), scored()
    assert ill.event_day == pytest.approx(35.0, abs=0.1)
    assert ill.found_day is not None
    assert ill.event_day is not None
    assert LEAK.start_day < ill.found_day < ill.event_day
    assert (ill.false_cells, well.false_cells, well.found_day) == ((), (), None)
    found: dict[str, Any] = dict(summary([ill, well]))
    assert found["kinds"]["self_discharge"]["before_event"]["count"] == 1
    assert found["false_alarms_exact_interval"][0] == 0 < found["false_alarms_exact_interval"][1]


def test_an_orange_sense_line_would_count_as_false() -> None:
    ill = scored(LEAK)
    wire = replace(SPEC, faults=(replace(LEAK, kind="sense_line"),))
    rows = pack_rows(window_of(BatteryLife(spec=replace(SPEC, faults=(LEAK,))).record(), SPEC.days))
    assert ill.found_day is not None
    assert score(wire, rows).false_cells


def test_only_what_gets_there_has_an_event() -> None:
    assert event_day(replace(LEAK, rate=0.001), 45) is None
    assert event_day(replace(LEAK, kind="sense_offset"), 45) is None


def test_a_fleet_is_the_same_every_time() -> None:
    assert draw(3, 7, 60) == draw(3, 7, 60)
    assert list(score_fleet(3, 2, 30, 1)) == list(score_fleet(3, 2, 30, 1))
