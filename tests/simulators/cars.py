"""Cars for the tests of this room, grown from fixed seeds."""

from __future__ import annotations

from firmware_contracts.durations import DAY_MS
from simulators.car import Car, CarPlan
from simulators.car_faults import Fault, Faults
from simulators.driver import HABITS
from simulators.fleet import load
from simulators.live_car import LivingCar
from simulators.spec import SPECS

UNTIL_MS = 1_795_305_600_000  # 2026-11-22 00:00 UTC


def plan(
    spec: str, *faults: Fault, habit: str = "commuter", city: str = "shanghai", seed: int = 5
) -> CarPlan:
    return CarPlan(
        name=f"test-{spec}",
        spec=SPECS[spec],
        habit=HABITS[habit],
        city=city,
        seed=seed,
        faults=Faults(faults),
    )


def fault(
    kind: str, component: str, *, days_ago: float, days_left: float, law: str = "linear"
) -> Fault:
    return Fault(
        kind=kind,
        component=component,
        onset_ms=UNTIL_MS - int(days_ago * DAY_MS),
        fails_ms=UNTIL_MS + int(days_left * DAY_MS),
        law=law,
    )


def demo_car(name: str, seed: int = 7) -> LivingCar:
    """A car of the demo, on the road now."""
    plans = {p.name: p for p in load("demo").plans(seed, UNTIL_MS)}
    return LivingCar(Car(plans[name], UNTIL_MS))


def known(car: LivingCar, signal: str) -> float:
    """A value that the car has."""
    value = car.value(signal)
    assert value is not None
    return float(value)
