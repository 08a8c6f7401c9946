"""`vigil simulate` and `vigil scorecard` from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from firmware_contracts import codec
from vigil.cli import app

run = CliRunner()


def grown(tmp_path: Path, seed: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    given = ["--vehicles", "3", "--days", "3", "--seed", str(seed), "--out", str(tmp_path)]
    done = run.invoke(app, ["simulate", "fleet", *given, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    return said, {path.name: path.read_bytes() for path in tmp_path.glob("*.batches")}


def test_a_fleet_is_counted_and_kept(tmp_path: Path) -> None:
    said, files = grown(tmp_path / "one", 3)
    assert said["vehicles"] == 3
    assert said["messages"] > 0
    assert said["bytes"] == sum(len(body) - 4 * said_messages(body) for body in files.values())
    assert set(json.loads((tmp_path / "one" / "truth.json").read_text())["cars"]) == {
        "bev-01",
        "petrol-01",
        "bev-02",
    }
    _, again = grown(tmp_path / "two", 3)
    _, other = grown(tmp_path / "three", 4)
    assert again == files
    assert other != files


def said_messages(content: bytes) -> int:
    """Messages of a file, each read back by the codec."""
    at, count = 0, 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        codec.unseal(codec.seal(content[at + 4 : at + 4 + length]))
        at, count = at + 4 + length, count + 1
    return count


def test_cars_beyond_the_scenario_have_names_and_numbers_of_their_own(tmp_path: Path) -> None:
    given = ["simulate", "fleet", "--vehicles", "26", "--days", "1", "--out", str(tmp_path)]
    done = run.invoke(app, [*given, "--json"])
    assert done.exit_code == 0, done.output
    cars = json.loads((tmp_path / "truth.json").read_text())["cars"]
    assert len(cars) == 26
    assert "bev-01.2" in cars


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["simulate", "live", "--car", "nope"], "is not in the scenario"),
        (["simulate", "fleet", "--scenario", "nope"], "no such file"),
    ],
)
def test_what_does_not_exist_is_told(given: list[str], said: str) -> None:
    done = run.invoke(app, given)
    assert isinstance(done.exception, BadInput)
    assert said in str(done.exception)
    assert done.exception.remedy


def test_a_scorecard_without_an_instance_has_nothing_to_say(tmp_path: Path) -> None:
    done = run.invoke(app, ["scorecard", "--data-dir", str(tmp_path)])
    assert done.exit_code == 3
