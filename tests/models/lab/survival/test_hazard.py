"""What `vigil evaluate hazard` promises."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from tests.recordings import recording
from vigil.cli import app

KEYS = {"n", "events", "c_index", "ibs", "calibration_slope", "baselines", "protocol"}


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "hazard", *map(str, arguments)])


def scored(*arguments: object) -> dict[str, Any]:
    done = evaluate(*arguments, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def cars(path: Path, count: int, seed: int, *, curved: bool) -> Path:
    """Lives that follow a line of their features, or squares and products; with gaps and words."""
    rng = np.random.default_rng(seed)
    x, city = rng.normal(size=(count, 4)), rng.choice(["Harbin", "Wuhan", "Sanya"], count)
    line = 0.8 * x[:, 0] - 0.5 * x[:, 1] + 0.5 * (city == "Harbin")
    if curved:
        line = (x[:, 0] ** 2 - 1) + 1.2 * x[:, 1] * x[:, 2] + 0.5 * (city == "Harbin")
    time = 100 * (rng.exponential(size=count) / np.exp(np.clip(line, -6, 6))) ** (1 / 1.6)
    gone = rng.uniform(20, 250, count)
    known = rng.random((count, 4)) > 0.05
    texts = np.where(known, np.char.mod("%.3f", x), "")
    ends = zip(np.minimum(time, gone).round(2), (time <= gone).astype(int), city, strict=True)
    rows = [[*end, *text] for end, text in zip(ends, texts, strict=True)]
    return write(path, ["days", "failed", "city", "a", "b", "c", "d"], rows)


@pytest.mark.slow
def test_lives_that_follow_a_line_are_ordered_as_well_as_by_cox(tmp_path: Path) -> None:
    path = cars(tmp_path / "t.csv", 800, seed=1, curved=False)
    result = scored(path, "--time", "days", "--event", "failed")
    assert set(result) >= KEYS
    assert result["n"] == 800
    cox, km = result["baselines"]["cox"], result["baselines"]["km"]
    assert result["c_index"] > cox["c_index"] - 0.005
    assert result["ibs"] < cox["ibs"] + 0.002 < km["ibs"]
    assert 0.8 < result["calibration_slope"] < 1.25
    assert km["c_index"] == 0.5


@pytest.mark.slow
def test_lives_that_follow_no_line_are_ordered_better_than_by_cox(tmp_path: Path) -> None:
    path = cars(tmp_path / "t.csv", 800, seed=2, curved=True)
    result = scored(path, "--time", "days", "--event", "failed")
    cox = result["baselines"]["cox"]
    assert result["c_index"] > cox["c_index"] + 0.1
    assert result["ibs"] < cox["ibs"] - 0.02


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    path = cars(tmp_path / "t.csv", 250, seed=3, curved=True)
    arguments = (path, "--time", "days", "--event", "failed", "--group", "city", "--seed", 4)
    result = scored(*arguments)
    assert result == scored(*arguments)
    assert "seed 4" in result["protocol"]
    assert result["groups"] == 3
    assert "city" not in result["features"]


def test_modes_counts_and_words_are_understood(tmp_path: Path) -> None:
    how = {0: ("Censored", ""), 1: ("Failed", "leak"), 2: ("Failed", "crack")}
    rows = [[t, *how[t % 3], 1 + t % 2] for t in range(1, 41)]
    path = write(tmp_path / "t.csv", ["miles", "status", "how", "count"], rows)
    result = scored(path, "--time", "miles", "--event", "status")
    assert result["n"] == 60
    assert set(result["modes"]) == {"leak", "crack"}
    assert result["features"] == []
    told = [result["modes"][name] for name in ("leak", "crack")]
    assert sum(mode["events"] for mode in told) == result["events"]
    shares = [mode["cumulative_incidence"]["share"][-1] for mode in told]
    assert 0 < min(shares) < max(shares) < 1


def test_recurrent_events_of_units_give_their_mean_number(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = []
    for unit in range(12):
        rows += [[unit, 100 * n + unit, "Repair", 2] for n in range(1, 4)] + [[unit, 400, "End", 0]]
    path = write(tmp_path / "t.csv", ["unit", "days", "event", "count"], rows)
    arguments = (path, "--time", "days", "--event", "event", "--group", "unit")
    result = scored(*arguments, "--count", "count")
    told = result["mean_cumulative_function"]
    assert (told["units"], told["events"]) == (12, 36)
    assert told["events_per_unit"][-1] == pytest.approx(3)
    assert told["amount_per_unit"][-1] == pytest.approx(6)
    assert "weibull" not in result
    assert "spans between" in result["protocol"]
    assert "times are ages" in result["notes"][0]


def test_a_column_that_gives_the_answer_away_is_not_used(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    drawn = rng.exponential(size=(60, 2)).round(3)
    rows = [[t, n % 2, n % 2 * (n + 1), x, f"VIN{n}"] for n, (t, x) in enumerate(drawn.tolist())]
    path = write(tmp_path / "t.csv", ["t", "e", "bill", "x", "vin"], rows)
    result = scored(path, "--time", "t", "--event", "e")
    assert result["features"] == ["x"]
    assert len(result["notes"]) == 2


def test_rows_without_time_or_event_are_left_out_and_counted(tmp_path: Path) -> None:
    known: list[Sequence[object]] = [[n, n % 2] for n in range(1, 30)]
    rows = [["", 1], [3, "NA"], *known]
    path = write(tmp_path / "t.csv", ["t", "e"], rows)
    result = scored(path, "--time", "t", "--event", "e")
    assert (result["rows_left_out"], result["n"]) == (2, 29)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("t,e\n1,1\nx,0\n", (), "line 3 column t 'x'.*no length of life"),
        ("t,e\n1,1\n-2,0\n", (), "line 3 column t"),
        ("t,e\n1,1,9\n", (), "line 2.*3 values for 2 columns"),
        ("t,t\n1,1\n", (), "names two columns"),
        ("a,e\n1,1\n", (), "--time 't'.*columns are a, e"),
        ("t,e\n1,0\n2,0\n", (), "events are too few"),
        ("t,e,g\n1,1,a\n2,1,a\n", ("--group", "g"), "group is all there is"),
        ("t,e\n" + "".join(f"{n},w{n}\n" for n in range(20)), (), "too many words"),
        ("t,e,k\n1,1,x\n2,1,1\n", ("--count", "k"), "line 2 column k"),
    ],
)
def test_what_is_wrong_is_named(
    text: str, options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    done = evaluate(path, "--time", "t", "--event", "e", *options)
    assert done.exit_code == 2
    assert re.search(said, done.output), done.output


def test_a_table_without_rows_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("t;e\n")
    assert evaluate(path, "--time", "t", "--event", "e").exit_code == 3


def test_a_person_reads_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("t;e\n" + "".join(f"{n},5;{n % 2}\n" for n in range(1, 40)))
    done = evaluate(path, "--time", "t", "--event", "e")
    assert done.exit_code == 0
    assert "Weibull all: shape" in done.stdout
    assert "KM" in done.stdout


def any_table(seed: int) -> tuple[list[str], list[list[object]]]:
    """A small table of any kind: words, gaps, constants, dates, endless numbers, odd events."""
    rng = np.random.default_rng(seed)
    length = int(rng.choice([1, 3, 12, 40]))
    times = rng.exponential(10, length).round(int(rng.integers(0, 3)))
    ends = [["0", "1"], ["Failed", "Censored"], ["a", "b", "censored"], ["left", "right"]]
    columns: dict[str, list[object]] = {
        "t": times.tolist(),
        "e": rng.choice(ends[seed % 4], length).tolist(),
        "count": rng.integers(0, 3, length).tolist(),
        "g": rng.integers(0, 4, length).tolist(),
        "city": rng.choice(["北京", "上海", ""], length).tolist(),
        "x": rng.choice(["", "inf", "1", "-2.5", "nan"], length).tolist(),
        "day": [f"2024-01-{1 + n % 28:02d}" for n in range(length)],
        "empty": [""] * length,
    }
    names = ["t", "e", *rng.choice(list(columns)[2:], 3, replace=False).tolist()]
    return names, [list(row) for row in zip(*(columns[name] for name in names), strict=True)]


@pytest.mark.parametrize("seed", range(24))
def test_any_table_gives_an_answer_or_says_what_is_wrong(seed: int, tmp_path: Path) -> None:
    names, rows = any_table(seed)
    group = ("--group", "g") if "g" in names and seed % 2 else ()
    done = evaluate(
        write(tmp_path / "t.csv", names, rows), "--time", "t", "--event", "e", "--json", *group
    )
    assert done.exit_code in {0, 2}, done.exception
    if done.exit_code == 0:
        assert not re.search("NaN|Infinity", done.stdout)
    else:
        assert re.search(r"--|line", done.output)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("table", "time", "shape", "scale"),
    [
        ("shockabsorber", "miles", 3.16, 27719),  # Meeker and Escobar 1998
        ("bearingcage", "hours", 2.035, 11792),
        ("fan", "hours", 1.058, 26297),
    ],
)
def test_published_laws_of_real_parts_are_found(
    table: str, time: str, shape: float, scale: float
) -> None:
    path = recording(f"life_tables/{table}.csv")
    law = scored(path, "--time", time, "--event", "event")["weibull"]
    assert law["shape"] == pytest.approx(shape, rel=2e-3)
    assert law["scale"] == pytest.approx(scale, rel=2e-3)
