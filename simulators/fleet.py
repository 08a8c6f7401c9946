"""A fleet from a scenario file: which cars, which drivers, which faults; the seed does the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from firmware_contracts.durations import DAY_MS
from simulators.car import CarPlan
from simulators.car_faults import KINDS, Fault, Faults
from simulators.driver import habit
from simulators.seeded_random import Chance, dice
from simulators.spec import SPECS, CarSpec
from simulators.tyres import WHEELS
from simulators.weather import CLIMATES

SCENARIOS = Path(__file__).parent / "scenarios"


class ScenarioError(ValueError):
    """A scenario that cannot be built; the message names file, car, field, value and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarEntry:
    """One line of a scenario, checked: names only, no chance drawn yet."""

    name: str
    spec: CarSpec
    habit: str
    city: str
    faults: tuple[str, ...]
    centre: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A checked scenario file."""

    name: str
    history_days: int
    cars: tuple[CarEntry, ...]

    def plans(self, seed: int, until_ms: int, vehicles: int | None = None) -> list[CarPlan]:
        """The first `vehicles` cars (all by default), with faults planted before `until_ms`."""
        return [_plan(car, seed, until_ms) for car in self.cars[:vehicles]]


def load(name_or_path: str) -> Scenario:
    """A scenario by name (`demo`) or by path; ScenarioError says what to mend."""
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml"):
        path = SCENARIOS / f"{name_or_path}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in SCENARIOS.glob("*.yaml")))
        raise ScenarioError(
            f"scenario {name_or_path!r}: no such file; give a path or one of {known}"
        )
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: not YAML ({error}); mend the line it names") from error
    return parse(content, str(path))


def parse(content: object, source: str = "scenario") -> Scenario:
    """A scenario from its parsed YAML."""
    if not isinstance(content, Mapping) or not isinstance(content.get("cars"), Sequence):
        raise ScenarioError(f"{source}: needs a mapping with a list 'cars'")
    cars = tuple(_entry(car, source, place) for place, car in enumerate(content["cars"], 1))
    names = [car.name for car in cars]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ScenarioError(f"{source}: car name {twice[0]!r} stands twice; names must differ")
    return Scenario(
        name=str(content.get("name", source)),
        history_days=int(content.get("history_days", 120)),
        cars=cars,
    )


def _entry(car: object, source: str, place: int) -> CarEntry:
    if not isinstance(car, Mapping):
        raise ScenarioError(f"{source}: car {place} is not a mapping; write name:, type:, ...")
    where = f"{source}: car {car.get('name', place)!r}"
    spec = SPECS.get(str(car.get("type")))
    if spec is None:
        raise ScenarioError(f"{where}: type {car.get('type')!r} is not one of {', '.join(SPECS)}")
    city = str(car.get("city", "shanghai"))
    if city not in CLIMATES:
        raise ScenarioError(f"{where}: city {city!r} is not one of {', '.join(CLIMATES)}")
    faults = tuple(str(kind) for kind in car.get("faults", ()))
    for kind in faults:
        if kind not in KINDS or spec.powertrain not in KINDS[kind].powertrains:
            able = [k.name for k in KINDS.values() if spec.powertrain in k.powertrains]
            raise ScenarioError(f"{where}: fault {kind!r} is not one of {', '.join(able)}")
    try:
        driver = habit(str(car.get("habit", "commuter"))).name
    except ValueError as error:
        raise ScenarioError(f"{where}: {error}") from error
    name = str(car.get("name", f"car-{place:02d}"))
    return CarEntry(
        name=name,
        spec=spec,
        habit=driver,
        city=city,
        faults=faults,
        centre=int(car.get("centre", 1)),
    )


def _plan(car: CarEntry, seed: int, until_ms: int) -> CarPlan:
    chance = dice(seed, "plan", car.name)
    faults = Faults(
        [
            plant(kind, car.spec, until_ms, dice(seed, "fault", car.name, kind))
            for kind in car.faults
        ]
    )
    return CarPlan(
        name=car.name,
        spec=car.spec,
        habit=habit(car.habit),
        city=car.city,
        seed=int(chance.integers(1, 2**62)),
        faults=faults,
        odometer_km=round(float(chance.uniform(12_000, 75_000)), 1),
    )


def plant(kind: str, spec: CarSpec, until_ms: int, chance: Chance) -> Fault:
    """One fault of this kind whose story is under way at `until_ms`."""
    what = KINDS[kind]
    days = float(chance.uniform(*what.days_to_failure))
    onset = until_ms - int(days * float(chance.uniform(*what.lived)) * DAY_MS)
    return Fault(
        kind=kind,
        component=_component(kind, spec, chance),
        onset_ms=onset,
        fails_ms=onset + int(days * DAY_MS),
        law=what.law,
        ceiling=what.ceiling,
    )


def _component(kind: str, spec: CarSpec, chance: Chance) -> str:
    if kind == "weak_cell":
        assert spec.pack is not None
        return f"cell_{int(chance.integers(1, spec.pack.cells + 1))}"
    if kind == "slow_puncture":
        return f"tyre_{WHEELS[int(chance.integers(4))]}"
    return {"twelve_volt_sulphation": "lv_battery", "thermostat_stuck_open": "thermostat"}[kind]
