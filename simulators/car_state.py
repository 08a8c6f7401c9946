"""A car's state as plain values: so that a demo continues where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from simulators.bms_signals import Totals
from simulators.car import Car
from simulators.engine import EngineState
from simulators.twelve_volt import LowVoltageState
from simulators.tyres import TyreState


def snapshot(car: Car) -> Mapping[str, Any]:
    """Everything that a later `restore` into a car of the same plan needs; JSON-able."""
    return {
        "now_ms": car.now_ms,
        "totals": asdict(car.totals),
        "tyres": asdict(car.tyres),
        "low_voltage": asdict(car.low_voltage.state),
        "engine": None if car.engine is None else asdict(car.engine),
        "pack": None if car.pack is None else car.pack.snapshot(),
    }


def restore(car: Car, memory: Mapping[str, Any]) -> None:
    """Bring a car of the same plan to where the snapshot was taken."""
    car.now_ms = int(memory["now_ms"])
    car.totals = Totals(**memory["totals"])
    car.tyres = TyreState(**memory["tyres"])
    car.low_voltage.state = LowVoltageState(**memory["low_voltage"])
    if car.engine is not None and memory["engine"] is not None:
        car.engine = EngineState(**memory["engine"])
    if car.pack is not None and memory["pack"] is not None:
        car.pack.restore(memory["pack"])
