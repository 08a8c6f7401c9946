"""Hard cases for whoever judges batteries: one change to every car of a fleet, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from simulators.battery.recording import LifeSpec, PackTurn


def _habits(**changes: float) -> Callable[[LifeSpec], LifeSpec]:
    return lambda spec: replace(spec, habits={**spec.habits, **changes})


def _turn(kind: str) -> Callable[[LifeSpec], LifeSpec]:
    return lambda spec: replace(spec, turns=(PackTurn(kind=kind, day=spec.days // 2),))


SCENES: Mapping[str, Callable[[LifeSpec], LifeSpec]] = {
    "plain": lambda spec: spec,
    "fast_only": _habits(dc_share=1.0),
    "small_charges": _habits(plug_below_pct=82.0, target_pct=90.0, full_share=0.0),
    "cold": _habits(climate_mean_c=-4.0, climate_swing_c=8.0),
    "new_pack": _turn("new_pack"),
    "recalibrated": _turn("recalibrated"),
    "sensor_gain": lambda spec: replace(spec, current_gain=1.015),
}
"""Turns happen in the middle of the recording; the gain of `sensor_gain` is 1.5 % too high."""
