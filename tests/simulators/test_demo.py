"""The demo between two starts: one story, one history, an odometer that never runs backwards."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from domain.errors import BadInput
from firmware_contracts import codec
from firmware_contracts.telemetry import Origin
from gateway import profiles
from gateway.outbox import Outbox
from simulators.ecu.broadcast import DBC
from tests.simulators.cars import known
from vigil.demo import demo_cars, road, story
from vigil.demo.demo_cars import Parked
from vigil.demo.memory import Memory
from vigil.demo.story import Story
from vigil.settings import Settings


def settings(folder: Path, **demo: object) -> Settings:
    given = {"cars": 2, "history_days": 3, "seed": 5} | demo
    return Settings(data_dir=folder).with_values({"demo": given})


@pytest.fixture
def told(tmp_path: Path) -> Story:
    return story.begin(settings(tmp_path))


def parked(told: Story, place: int) -> Parked:
    plan = told.plans("all")[place][1]
    return Parked(plan=plan, vehicle_id=1 + place, device=f"gw-{plan.name}")


def test_the_first_start_decides_and_later_ones_follow(tmp_path: Path) -> None:
    first = story.begin(settings(tmp_path))
    again = story.begin(settings(tmp_path, seed=99, cars=24))
    assert again == first
    assert story.kept_seed(tmp_path) == 5
    truth = json.loads(first.truth.read_text())
    assert set(truth["cars"]) == {"bev-01", "petrol-01"}


def test_two_services_that_begin_at_once_tell_one_story(tmp_path: Path) -> None:
    seen: list[Story] = []

    def start(seed: int) -> None:
        seen.append(story.begin(settings(tmp_path, seed=seed)))

    threads = [threading.Thread(target=start, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.seed for each in seen}) == 1
    assert len({each.until_ms for each in seen}) == 1


def test_more_cars_than_the_scenario_has_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"demo\.cars 25") as refused:
        story.begin(settings(tmp_path, cars=25))
    assert "demo.yaml" in refused.value.remedy


def test_parts_share_the_cars_without_overlap(tmp_path: Path) -> None:
    told = story.begin(settings(tmp_path, cars=24))
    names = {part: [plan.name for _, plan in told.plans(part)] for part in ("cars", "fleet", "all")}
    assert names["cars"] + names["fleet"] == names["all"]
    assert names["cars"] == ["bev-01", "petrol-01"]


def test_vehicle_ids_are_drawn_once(told: Story) -> None:
    first = demo_cars.vehicle_ids(told.folder, ["a", "b"])
    assert demo_cars.vehicle_ids(told.folder, ["a", "b", "c"]) | first == demo_cars.vehicle_ids(
        told.folder, []
    )


def bodies(outbox: Outbox) -> list[bytes]:
    return [queued.body for queued in outbox.due(10**15, 10_000)]


@pytest.mark.parametrize("place", [0, 1])
def test_history_told_twice_is_the_same_history(told: Story, tmp_path: Path, place: int) -> None:
    """A process that dies while telling tells again: the ledger must see duplicates only."""
    lives = []
    for name in ("one", "two"):
        outbox = Outbox(tmp_path / f"{name}.db")
        memory = Memory(tmp_path / name, "car")
        road.tell(told, parked(told, place), memory, outbox, threading.Event())
        assert memory.told
        lives.append(bodies(outbox))
        outbox.close()
    assert lives[0] == lives[1]
    batch = codec.unseal(codec.seal(lives[0][0])).batch
    assert batch.origin is Origin.IMPORT


def test_a_car_wakes_where_it_was_and_its_odometer_goes_on(told: Story, tmp_path: Path) -> None:
    car = parked(told, 0)
    first = road.alive(told, car, Memory(told.folder, "car"))
    memory = Memory(told.folder, "car")
    memory.recall(first.car)
    first.step(90.0)
    driven = known(first, "odometer_m")
    memory.note(driven)
    again = road.alive(told, car, Memory(told.folder, "car"))
    assert known(again, "odometer_m") >= driven
    assert abs(again.now_ms - time.time() * 1000) < 60_000


def test_the_gateway_reads_the_broadcast_by_the_same_dbc() -> None:
    """The gateway ships its own copy: it may not import the simulators."""
    assert (profiles.FOLDER / DBC.name).read_bytes() == DBC.read_bytes()
