"""What reading tables of machines promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from domain.errors import BadInput
from models.lab.remaining.conditions import Conditions
from models.lab.remaining.runs import COLUMNS, read_lives, read_runs
from models.lab.remaining.trends import mean_of_last, slope_of_last
from tests.models.lab.remaining.machines import CONSTANT, machines, write

ROW = "1 1 " + " ".join(["0.5"] * 24)


def test_extra_blanks_commas_and_blank_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text(f"\ufeff{ROW}   \n\n{ROW.replace('1 1', '1  2', 1).replace(' ', ', ')}\n  \n")
    (run,) = read_runs(path, "--train")
    assert run.cycles.tolist() == [1, 2]
    assert run.sensors.shape == (2, 21)


def test_rows_out_of_order_and_written_twice_are_put_right(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    lines = [ROW.replace("1 1", f"2 {c}", 1) for c in (3, 1, 1)]
    path.write_text("\n".join([lines[0], lines[1], lines[2].replace("0.5", "0.7")]))
    (run,) = read_runs(path, "--train")
    assert run.cycles.tolist() == [1, 3]
    assert run.sensors[0, 0] == 0.7


def test_two_machines_under_one_number_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", np.vstack([machines(2, seed=1), machines(2, seed=2)]))
    with pytest.raises(BadInput, match=r"unit 1: has .* cycles twice"):
        read_runs(path, "--train")


def test_unknown_readings_keep_the_last_known_value(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    parts = ROW.split()
    parts[10] = "nan"
    path.write_text(f"{ROW}\n" + " ".join(parts).replace("1 1", "1 2", 1))
    (run,) = read_runs(path, "--train")
    assert run.sensors[1, 5] == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ROW}\n1 2 3\n", "line 2.*3 columns instead of 26"),
        (f"{ROW}\n\n{ROW.replace('0.5', 'x', 1)}\n", r"line 3 column 3 \(setting 1\).*'x'"),
        (f"{' '.join(COLUMNS).replace('setting ', 's').replace('sensor ', 'm')}\n", "line 1 col"),
        (ROW.replace("1 1", "1 1.5", 1), r"line 1 column 2 \(cycle\)"),
        ("\n\n", "holds no rows"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_column(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=said) as caught:
        read_runs(path, "--train")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [("12\n7\n", "2 lives for 3"), ("12\n-4\n3\n", "line 2"), ("12 3\n4\n5\n", "line 1")],
)
def test_lives_that_do_not_fit_are_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rul.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_lives(path, 3)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--train.*cannot be read"):
        read_runs(tmp_path / "none.txt", "--train")


def test_operating_conditions_are_told_apart_and_taken_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", machines(8, seed=1, conditions=6))
    runs = read_runs(path, "--train")
    settings = np.vstack([r.settings for r in runs])
    sensors = np.vstack([r.sensors for r in runs])
    found = Conditions().fit(settings, sensors)
    assert found.count() == 6
    assert not found.kept[CONSTANT].any()
    measured = found.measure(settings, sensors)
    fresh = np.concatenate([np.arange(len(r.cycles)) < 40 for r in runs])
    assert measured[fresh].std() < 1.0  # of a load that moves sensors by tens


def test_continuous_settings_are_taken_out_by_a_line() -> None:
    rng = np.random.default_rng(2)
    settings = rng.uniform(0, 40, (3000, 3))
    sensors = 5 * settings[:, :1] + 0.1 * settings[:, 1:2] ** 2 + rng.normal(0, 1, (3000, 21))
    measured = Conditions().fit(settings, sensors).measure(settings, sensors)
    assert abs(np.corrcoef(measured[:, 0], settings[:, 0])[0, 1]) < 0.05


def test_windows_see_the_past_only() -> None:
    values = np.random.default_rng(3).normal(size=(60, 2))
    cycles = np.arange(60.0)
    early, late = mean_of_last(values[:30], 10), mean_of_last(values, 10)
    assert np.allclose(late[:30], early)
    early, late = slope_of_last(values[:30], cycles[:30], 20), slope_of_last(values, cycles, 20)
    assert np.allclose(late[:30], early)
    assert mean_of_last(values, 10)[40] == pytest.approx(values[31:41].mean(axis=0))
    line = np.column_stack([3 * cycles, -cycles])
    assert slope_of_last(line, cycles, 20)[50] == pytest.approx([3, -1])
