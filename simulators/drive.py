"""Speed of one trip, second by second: micro-trips between stops, as on real roads.

A micro-trip accelerates, cruises with a wandering foot and brakes to a stop. Targets, lengths and
stops differ by road; their means were set so that a town and highway mix lies near the published
CLTC-P statistics (mean 28.96 km/h, moving 37.18, mean acceleration 0.45 m/s2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter

from firmware_contracts.telemetry import Float64
from simulators.seeded_random import Chance

GRAVITY = 9.81
"""m/s2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """How one kind of road is driven: target speed, distance between stops, length of a stop."""

    speed_kmh: float
    speed_sd: float
    between_stops_m: float
    stop_s: float
    grade_sd: float


ROADS = {
    "town": Road(speed_kmh=42, speed_sd=10, between_stops_m=450, stop_s=27, grade_sd=0.006),
    "suburb": Road(speed_kmh=62, speed_sd=9, between_stops_m=1300, stop_s=22, grade_sd=0.008),
    "highway": Road(speed_kmh=104, speed_sd=8, between_stops_m=14_000, stop_s=4, grade_sd=0.01),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drive:
    """One trip at 1 Hz: speed in m/s, acceleration in m/s2, grade as rise over run; all [n]."""

    speed_ms: Float64
    acceleration_ms2: Float64
    grade: Float64

    @property
    def seconds(self) -> int:
        """Length of the trip."""
        return int(self.speed_ms.shape[0])

    @property
    def distance_m(self) -> float:
        """Road covered, in metres."""
        return float(self.speed_ms.sum())


def drive(chance: Chance, distance_m: float, temper: float = 1.0) -> Drive:
    """A trip of about `distance_m`; `temper` 1 is calm, 1.5 presses every pedal harder."""
    parts = [np.zeros(int(chance.integers(4, 15)))]
    done = 0.0
    while done < distance_m:
        road = ROADS[_road(done, distance_m)]
        leg, metres = _micro_trip(chance, road, distance_m - done, temper)
        done += metres
        parts += [leg, np.zeros(int(chance.exponential(road.stop_s)))]
    parts.append(np.zeros(3))
    speed = _wander(chance, np.concatenate(parts))
    return Drive(
        speed_ms=speed,
        acceleration_ms2=np.diff(speed, prepend=0.0),
        grade=_grade(chance, speed),
    )


def _road(done_m: float, total_m: float) -> str:
    edge = min(done_m, total_m - done_m)
    if edge < 2500 or total_m < 7000:
        return "town"
    return "highway" if total_m > 28_000 and edge > 7000 else "suburb"


@lru_cache(maxsize=512)
def _rise(seconds: int) -> tuple[Float64, float]:
    """Share of the target speed while accelerating, hard at first, then easing; and its sum."""
    shape = 1 - (1 - np.linspace(0, 1, seconds)) ** 1.5
    return shape, float(shape.sum())


@lru_cache(maxsize=512)
def _fall(seconds: int) -> tuple[Float64, float]:
    """Share of the target speed while braking to a stop; and its sum."""
    shape = np.linspace(1, 0, seconds) ** 0.9
    return shape, float(shape.sum())


def _micro_trip(chance: Chance, road: Road, left_m: float, temper: float) -> tuple[Float64, float]:
    """Speeds of one micro-trip, and its metres; it never ends faster than it could brake."""
    length = max(60.0, min(chance.exponential(road.between_stops_m) + 80, left_m))
    push = 0.95 * temper * chance.lognormal(0, 0.2)
    brake = 1.0 * temper * chance.lognormal(0, 0.35)
    target = max(4.0, chance.normal(road.speed_kmh, road.speed_sd) / 3.6)
    target = min(target, (2 * 0.9 * length * push * brake / (push + brake)) ** 0.5)
    up, ran_up = _rise(max(3, round(1.35 * target / push)))
    down, ran_down = _fall(max(3, round(1.1 * target / brake)))
    cruise = max(0, int(length / target - ran_up - ran_down))
    leg = np.empty(len(up) + cruise + len(down))
    np.multiply(up, target, out=leg[: len(up)])
    leg[len(up) : len(up) + cruise] = target
    np.multiply(down, target, out=leg[len(up) + cruise :])
    return leg, target * (ran_up + cruise + ran_down)


def _wander(chance: Chance, speed: Float64) -> Float64:
    """A foot that is never still: a few per cent of the speed, over some ten seconds."""
    foot = lfilter([0.18], [1, -0.94], chance.normal(0, 1, len(speed)))
    return np.asarray(np.maximum(0.0, speed * (1 + 0.022 * foot)))


def _grade(chance: Chance, speed: Float64) -> Float64:
    """Rolling hills with a wavelength of 2 to 5 km; what goes up comes down."""
    road_m = np.cumsum(speed)
    waves = zip(chance.uniform(2000, 5000, 3), chance.uniform(0, 2 * np.pi, 3), strict=True)
    rise = sum(np.sin(2 * np.pi * road_m / length + phase) for length, phase in waves)
    return np.asarray(0.006 * rise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the road feels of a car: mass, drag area, rolling resistance, rotating share."""

    mass_kg: float
    drag_area_m2: float
    rolling: float = 0.0095
    rotating: float = 1.04

    def wheel_power_w(self, drive: Drive, air_c: float) -> Float64:
        """Power at the wheels in W, negative while slowing [n]: longitudinal dynamics."""
        density = 1.293 * 273.15 / (273.15 + air_c)
        v = drive.speed_ms
        inertia = self.mass_kg * self.rotating * drive.acceleration_ms2
        climb = self.mass_kg * GRAVITY * drive.grade
        rolling = self.mass_kg * GRAVITY * self.rolling * (v > 0)
        return np.asarray(
            (inertia + climb + rolling + 0.5 * density * self.drag_area_m2 * v**2) * v
        )
