"""What the cell state-of-health estimator promises."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from typer.testing import CliRunner

from domain.errors import BadInput
from models.lab import charge_views, metrics
from models.lab.cell_life import (
    CHARGE_FEATURES,
    CellLife,
    held_out,
    rated_capacity_ah,
    read_cells,
    stack,
)
from models.lab.cell_soh import CellSohEstimator, View
from models.lab.cell_transfer import transfer
from models.lab.support_vectors import SupportVectors
from models.lab.unseen_batch import UnseenBatch
from tests.recordings import recording
from vigil.cli import app
from vigil.trials import cell_soh

pytestmark = pytest.mark.slow


def aged_cell(batch: str, number: int, cycles: int = 120) -> CellLife:
    """A cell whose charge shows its age: less constant current, more constant voltage."""
    rng = np.random.default_rng([number, *batch.encode()])
    age = np.arange(float(cycles)) / cycles * rng.uniform(0.8, 1.2)
    features = rng.normal(0, 0.01, (cycles, len(CHARGE_FEATURES)))
    features[:, 0] += 0.7 - 0.2 * age
    features[:, 1] += 0.1 + 0.15 * age
    soh = 0.98 - 0.18 * age + rng.normal(0, 0.002, cycles)
    return CellLife(
        batch=batch,
        cell=f"{batch}-{number}",
        nominal_ah=2.0,
        cycles=np.arange(1.0, cycles + 1.0),
        features=features,
        soh=soh,
    )


Columns = dict[str, list[object]]


def _columns(cells: list[CellLife], set_name: str = "LAB") -> Columns:
    columns: Columns = {
        k: [] for k in ("set", "batch", "cell", "cycle", "capacity", *CHARGE_FEATURES)
    }
    for cell in cells:
        for row in range(len(cell.soh)):
            columns["set"].append(set_name)
            columns["batch"].append(cell.batch)
            columns["cell"].append(cell.cell)
            columns["cycle"].append(int(cell.cycles[row]))
            columns["capacity"].append(float(cell.soh[row] * 2.0))
            for at, name in enumerate(CHARGE_FEATURES):
                columns[name].append(float(cell.features[row, at] * (2.0 if at < 2 else 1.0)))
    return columns


def _file(folder: Path, *parts: Columns) -> Path:
    merged = {name: [value for part in parts for value in part[name]] for name in parts[0]}
    pq.write_table(pa.table(merged), folder / "cells.parquet")
    return folder / "cells.parquet"


def _run(path: Path, *options: str) -> dict[str, Any]:
    """What the command prints for a set called LAB: strict JSON, no NaN, no Infinity."""
    done = CliRunner().invoke(
        app, ["evaluate", "cell-soh", str(path), "--set", "LAB", "--json", *options]
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout, parse_constant=pytest.fail)  # type: ignore[no-any-return]


def test_an_unseen_cell_is_estimated_with_an_interval_that_holds() -> None:
    train = {"a": [aged_cell("a", n) for n in range(1, 7)]}
    model = CellSohEstimator().fit(train).calibrate(train)
    new = aged_cell("a", 11)
    predicted = model.predict(new)
    assert metrics.mae(predicted, new.soh) < 0.01
    low, high = model.interval(new, predicted)
    assert metrics.coverage(low, high, new.soh) > 0.8
    assert np.median(high - low) < 0.06


@pytest.mark.parametrize("view", [charge_views.now, charge_views.settled, charge_views.whole])
def test_no_view_knows_what_comes_later(view: View) -> None:
    cell = aged_cell("a", 1)
    cut = CellLife(
        batch=cell.batch,
        cell=cell.cell,
        nominal_ah=2.0,
        cycles=cell.cycles[:50],
        features=cell.features[:50],
        soh=cell.soh[:50],
    )
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
    tested = [c.cell for s in cell_soh.split_by_fold(batches, 3) for c in s["a"][1]]
    assert sorted(tested) == sorted(c.cell for c in batches["a"])


@pytest.mark.parametrize(
    ("first", "rated"),
    [([1.90, 1.95, 1.65], 2.0), ([3.24], 3.5), ([1.07], 1.1), ([1.12], 1.1), ([0.01], 0.1)],
)
def test_rated_capacity_is_the_next_step_above_the_first_measured_one(
    first: list[float], rated: float
) -> None:
    assert rated_capacity_ah(np.array(first)) == rated


def test_our_kernel_product_answers_as_libsvm_does() -> None:
    rng = np.random.default_rng(1)
    features, new = rng.normal(size=(80, 6)), rng.normal(size=(30, 6))
    target = 0.1 * features[:, 0] - 0.05 * features[:, 1] ** 2
    reference = make_pipeline(StandardScaler(), SVR(C=0.3, epsilon=0.003, gamma=0.01))
    expected = reference.fit(features, target).predict(new)
    assert SupportVectors().fit(features, target).predict(new) == pytest.approx(expected, abs=1e-9)


def test_the_command_scores_a_file_by_pattern(tmp_path: Path) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", n, 60) for n in range(1, 6)]))
    scored = _run(path, "--test-cells", "-5$")["batches"]["a"]
    assert scored["cells_test"] == 1
    assert scored["nominal_ah"] == 2.0
    keys = {"n_train", "n_test", "mae", "rmse", "coverage90", "mae_leaking", "rmse_leaking"}
    assert keys <= scored.keys()


def test_without_a_pattern_every_cycle_is_tested_once_even_in_the_smallest_batches(
    tmp_path: Path,
) -> None:
    """A batch of one cell can only be estimated by what the other batches teach."""
    sizes = {"one": 1, "two": 2, "three": 3}
    cells = [aged_cell(b, n, 40) for b, count in sizes.items() for n in range(count)]
    batches = _run(_file(tmp_path, _columns(cells)))["batches"]
    assert {b: (s["cells_test"], s["n_test"]) for b, s in batches.items()} == {
        b: (count, 40 * count) for b, count in sizes.items()
    }
    assert batches["one"]["cells_train"] == 0


def test_two_cells_are_scored_without_an_interval(tmp_path: Path) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", n, 40) for n in (1, 2)]))
    scored = _run(path)["batches"]["a"]
    assert scored["mae"] < 0.1
    assert scored["coverage90"] is None


def test_cells_of_one_cycle_are_cells(tmp_path: Path) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", n, 1) for n in (1, 2)]))
    scored = _run(path)["batches"]["a"]
    assert (scored["cells_test"], scored["n_test"]) == (2, 2)
    assert scored["mae"] < 0.1


def test_dirt_in_a_file_changes_little(tmp_path: Path) -> None:
    """Rows out of order, constant and empty features, lost capacities, a cell of one cycle."""
    cells = [aged_cell("a", n, 60) for n in range(1, 7)]
    clean = _run(_file(tmp_path, _columns(cells)), "--test-cells", "-5$")["batches"]["a"]
    columns = _columns([*cells, aged_cell("a", 7, 1)])
    order = np.random.default_rng(3).permutation(len(columns["cell"]))
    dirty: Columns = {name: [values[i] for i in order] for name, values in columns.items()}
    dirty["voltage kurtosis"] = [1.0] * len(order)
    dirty["current entropy"] = [float("-inf")] * len(order)
    dirty["current slope"] = [None] * len(order)
    for at in (3, 50, 111):
        dirty["CC Q"][at], dirty["capacity"][at + 1], dirty["cycle"][at + 2] = None, None, None
    scored = _run(_file(tmp_path, dirty), "--test-cells", "-5$")["batches"]["a"]
    assert scored["cells_train"] == 6
    assert scored["n_test"] >= 57
    assert scored["mae"] < 2 * clean["mae"] + 0.002


def test_a_laboratory_of_many_cycles_is_thinned_and_every_cell_still_heard() -> None:
    cells = [aged_cell("a", n, 400) for n in range(50)]
    learned, truths = stack(cells, [charge_views.now(cell) for cell in cells], rows=1400)
    assert 1000 < len(truths) < 2000
    first = {tuple(charge_views.now(cell)[0]) for cell in cells}
    assert first <= {tuple(row) for row in learned}


def test_cells_named_by_numbers_are_cells(tmp_path: Path) -> None:
    columns = _columns([aged_cell("a", n, 30) for n in (1, 2, 3)])
    columns["batch"] = [20170512] * 90
    columns["cell"] = [1 + row // 30 for row in range(90)]
    scored = _run(_file(tmp_path, columns), "--test-cells", "^2$")["batches"]["20170512"]
    assert scored["cells_test"] == 1


def test_transfer_is_told_for_every_other_set_and_survives_small_ones(tmp_path: Path) -> None:
    ours = _columns([aged_cell("a", n, 30) for n in (1, 2, 3)])
    same_name = _columns([aged_cell("a", n, 30) for n in (4, 5)], "OTHER")
    broken = _columns([aged_cell("c", 1, 30)], "BROKEN")
    broken["capacity"] = [None] * 30
    path = _file(tmp_path, ours, same_name, broken)
    told = _run(path, "--test-cells", "-3$")["transfer"]
    assert told.keys() == {"OTHER"}
    assert told["OTHER"]["a"]["test_cells"] == 1
    assert transfer({"a": [aged_cell("a", 4)]}, {"a": [aged_cell("a", 1)]}, seed=1) == {}


def test_a_set_alone_in_its_file_has_no_transfer(tmp_path: Path) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", n, 20) for n in (1, 2)]))
    assert _run(path)["transfer"] == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "NONE"], "LAB"),
        (["--set", "LAB", "--test-cells", "("], "regular expression"),
        (["--set", "LAB", "--test-cells", "zzz"], "finds none of the cells"),
        (["--set", "LAB", "--test-cells", "."], "no cell to learn from"),
        (["--set", "LAB"], "at least two cells"),
        (["--set", "LAB", "--nominal-ah", "-2"], "capacity"),
        (["--set", "LAB", "--nominal-ah", "50"], "does not fit batch a"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], said: str) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", 1, 10)]))
    done = CliRunner().invoke(app, ["evaluate", "cell-soh", str(path), *options])
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("capacity", [None] * 20, "known in no cycle"),
        ("capacity", [1950.0] * 20, "1100 mAh"),
        ("capacity", ["much"] * 20, "column 'capacity'"),
        ("CC Q", ["x"] * 20, "column 'CC Q'"),
        ("cycle", [None] * 20, "known in no cycle"),
    ],
)
def test_a_column_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, values: list[object], said: str
) -> None:
    path = _file(tmp_path, _columns([aged_cell("a", n, 10) for n in (1, 2)]) | {name: values})
    done = CliRunner().invoke(app, ["evaluate", "cell-soh", str(path), "--set", "LAB"])
    assert done.exit_code == 2, done.output
    assert said in done.stderr


def test_a_file_without_the_columns_or_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    pq.write_table(pa.table({"set": ["a"]}), path)
    with pytest.raises(BadInput, match="lacks the columns"):
        read_cells(path)
    pq.write_table(pa.table({name: [] for name in _columns([])}), path)
    with pytest.raises(BadInput, match="no rows"):
        read_cells(path)
    path.write_bytes(b"no parquet")
    with pytest.raises(BadInput, match="cannot be read"):
        read_cells(path)


@pytest.mark.recordings
def test_published_cells_are_estimated_better_than_by_the_published_network_on_most_batches() -> (
    None
):
    """Mean absolute errors of the published network, whose protocol knows a cell's whole life."""
    published = {"2C": 0.0064, "3C": 0.0106, "R2.5": 0.0080, "R3": 0.0065, "RW": 0.0096}
    batches = read_cells(recording("cell_soh/cell_soh.parquet"), "XJTU")
    split = cell_soh.split_by_pattern(batches, r"-[^-]*[48][^-]*$")[0]
    model = CellSohEstimator().fit({name: learned for name, (learned, _) in split.items()})
    better = 0
    for name, bar in published.items():
        tested = split[name][1]
        wrong = np.concatenate([np.abs(model.predict(cell) - cell.soh) for cell in tested])
        better += bool(wrong.mean() < bar)
    assert better >= 4


def test_a_batch_never_seen_gets_a_width_from_batches_left_out_that_grows_with_distance() -> None:
    batches = {name: [aged_cell(name, n, 60) for n in range(4)] for name in ("a", "b", "c", "d")}
    model = UnseenBatch().fit(batches)
    cell = aged_cell("new", 9, 60)
    low, high = model.interval(cell)
    assert np.mean((low <= cell.soh) & (cell.soh <= high)) > 0.8
    far = replace(cell, features=cell.features + 1.0)
    assert model.half_width(far).min() > 1.5 * model.half_width(cell).max()
    estimator = CellSohEstimator().fit(batches).calibrate(batches)
    told = estimator.interval(far, estimator.predict(far))
    assert (told[1] - told[0] >= 2 * model.half_width(far) - 1e-9).all()


def test_few_batches_give_wide_intervals_and_a_single_one_none() -> None:
    batches = {
        name: [aged_cell(name, n, 60) for n in range(4)] for name in ("a", "b", "c", "d", "e")
    }
    widths = []
    for count in (5, 2, 1):
        model = UnseenBatch().fit(dict(list(batches.items())[:count]))
        widths.append(float(model.half_width(batches["e"][0]).max()))
    assert 2 * widths[0] < widths[1] < widths[2] == np.inf


def test_batches_left_out_are_told_with_their_coverage() -> None:
    batches = {name: [aged_cell(name, n, 60) for n in range(3)] for name in ("a", "b", "c")}
    told = cell_soh.left_out_batches(batches, 1, lambda text: None)
    assert set(told["batches"]) == {"a", "b", "c"}  # type: ignore[call-overload]
    assert cell_soh.left_out_batches({"a": batches["a"]}, 1, print)["coverage90"] is None


@pytest.mark.recordings
def test_intervals_hold_on_real_batches_left_out() -> None:
    batches = read_cells(recording("cell_soh/cell_soh.parquet"), "XJTU")
    told = cell_soh.left_out_batches(batches, 7, lambda text: None)
    assert 0.85 <= told["coverage90"] <= 0.95  # type: ignore[operator]
