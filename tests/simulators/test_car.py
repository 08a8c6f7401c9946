"""A car's physics against figures of the usual size, and planted faults against healthy cars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from firmware_contracts.durations import DAY_MS
from firmware_contracts.records import Charge, Crank, Parked, Trip
from simulators.calendar import calendar
from simulators.car import Car, CarPlan
from simulators.car_state import restore, snapshot
from simulators.drive import drive
from simulators.episode import Episode
from simulators.live_car import LivingCar
from simulators.seeded_random import dice
from simulators.tyres import gauge_kpa
from simulators.weather import Weather
from tests.simulators.cars import UNTIL_MS, demo_car, fault, known, plan


def lived(car_plan: CarPlan, days: int = 14) -> tuple[Car, list[Episode]]:
    car = Car(car_plan, UNTIL_MS - days * DAY_MS)
    return car, list(calendar(car, UNTIL_MS))


def told(episodes: list[Episode], kind: type) -> list[Any]:
    return [r for episode in episodes for r in episode.records if isinstance(r, kind)]


def test_driving_has_the_statistics_of_town_and_road() -> None:
    """Published CLTC-P: moving mean 37.2 km/h, top 114, mean acceleration 0.45 m/s2, stops 22 %."""
    trips = [drive(dice(1, i), 17_000) for i in range(40)]
    speed = np.concatenate([t.speed_ms for t in trips]) * 3.6
    rising = np.concatenate([t.acceleration_ms2 for t in trips])
    moving = speed > 1
    assert 30 < speed[moving].mean() < 50
    assert 0.15 < 1 - moving.mean() < 0.4
    assert 0.3 < rising[rising > 0.15].mean() < 0.8
    assert speed.max() < 140
    for trip in trips:
        assert trip.speed_ms[0] == trip.speed_ms[-1] == 0.0
        assert trip.distance_m == pytest.approx(17_000, rel=0.06)


@pytest.mark.parametrize(
    ("spec", "low", "high"),
    [("bev_nmc", 11, 20), ("bev_lfp", 10, 19), ("petrol", 4.5, 9.5), ("diesel", 5, 11)],
)
def test_consumption_per_100_km(spec: str, low: float, high: float) -> None:
    _, episodes = lived(plan(spec))
    trips = told(episodes, Trip)
    km = sum(trip.distance_m for trip in trips) / 1000
    used = sum((trip.energy_kwh if "bev" in spec else trip.fuel_l) for trip in trips)
    assert low < 100 * used / km < high


def test_energy_is_kept_between_charging_and_driving() -> None:
    car, episodes = lived(plan("bev_nmc"), days=40)
    into = sum(charge.charge_ah for charge in told(episodes, Charge))
    moved = [s for s in episodes if s.kind == "trip"]
    out = sum(float(s.columns["pack_current_a"].sum()) / 3600 for s in moved)
    first, last = (episodes[0].columns["soc_pct"][0], episodes[-1].columns["soc_pct"][-1])
    assert car.plan.spec.pack is not None
    assert car.pack is not None
    rated = car.plan.spec.pack.capacity_ah * car.pack.soh
    assert into + out == pytest.approx(rated * (last - first) / 100, abs=0.06 * rated)


def test_state_of_charge_stays_inside_and_the_pack_ages_slowly() -> None:
    car, episodes = lived(plan("bev_nmc", habit="ride_hailing"), days=30)
    soc = np.concatenate([s.columns["soc_pct"] for s in episodes])
    assert soc.min() > 3
    assert soc.max() <= 100
    assert car.pack is not None
    assert 0.8 < car.pack.soh < 1.03


def test_a_weak_cell_falls_behind_and_a_healthy_pack_does_not() -> None:
    weak = fault("weak_cell", "cell_37", days_ago=60, days_left=20)
    for car_plan, lowest in ((plan("bev_nmc", weak), -0.035), (plan("bev_nmc"), -0.015)):
        _, episodes = lived(car_plan, days=4)
        parked = next(s for s in reversed(episodes) if s.kind == "parked")
        assert parked.cells_v is not None
        cells = parked.cells_v(np.array([0]))[0]
        deviation = cells[36] - np.median(cells)
        assert (deviation < lowest) == (lowest == -0.035)


def test_coolant_settles_at_the_thermostat_and_stuck_open_below_it() -> None:
    stuck = fault("thermostat_stuck_open", "thermostat", days_ago=60, days_left=60, law="step")
    _, healthy = lived(plan("petrol"))
    _, open_ = lived(plan("petrol", stuck))
    long = [t.coolant_end_c for t in told(healthy, Trip) if t.distance_m > 12_000]
    cool = [t.coolant_end_c for t in told(open_, Trip) if t.distance_m > 12_000]
    assert 82 < np.median(long) < 96
    assert np.median(cool) < np.median(long) - 8
    energy = np.median([t.warmup_kj_per_k for t in told(healthy, Trip) if t.warmup_kj_per_k])
    more = np.median([t.warmup_kj_per_k for t in told(open_, Trip) if t.warmup_kj_per_k])
    assert more > 1.2 * energy


def test_a_start_pulls_the_net_down_and_more_when_sulphated() -> None:
    dying = fault("twelve_volt_sulphation", "lv_battery", days_ago=80, days_left=10)
    _, healthy = lived(plan("petrol"))
    _, worn = lived(plan("petrol", dying))
    good = [c.min_v for c in told(healthy, Crank)]
    bad = [c.min_v for c in told(worn, Crank)]
    assert min(good) > 9.6
    assert max(good) < 11.8
    assert np.median(bad) < np.median(good) - 1.5
    rest = [c.rest_v for c in told(healthy, Crank) if c.rest_h and c.rest_h > 4]
    assert 12.4 < np.median(rest) < 12.8


def test_a_puncture_loses_pressure_in_one_tyre_only() -> None:
    leak = fault("slow_puncture", "tyre_rl", days_ago=20, days_left=15)
    _, episodes = lived(plan("petrol", leak))
    parked = told(episodes, Parked)
    cold = [
        [
            gauge_kpa(p, 20) * 293.15 / (273.15 + record.ambient_mean_c)
            for p in (record.tyre_fl_kpa, record.tyre_rl_kpa)
        ]
        for record in (parked[0], parked[-1])
    ]
    assert cold[1][0] - cold[0][0] > -8
    assert cold[1][1] - cold[1][0] < -12


def test_pressure_follows_temperature_at_constant_amount_of_air() -> None:
    """standards.md section 10: about 1.13 kPa per K at 230 kPa gauge."""
    assert gauge_kpa(230.0, 20.0) == pytest.approx(230.0)
    assert gauge_kpa(230.0, 21.0) - 230.0 == pytest.approx(1.13, abs=0.01)


def test_seasons_are_where_they_belong() -> None:
    weather = Weather("harbin", 1)
    january, july = UNTIL_MS + 60 * DAY_MS, UNTIL_MS + 240 * DAY_MS
    assert weather.air_c(january) < -5
    assert weather.air_c(july) > 18
    with pytest.raises(ValueError, match="city 'atlantis' is not one of"):
        Weather("atlantis", 1)


def test_stepping_at_any_rate_reaches_the_same_moment() -> None:
    fine, coarse = demo_car("bev-01"), demo_car("bev-01")
    for _ in range(2000):
        fine.step(0.05)
    coarse.step(100.0)
    assert fine.now_ms == coarse.now_ms
    for name in ("vehicle_speed_kmh", "odometer_m", "pack_current_a", "lv_voltage_v"):
        assert fine.value(name) == pytest.approx(coarse.value(name), rel=1e-6), name


def test_a_busy_life_never_ends_and_time_never_jumps() -> None:
    car = demo_car("petrol-01")
    seen = [car.episode.kind]
    odometer = known(car, "odometer_m")
    for _ in range(240):
        before = car.now_ms
        car.step(30.0)
        assert car.now_ms - before == pytest.approx(30_000, abs=1000)
        assert known(car, "odometer_m") >= odometer
        odometer = known(car, "odometer_m")
        if car.episode.kind != seen[-1]:
            seen.append(car.episode.kind)
    assert {"trip", "parked"} <= set(seen)
    assert len(seen) > 5


@pytest.mark.parametrize("spec", ["phev", "bev_lfp", "diesel"])
def test_a_remembered_car_lives_on_as_it_was(spec: str) -> None:
    car, _ = lived(plan(spec), days=5)
    other = Car(plan(spec), UNTIL_MS)
    restore(other, snapshot(car))
    assert snapshot(other) == snapshot(car)
    first, second = car.trip(5000), other.trip(5000)
    for name in ("odometer_m", "lv_voltage_v", "tyre_fl_kpa"):
        np.testing.assert_allclose(first.columns[name], second.columns[name])


def test_a_life_that_ends_says_so() -> None:
    car = Car(plan("petrol"), UNTIL_MS - DAY_MS)
    living = LivingCar(car, calendar(car, UNTIL_MS))
    with pytest.raises(StopIteration):
        living.step(2 * 86_400)
