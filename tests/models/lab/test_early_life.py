"""What the early-life forecast promises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from domain.errors import BadInput
from models.lab import metrics
from models.lab.discharge_curves import check_curves
from models.lab.early_life import EarlyLifeForecast
from models.lab.farness import farness
from tests.models.lab.curves import cells
from tests.recordings import recording
from vigil.cli import app
from vigil.trials.early_life import Cells, left_out_blocks, read_cells

pytestmark = pytest.mark.slow


def test_life_follows_the_change_of_the_discharge_curve() -> None:
    model = EarlyLifeForecast().fit(*cells(40, seed=1))
    curves, life = cells(60, seed=2)
    assert metrics.mape(model.predict(curves), life) < 0.12
    low, high = model.interval(curves)
    report = metrics.coverage_report(low, high, life, 0.9)
    assert report["inside"], report


def test_nothing_of_a_test_cell_changes_the_answer_of_another() -> None:
    model = EarlyLifeForecast().fit(*cells(40, seed=1))
    curves, _ = cells(10, seed=3)
    together, alone = model.predict(curves), model.predict(curves[:1])
    assert together[0] == pytest.approx(alone[0])


def test_gaps_and_disturbed_readings_are_bridged() -> None:
    curves, _ = cells(3, seed=4)
    whole = check_curves(curves, "Q_train")
    curves[0, 50, 20] = np.nan  # one reading
    curves[1, 120:125, :90] = np.nan  # voltages hardly ever read
    curves[2, :, 8] *= 40  # a cycle counted wrongly: number 10, which features look at
    assert np.abs(check_curves(curves, "Q_train") - whole).max() < 0.02


def test_a_disturbed_cycle_hardly_moves_the_forecast() -> None:
    model = EarlyLifeForecast().fit(*cells(40, seed=1))
    curves, _ = cells(5, seed=2)
    expected = model.predict(curves)
    curves[:, :, 8] += 40.0
    assert model.predict(check_curves(curves, "Q_new")) == pytest.approx(expected, rel=0.05)


def test_no_curve_however_odd_gives_an_absurd_life() -> None:
    train, lives = cells(40, seed=1)
    model = EarlyLifeForecast().fit(train, lives)
    odd = train[:4] + 0.5 * np.random.default_rng(0).normal(size=(4, 200, 99))
    assert model.extrapolates(odd).any()
    assert (model.predict(odd) < 4 * lives.max()).all()
    assert (model.predict(odd) > lives.min() / 4).all()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda curves: curves[1, :, 5:].fill(np.nan), "cell 1.*more gaps"),
        (lambda curves: curves[2].fill(0.0), "cell 2.*discharges nothing"),
    ],
)
def test_a_cell_that_says_nothing_is_named(spoil: Callable[[np.ndarray], None], said: str) -> None:
    curves, _ = cells(3, seed=4)
    spoil(curves)
    with pytest.raises(BadInput, match=said) as caught:
        check_curves(curves, "Q_train")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros(3)}, "Q_<name>|no Q_"),
        ({"Q_a": np.zeros((2, 200, 99))}, "life_a"),
        ({"Q_a": np.ones((2, 200, 99)), "life_a": np.full(3, 500)}, "2 cells"),
        ({"Q_a": np.ones((2, 200, 12)), "life_a": np.full(2, 500)}, "99 cycles"),
        ({"Q_a": np.ones((2, 99, 200)), "life_a": np.full(2, 500)}, "99 cycles"),
        ({"Q_a": np.ones((2, 20, 99)), "life_a": np.full(2, 500)}, "at least 50"),
        ({"Q_a": np.float64(1.0), "life_a": np.full(1, 500)}, "99 cycles"),
        ({"Q_a": np.full((2, 200, 99), "x"), "life_a": np.full(2, 500)}, "Q_a.*no numbers"),
        ({"Q_a": np.ones((2, 200, 99)), "life_a": np.array(["a", "b"])}, "life_a.*no numbers"),
        ({"Q_a": np.ones((2, 200, 99)), "life_a": np.array([2.7, 2.9])}, "logarithm"),
        ({"Q_a": np.ones((2, 200, 99)), "life_a": np.array([np.nan, -1])}, "all unknown"),
    ],
)
def test_a_wrong_file_is_named_with_its_remedy(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    np.savez(tmp_path / "cells.npz", allow_pickle=False, **arrays)
    with pytest.raises(BadInput) as caught:
        read_cells(tmp_path / "cells.npz")
    assert re.search(said, f"{caught.value} {caught.value.remedy}")
    assert caught.value.remedy


def test_objects_in_a_file_are_refused_unread(tmp_path: Path) -> None:
    held = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "cells.npz", Q_a=held, life_a=np.full(1, 500))
    with pytest.raises(BadInput, match="allow_pickle"):
        read_cells(tmp_path / "cells.npz")


def test_cells_whose_life_is_unknown_are_left_out_and_counted(tmp_path: Path) -> None:
    curves, lives = cells(5, seed=6)
    lives[1], curves[1] = np.nan, np.nan
    np.savez(tmp_path / "cells.npz", Q_a=curves, life_a=lives)
    read = read_cells(tmp_path / "cells.npz")[0]
    assert (len(read.life), len(read.curves), read.unknown) == (4, 4, 1)


def _command(*options: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", "early-life", *map(str, options)])


def test_the_command_scores_every_other_name_of_every_file(tmp_path: Path) -> None:
    (train, lives), (test, test_lives) = cells(24, seed=5), cells(9, seed=6)
    both, other = tmp_path / "both.npz", tmp_path / "other.npz"
    np.savez(both, Q_train=train, life_train=lives, Q_new=test, life_new=test_lives)
    np.savez(other, Q_b=test[:, ::2], life_b=test_lives, Q_short=test[:2], life_short=[150, 180])
    done = _command("--train", both, "--test", both, other, "--json")
    assert done.exit_code == 0, done.output
    scored = json.loads(done.stdout)["tests"]
    assert [t["name"] for t in scored] == ["new", "b", "short"]
    keys = {"n", "rmse_cycles", "rmse_without_outlier", "mape", "coverage90", "width90"}
    assert keys <= scored[0].keys()
    assert scored[2]["rmse_without_outlier"] is None


def test_twelve_training_cells_are_enough_for_a_score_and_said_to_be_too_few_to_split(
    tmp_path: Path,
) -> None:
    (train, lives), (test, test_lives) = cells(12, seed=5), cells(3, seed=6)
    path = tmp_path / "cells.npz"
    np.savez(path, Q_train=train, life_train=lives, Q_new=test, life_new=test_lives)
    done = _command("--train", path, "--test", path, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout, parse_constant=pytest.fail)
    assert result["tests"][0]["split_conformal_width90"] is None
    assert "too few" in result["train_splits"]["note"]


@pytest.mark.parametrize(
    ("names", "scale", "said"),
    [
        (("train",), 1.0, "other than train"),
        (("new",), 1.0, "Q_train"),
        (("train", "new"), 1000.0, "same size"),
    ],
)
def test_what_cannot_be_scored_is_a_usage_error(
    tmp_path: Path, names: tuple[str, ...], scale: float, said: str
) -> None:
    path, arrays = tmp_path / "cells.npz", dict[str, Any]()
    for name in names:
        curves, lives = cells(12, seed=len(name))
        arrays |= {f"Q_{name}": curves * (scale if name == "new" else 1), f"life_{name}": lives}
    np.savez(path, **arrays)
    done = _command("--train", path, "--test", path)
    assert done.exit_code == 2
    assert said in done.stderr


def test_too_few_training_cells_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cells.npz"
    curves, lives = cells(7, seed=5)
    np.savez(path, Q_train=curves, life_train=lives, Q_new=curves, life_new=lives)
    done = _command("--train", path, "--test", path)
    assert done.exit_code == 2
    assert "at least 12 cells" in done.stderr


def test_a_file_that_is_not_npz_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "cells.npz"
    for content in (b"no", b"PK\x03\x04broken"):
        path.write_bytes(content)
        done = _command("--train", path, "--test", path)
        assert done.exit_code == 2
        assert "npz" in done.stderr


@pytest.mark.recordings
def test_published_cells_are_forecast_better_than_the_published_bar() -> None:
    path = recording("severson/severson_qdlin.npz")
    held = {c.name: c for c in read_cells(path)}
    model = EarlyLifeForecast().fit(held["train"].curves, held["train"].life)
    kept = held["test1"].life >= 200
    predicted = model.predict(held["test1"].curves)[kept]
    assert metrics.rmse(predicted, held["test1"].life[kept]) <= 85
    low, high = model.interval(held["test1"].curves)
    assert metrics.coverage_report(low, high, held["test1"].life, 0.9)["inside"]


def test_intervals_widen_with_the_distance_from_the_training_cells() -> None:
    model = EarlyLifeForecast().fit(*cells(40, seed=1))
    curves, _ = cells(6, seed=2)
    low, high = model.interval(curves)
    aged = curves.copy()
    aged[..., 60:] *= 0.93  # a fade that no training cell shows
    far_low, far_high = model.interval(aged)
    wider = np.log(far_high / far_low) / np.log(high / low)
    assert wider.min() > 1.3
    assert farness(np.eye(5), np.eye(5)).tolist() == [1.0] * 5


def test_blocks_of_training_cells_left_out_are_told_with_their_coverage() -> None:
    curves, life = cells(36, seed=5)
    told = left_out_blocks(Cells(name="train", curves=curves, life=life), level=0.9)
    cuts = told["cuts"]
    assert isinstance(cuts, list)
    assert [cut["blocks"] for cut in cuts] == [4, 5, 6, 10]
    assert 0.8 <= told["coverage90"] <= 1.0  # type: ignore[operator]


@pytest.mark.recordings
def test_intervals_hold_on_real_blocks_left_out() -> None:
    train = next(
        c for c in read_cells(recording("severson/severson_qdlin.npz")) if c.name == "train"
    )
    told = left_out_blocks(train, level=0.9)
    assert 0.85 <= told["coverage90"] <= 0.95  # type: ignore[operator]
