"""The harness that judges field state of health: causal, honest about silence, counts jumps."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from simulators.battery.life import Car
from simulators.battery.recording import CarSpec
from vigil.cli import app
from vigil.field_trial import DAY_MS, Look, Scored, jumps, summary, window_of


def test_a_look_sees_nothing_of_the_days_after_it() -> None:
    recording = Car(spec=CarSpec(seed=1, days=20, lost_days=0.0)).record()
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
    said = Scored(chemistry="nmc", truth_pct=90.0, bms_pct=95.0,
                  looks=(Look(day=90, value=91.0, low=89.0, high=93.0),))  # fmt: skip
    quiet = Scored(chemistry="nmc", truth_pct=50.0, bms_pct=95.0,
                   looks=(Look(day=90, value=None, silence="charges_too_small"),))  # fmt: skip
    scores = summary([said, quiet])
    assert (scores["cars"], scores["answered"], scores["mae"]) == (2, 1, 1.0)
    assert scores["coverage90"] == 1.0
    assert scores["silences"] == {"charges_too_small": 1}


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
