"""What was decided at the demo's first start: seed, cars, span of history. Later starts continue.

data_dir/demo/story.json    seed, scenario, number of cars, start and end of the history
data_dir/demo/truth.json    what was planted; read by `vigil scorecard` only
"""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from domain.errors import BadInput
from firmware_contracts.durations import DAY_MS
from simulators.car import CarPlan
from simulators.car_faults import write_truth
from simulators.fleet import CarEntry, Scenario, ScenarioError, load
from vigil.settings import Settings

SCENARIO = "demo"
ON_A_BUS = 2
"""So many cars, the first ones, are read over CAN; the others report themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The demo of one data folder. Times in UTC ms."""

    folder: Path
    seed: int
    scenario: str
    cars: int
    start_ms: int
    until_ms: int

    def plans(self, part: str) -> list[tuple[CarEntry, CarPlan]]:
        """Cars of a service: `cars` (on a bus), `fleet` (the others), or `all`."""
        scenario = load(self.scenario)
        spans = {"cars": (0, ON_A_BUS), "fleet": (ON_A_BUS, None), "all": (0, None)}
        pairs = list(zip(scenario.cars, scenario.plans(self.seed, self.until_ms), strict=True))
        return pairs[: self.cars][slice(*spans[part])]

    @property
    def truth(self) -> Path:
        """What was planted."""
        return self.folder / "truth.json"


def folder_of(data_dir: Path) -> Path:
    """Where the demo keeps its state."""
    return data_dir / "demo"


def kept(data_dir: Path) -> Story | None:
    """The story of this folder, None before its first start."""
    path = folder_of(data_dir) / "story.json"
    if not path.exists():
        return None
    return Story(folder=path.parent, **json.loads(path.read_text("utf-8")))


def kept_seed(data_dir: Path) -> int | None:
    """Seed of the demo in this folder, None before its first start."""
    found = kept(data_dir)
    return None if found is None else found.seed


def begin(settings: Settings) -> Story:
    """The kept story, or a new one that ends now; of two services that begin one writes it."""
    found = kept(settings.data_dir)
    if found is not None:
        return found
    story = _new(settings)
    values = asdict(story)
    del values["folder"]
    story.folder.mkdir(parents=True, exist_ok=True)
    half = story.folder / f"story.{secrets.token_hex(6)}.new"
    half.write_text(json.dumps(values), "utf-8")
    try:
        os.link(half, story.folder / "story.json")
    except FileExistsError:
        return kept(settings.data_dir) or story
    finally:
        half.unlink()
    planted = {plan.name: plan.faults.planted for _, plan in story.plans("all")}
    write_truth(story.truth, planted, story.start_ms, story.until_ms)
    return story


def _new(settings: Settings) -> Story:
    scenario = _scenario()
    if settings.demo.cars > len(scenario.cars):
        raise BadInput(
            "demo.cars",
            settings.demo.cars,
            f"the scenario has {len(scenario.cars)} cars",
            remedy="choose fewer, or add cars to simulators/scenarios/demo.yaml",
        )
    if settings.demo.seed is None:
        raise BadInput("demo.seed", None, "is not set", remedy="start with `vigil run`")
    until_ms = int(time.time() * 1000) // 1000 * 1000
    return Story(
        folder=folder_of(settings.data_dir),
        seed=settings.demo.seed,
        scenario=SCENARIO,
        cars=settings.demo.cars,
        start_ms=until_ms - settings.demo.history_days * DAY_MS,
        until_ms=until_ms,
    )


def _scenario() -> Scenario:
    try:
        return load(SCENARIO)
    except ScenarioError as error:
        raise BadInput("scenario", SCENARIO, str(error)) from error
