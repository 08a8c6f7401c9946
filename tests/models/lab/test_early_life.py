"""What the early-life forecast promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from models.lab import metrics
from models.lab.early_life import EarlyLifeForecast, check_curves
from models.lab.early_life_trial import read_cells
from tests.models.lab.curves import cells
from tests.recordings import recording
from vigil.cli import app


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


def test_a_gap_in_a_curve_is_bridged_and_an_empty_cell_refused() -> None:
    curves, _ = cells(3, seed=4)
    whole = check_curves(curves, "Q_train")
    curves[1, 50, 20] = np.nan
    assert np.abs(check_curves(curves, "Q_train") - whole).max() < 0.01
    curves[2, 10, 5:] = np.nan
    with pytest.raises(BadInput, match="cell 2"):
        check_curves(curves, "Q_train")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros(3)}, "Q_<name>|no Q_"),
        ({"Q_a": np.zeros((2, 200, 99))}, "life_a"),
        ({"Q_a": np.zeros((2, 200, 99)), "life_a": np.ones(3)}, "2 cells"),
        ({"Q_a": np.zeros((2, 200, 12)), "life_a": np.ones(2)}, "99 cycles"),
    ],
)
def test_a_wrong_file_is_named_with_its_remedy(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    np.savez(tmp_path / "cells.npz", allow_pickle=False, **arrays)
    with pytest.raises(BadInput, match=said) as caught:
        read_cells(tmp_path / "cells.npz")
    assert caught.value.remedy


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    (train, lives), (test, test_lives) = cells(24, seed=5), cells(9, seed=6)
    path = tmp_path / "cells.npz"
    np.savez(path, Q_train=train, life_train=lives, Q_new=test, life_new=test_lives)
    done = CliRunner().invoke(
        app, ["evaluate", "early-life", "--train", str(path), "--test", str(path), "--json"]
    )
    assert done.exit_code == 0, done.output
    scored = json.loads(done.stdout)["tests"]
    assert [t["name"] for t in scored] == ["new"]
    keys = {"n", "rmse_cycles", "rmse_without_outlier", "mape", "coverage90", "width90"}
    assert keys <= scored[0].keys()


def test_a_file_that_is_not_npz_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "cells.npz"
    path.write_text("no")
    done = CliRunner().invoke(
        app, ["evaluate", "early-life", "--train", str(path), "--test", str(path)]
    )
    assert done.exit_code == 2
    assert "npz" in done.stderr


@pytest.mark.recordings
def test_published_cells_are_forecast_better_than_the_published_bar() -> None:
    path = recording("severson/severson_qdlin.npz")
    held = {c.name: c for c in read_cells(path)}
    model = EarlyLifeForecast().fit(held["train"].curves, held["train"].life)
    kept = held["test1"].life >= 200
    predicted = model.predict(held["test1"].curves)[kept]
    assert metrics.rmse(predicted, held["test1"].life[kept]) <= 97
    low, high = model.interval(held["test1"].curves)
    assert metrics.coverage_report(low, high, held["test1"].life, 0.9)["inside"]
