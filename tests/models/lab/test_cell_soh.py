"""What the cell state-of-health estimator promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from models.lab import cell_soh_trial, charge_views, metrics
from models.lab.cell_life import CHARGE_FEATURES, CellLife, held_out, rated_capacity_ah, read_cells
from models.lab.cell_soh import CellSohEstimator, View
from vigil.cli import app


def aged_cell(batch: str, number: int, cycles: int = 120) -> CellLife:
    """A cell whose charge shows its age: less constant current, more constant voltage."""
    rng = np.random.default_rng([number, *batch.encode()])
    age = np.arange(float(cycles)) / cycles * rng.uniform(0.8, 1.2)
    features = rng.normal(0, 0.01, (cycles, len(CHARGE_FEATURES)))
    features[:, 0] += 0.7 - 0.2 * age
    features[:, 1] += 0.1 + 0.15 * age
    soh = 0.98 - 0.18 * age + rng.normal(0, 0.002, cycles)
    return CellLife(
        batch=batch, cell=f"{batch}-{number}", nominal_ah=2.0, cycles=np.arange(1.0, cycles + 1.0),
        features=features, soh=soh,
    )  # fmt: skip


def _write(path: Path, cells: list[CellLife], set_name: str = "LAB") -> None:
    columns: dict[str, list[object]] = {
        k: [] for k in ("set", "batch", "cell", "cycle", "capacity")
    }
    columns |= {name: [] for name in CHARGE_FEATURES}
    for cell in cells:
        for row in range(len(cell.soh)):
            columns["set"].append(set_name)
            columns["batch"].append(cell.batch)
            columns["cell"].append(cell.cell)
            columns["cycle"].append(int(cell.cycles[row]))
            columns["capacity"].append(float(cell.soh[row] * 2.0))
            for at, name in enumerate(CHARGE_FEATURES):
                columns[name].append(float(cell.features[row, at] * (2.0 if at < 2 else 1.0)))
    pq.write_table(pa.table(columns), path)


def test_an_unseen_cell_is_estimated_with_an_interval_that_holds() -> None:
    train = {"a": [aged_cell("a", n) for n in range(1, 7)]}
    model = CellSohEstimator().fit(train).calibrate(train, folds=3)
    new = aged_cell("a", 11)
    assert metrics.mae(model.predict(new), new.soh) < 0.01
    low, high = model.interval(new)
    assert metrics.coverage(low, high, new.soh) > 0.8
    assert np.median(high - low) < 0.06


@pytest.mark.parametrize("view", [charge_views.now, charge_views.settled, charge_views.whole])
def test_no_view_knows_what_comes_later(view: View) -> None:
    cell = aged_cell("a", 1)
    cut = CellLife(
        batch=cell.batch, cell=cell.cell, nominal_ah=2.0, cycles=cell.cycles[:50],
        features=cell.features[:50], soh=cell.soh[:50],
    )  # fmt: skip
    assert np.array_equal(view(cell)[:50], view(cut))


def test_the_published_protocol_does_know_and_is_kept_apart() -> None:
    cell = aged_cell("a", 1)
    scaled = charge_views.peeking(cell)
    assert scaled.cycles[-1] == 1.0
    assert scaled.features.min() == -1.0


def test_an_unknown_reading_is_the_last_known_one() -> None:
    cell = aged_cell("a", 1)
    cell.features[5, 3] = np.nan
    assert charge_views.now(cell)[5, 3] == cell.features[4, 3]


def test_the_published_split_reads_the_number_after_the_last_dash() -> None:
    pattern = r"-[^-]*[48][^-]*$"
    assert held_out("4C-battery-14", pattern)
    assert held_out("a-8", pattern)
    assert not held_out("4C-battery-12", pattern)


def test_folds_test_every_cell_once() -> None:
    batches = {"a": [aged_cell("a", n) for n in range(1, 8)]}
    tested = [c.cell for s in cell_soh_trial.split_by_fold(batches, 3) for c in s["a"][1]]
    assert sorted(tested) == sorted(c.cell for c in batches["a"])


def test_rated_capacity_is_the_next_step_above_the_first_measured_one() -> None:
    assert rated_capacity_ah(np.array([1.90, 1.95, 1.65])) == 2.0
    assert rated_capacity_ah(np.array([3.24])) == 3.5


def test_the_command_scores_a_file_by_pattern(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    _write(path, [aged_cell("a", n, 60) for n in range(1, 6)])
    done = CliRunner().invoke(
        app, ["evaluate", "cell-soh", str(path), "--set", "LAB", "--test-cells", "-5$", "--json"]
    )
    assert done.exit_code == 0, done.output
    scored = json.loads(done.stdout)["batches"]["a"]
    assert scored["cells_test"] == 1
    assert scored["nominal_ah"] == 2.0
    keys = {"n_train", "n_test", "mae", "rmse", "coverage90", "mae_leaking", "rmse_leaking"}
    assert keys <= scored.keys()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "NONE"], "LAB"),
        (["--set", "LAB", "--test-cells", "("], "regular expression"),
        (["--set", "LAB", "--nominal-ah", "-2"], "capacity"),
    ],
)
def test_wrong_input_is_named(tmp_path: Path, options: list[str], said: str) -> None:
    path = tmp_path / "cells.parquet"
    _write(path, [aged_cell("a", 1, 10)])
    done = CliRunner().invoke(app, ["evaluate", "cell-soh", str(path), *options])
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    pq.write_table(pa.table({"set": ["a"]}), path)
    with pytest.raises(BadInput, match="lacks the columns"):
        read_cells(path)
