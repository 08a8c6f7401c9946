"""What `vigil evaluate rul` promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from models.lab.remaining.estimator import RemainingLife
from models.lab.remaining.local_interval import LocalInterval
from models.lab.remaining.runs import read_runs
from tests.models.lab.remaining.machines import cut, machines, write
from tests.recordings import recording
from vigil.cli import app
from vigil.trials.remaining_life import phm08

KEYS = {"n_train", "n_test", "rmse", "score", "coverage90", "protocol"}


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "rul", *map(str, arguments)])


def scored(*arguments: object) -> dict[str, Any]:
    done = evaluate(*arguments, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def test_the_phm08_score_punishes_late_more_than_early() -> None:
    truth = np.array([50.0])
    assert phm08(truth + 10, truth) == pytest.approx(np.e - 1)
    assert phm08(truth - 13, truth) == pytest.approx(np.e - 1)
    assert phm08(truth, truth) == 0


def test_intervals_follow_the_prediction_and_hold() -> None:
    rng = np.random.default_rng(1)

    def told(machines: int) -> list[tuple[np.ndarray, np.ndarray]]:
        truths = [np.minimum(np.arange(200.0, 0, -1), 125) for _ in range(machines)]
        return [(np.clip(t + rng.normal(0, 1 + t / 8), 0, 125), t) for t in truths]

    bounds, fresh = LocalInterval.of(told(80)), told(200)
    inside = [np.mean((low <= t) & (t <= high)) for p, t in fresh for low, high in [bounds.ends(p)]]
    assert 0.86 <= np.mean(inside) <= 0.97
    low, high = bounds.ends(np.array([10.0, 80.0]))
    assert high[0] - low[0] < (high[1] - low[1]) / 2


@pytest.mark.slow
@pytest.mark.parametrize(("conditions", "modes"), [(1, 1), (6, 2)])
def test_machines_never_seen_are_dated(conditions: int, modes: int, tmp_path: Path) -> None:
    rows = machines(40, seed=3, conditions=conditions, modes=modes, shortest=90)
    tested, left = cut(
        machines(40, seed=4, conditions=conditions, modes=modes, shortest=90), seed=5
    )
    lives = tmp_path / "rul.txt"
    lives.write_text("\n".join(f"{life:.0f}" for life in left))
    train, test = write(tmp_path / "train.txt", rows), write(tmp_path / "test.txt", tested)
    result = scored("--train", train, "--test", test, "--rul", lives)
    assert set(result) >= KEYS
    assert (result["n_train"], result["n_test"]) == (40, 40)
    always = float(np.std(np.minimum(left, 125)))  # the best constant answer
    assert result["rmse"] < 0.5 * always
    assert 0.8 <= result["coverage90"] <= 1.0


@pytest.mark.slow
def test_without_a_test_table_machines_are_left_out_and_the_seed_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "train.txt", machines(14, seed=6, shortest=60))
    result = scored("--train", path, "--seed", 11)
    assert "seed 11" in result["protocol"]
    assert "five folds by machine" in result["protocol"]
    assert (result["n_test"], result["cuts"]) == (14, 140)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    runs = read_runs(write(tmp_path / "t.txt", machines(12, seed=7, shortest=60)), "--train")
    one, same, other = (
        RemainingLife(seed=s, count=2).fit(runs).predict(runs[0]) for s in (1, 1, 2)
    )
    assert one.tolist() == same.tolist()
    assert one.tolist() != other.tolist()


def test_what_is_missing_is_said_with_exit_code_two(tmp_path: Path) -> None:
    path = write(tmp_path / "train.txt", machines(3, seed=1))
    for arguments, said in (
        (("--train", path), "holds 3 machines"),
        (("--train", path, "--test", path), "--rul"),
        (("--train", tmp_path / "none"), "cannot be read"),
    ):
        done = evaluate(*arguments)
        assert done.exit_code == 2
        assert said in done.output


def test_an_empty_table_is_no_data(tmp_path: Path) -> None:
    empty = tmp_path / "train.txt"
    empty.write_text("\n \n")
    done = evaluate("--train", empty)
    assert done.exit_code == 3
    assert "holds no rows" in done.output


def test_machines_whose_sensors_stand_still_are_refused(tmp_path: Path) -> None:
    rows = machines(14, seed=1, shortest=60)
    rows[:, 5:] = 3.0
    done = evaluate("--train", write(tmp_path / "t.txt", rows))
    assert done.exit_code == 2
    assert "all stand still" in done.output


@pytest.mark.slow
@pytest.mark.recordings
def test_published_errors_are_reached_on_turbofans_left_out() -> None:
    result = scored("--train", recording("cmapss/train_FD001.txt"))
    assert result["rmse"] <= 12.0
    assert 0.86 <= result["coverage90"] <= 0.95
