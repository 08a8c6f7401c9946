"""The harness that judges field state of health: causal, honest about silence, counts jumps."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from firmware_contracts.durations import DAY_MS
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec
from vigil.cli import app
from vigil.trials.field_soh import (
    Look,
    Scored,
    Trial,
    Turned,
    jumps,
    score_car,
    summary,
    window_of,
)

pytestmark = pytest.mark.slow


def test_a_look_sees_nothing_of_the_days_after_it() -> None:
    recording = BatteryLife(spec=LifeSpec(seed=1, days=20, lost_days=0.0)).record()
    window = window_of(recording, 10)
    assert window.ticks_ms.max() < recording.spec.start_ms + 10 * DAY_MS
    assert len(window["pack_current_a"]) == len(window.ticks_ms)


def test_a_jump_is_a_change_beyond_half_the_width_unless_a_segment_is_stated() -> None:
    first = Look(day=30, value=90.0, low=88.0, high=92.0)
    small = Look(day=60, value=91.5, low=89.0, high=93.0)
    large = Look(day=60, value=94.0, low=92.0, high=96.0)
    stated = Look(day=60, value=94.0, low=92.0, high=96.0, segment="pack changed")
    silent = Look(day=45, value=None)
    assert jumps([first, silent, small]) == 0
    assert jumps([first, silent, large]) == 1
    assert jumps([first, stated]) == 0


def test_silence_is_counted_and_not_scored() -> None:
    said = Scored(
        chemistry="nmc",
        truth_pct=90.0,
        bms_pct=95.0,
        looks=(Look(day=90, value=91.0, low=89.0, high=93.0),),
    )
    quiet = Scored(
        chemistry="nmc",
        truth_pct=50.0,
        bms_pct=95.0,
        looks=(Look(day=90, value=None, silence="charges_too_small"),),
    )
    scores = summary([said, quiet])
    assert (scores["cars"], scores["answered"], scores["mae"]) == (2, 1, 1.0)
    assert scores["coverage90"] == 1.0
    assert scores["silences"] == {"charges_too_small": 1}


def test_energy_is_scored_beside_capacity_and_against_its_own_truth() -> None:
    car = Scored(
        chemistry="nmc",
        truth_pct=90.0,
        bms_pct=95.0,
        looks=(Look(day=90, value=None),),
        energy_truth_pct=88.0,
        energy=Look(day=90, value=91.0, low=89.0, high=93.0),
    )
    scores = summary([car])
    assert (scores["mae"], scores["energy_mae"], scores["energy_bias"]) == (None, 3.0, 3.0)
    assert scores["energy_coverage90"] == 0.0


def test_a_changed_pack_is_counted_as_stated_only_if_it_differs() -> None:
    looks = (Look(day=90, value=90.0, low=88.0, high=92.0),)
    told, missed, small = (
        Scored(chemistry="nmc", truth_pct=90.0, bms_pct=95.0, looks=looks, turned=turned)
        for turned in (
            Turned(change_pct=12.0, windows_until_stated=4, reason="evidence"),
            Turned(change_pct=9.0, windows_until_stated=None, reason=""),
            Turned(change_pct=2.0, windows_until_stated=None, reason=""),
        )
    )
    turns = summary([told, missed, small])["turns"]
    assert turns == {
        "cars": 2,
        "stated": 1,
        "windows_until_stated_median": 4.0,
        "reasons": {"evidence": 1},
    }


def test_another_pack_is_stated_as_a_new_segment_with_its_reason() -> None:
    trial = Trial(seed=41, scene="new_pack", days=120)
    cars = [score_car(trial, index) for index in range(14)]
    large = [c.turned for c in cars if c.turned is not None and c.turned.change_pct >= 9]
    assert len(large) >= 3
    assert all(turned.reason in ("evidence", "") for turned in large)
    stated = [t for t in large if t.windows_until_stated is not None]
    assert len(stated) >= len(large) - 1
    assert all(3 <= (t.windows_until_stated or 0) <= 8 for t in stated)


@pytest.mark.parametrize("scene", ["recalibrated", "fast_only", "cold", "sensor_gain"])
def test_no_hard_case_makes_a_number_jump(scene: str) -> None:
    cars = [score_car(Trial(seed=42, scene=scene), index) for index in range(6)]
    assert sum(jumps(car.looks) for car in cars) == 0


def test_small_charges_are_answered_with_the_charge_that_is_missing() -> None:
    cars = [score_car(Trial(seed=43, scene="small_charges"), index) for index in range(6)]
    silent = [car.looks[-1] for car in cars if car.looks[-1].value is None]
    assert len(silent) >= 3
    assert {look.silence for look in silent} <= {"charges_too_small", "no_charge_observed"}


def test_an_unknown_scene_is_refused() -> None:
    done = CliRunner().invoke(app, ["evaluate", "field-soh", "--cars", "1", "--scene", "moon"])
    assert done.exit_code != 0
    assert "moon" in done.output


def test_the_command_scores_both_chemistries() -> None:
    done = CliRunner().invoke(
        app, ["evaluate", "field-soh", "--cars", "8", "--seed", "4", "--jobs", "1", "--json"]
    )
    assert done.exit_code == 0, done.output
    chemistries = json.loads(done.stdout)["chemistries"]
    keys = {"cars", "answered", "mae", "bias", "coverage90", "width90_median", "jumps"}
    assert set(chemistries) == {"nmc", "lfp"}
    assert all(keys <= scores.keys() for scores in chemistries.values())
    assert sum(scores["cars"] for scores in chemistries.values()) == 8
