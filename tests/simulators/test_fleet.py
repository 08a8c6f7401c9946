"""Scenario files: what is wrong is named; what is right is grown from the seed alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_contracts.durations import DAY_MS
from simulators.car_faults import KINDS, Fault, write_truth
from simulators.fleet import ScenarioError, load, parse
from simulators.vin import check_digit, vin
from tests.simulators.cars import UNTIL_MS, fault


def test_the_demo_fleet_is_24_mixed_cars_and_its_first_two_carry_two_faults_each() -> None:
    cars = load("demo").cars
    assert len(cars) == 24
    kinds = Counter(car.spec.name for car in cars)
    assert set(kinds) == {"bev_nmc", "bev_lfp", "phev", "petrol", "diesel"}
    assert cars[0].faults == ("weak_cell", "twelve_volt_sulphation")
    assert cars[1].faults == ("thermostat_stuck_open", "slow_puncture")
    assert {car.centre for car in cars} == {1, 2}
    assert sum(not car.faults for car in cars) >= 8


def test_planted_faults_are_under_way_at_the_end_of_history() -> None:
    for seed in range(20):
        for plan in load("demo").plans(seed, UNTIL_MS):
            for planted in plan.faults.planted:
                assert UNTIL_MS - 120 * DAY_MS < planted.onset_ms < UNTIL_MS < planted.fails_ms
                assert 0.15 < planted.severity(UNTIL_MS) <= 1


def test_seeds_decide() -> None:
    first, again, other = (load("demo").plans(seed, UNTIL_MS) for seed in (1, 1, 2))
    assert [p.faults.planted for p in first] == [p.faults.planted for p in again]
    assert [p.seed for p in first] == [p.seed for p in again]
    assert [p.faults.planted for p in first] != [p.faults.planted for p in other]
    assert [p.name for p in load("demo").plans(1, UNTIL_MS, 2)] == ["bev-01", "petrol-01"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "needs a mapping with a list 'cars'"),
        ({"cars": ["bev"]}, "car 1 is not a mapping"),
        ({"cars": [{"type": "boat"}]}, "type 'boat' is not one of bev_nmc"),
        ({"cars": [{"type": "petrol", "city": "rome"}]}, "city 'rome' is not one of"),
        ({"cars": [{"type": "petrol", "habit": "racer"}]}, "habit 'racer' is not one of"),
        ({"cars": [{"type": "petrol", "faults": ["weak_cell"]}]}, "fault 'weak_cell' is not"),
        ({"cars": [{"name": "a", "type": "petrol"}] * 2}, "'a' stands twice"),
    ],
)
def test_a_wrong_scenario_is_told_where(
    content: dict[str, list[dict[str, Callable[..., object] | str]]]
    | dict[str, list[dict[str, str]]]
    | dict[str, list[str]]
    | list[object],
    said: str,
) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse(content, "file.yaml")


def test_a_missing_or_broken_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file; give a path or one of demo"):
        load("nowhere")
    broken = tmp_path / "x.yaml"
    broken.write_text("cars: [", "utf-8")
    with pytest.raises(ScenarioError, match="not YAML"):
        load(str(broken))


def test_growth_laws_begin_at_onset_and_reach_one_at_failure() -> None:
    for law in ("linear", "square", "root"):
        grown = fault("slow_puncture", "tyre_fl", days_ago=10, days_left=10, law=law)
        assert grown.severity(grown.onset_ms - 1) == 0
        assert grown.severity(grown.fails_ms) == pytest.approx(1)
        assert grown.days_left(UNTIL_MS) == pytest.approx(10)
    assert fault("slow_puncture", "x", days_ago=1, days_left=9, law="step").severity(UNTIL_MS) == 1


def test_a_fault_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="fault kind 'rust' is not one of"):
        Fault(kind="rust", component="", onset_ms=0, fails_ms=1, law="linear")
    with pytest.raises(ValueError, match="growth law 'cubic'"):
        Fault(kind="weak_cell", component="", onset_ms=0, fails_ms=1, law="cubic")
    with pytest.raises(ValueError, match="fails_ms must come after"):
        Fault(kind="weak_cell", component="", onset_ms=1, fails_ms=1, law="linear")


def test_the_truth_file_lists_healthy_cars_too(tmp_path: Path) -> None:
    planted = {p.name: p.faults.planted for p in load("demo").plans(3, UNTIL_MS)}
    write_truth(tmp_path / "truth.json", planted, UNTIL_MS - DAY_MS, UNTIL_MS)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert set(truth["cars"]) == set(planted)
    assert {f["kind"] for faults in truth["cars"].values() for f in faults} == set(KINDS)


def test_vins_are_valid_and_nobody_elses() -> None:
    """The check digit of a published example, and of every simulated car."""
    assert check_digit("1M8GDM9AXKP042788") == "X"
    numbers = {vin(seed) for seed in range(200)}
    assert len(numbers) == 200
    for number in numbers:
        assert len(number) == 17
        assert number[8] == check_digit(number)
        assert not set(number) & set("IOQ")
