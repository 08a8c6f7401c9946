"""How a car spends its days: a calendar of outings, charges and parked time.

calendar   history: days with their habits, asleep between outings
busy       demo: awake all the time, short trips, stops of some minutes, a fast charge when needed
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware_contracts.durations import DAY_MS
from simulators.car import Car
from simulators.driver import MINUTE_MS, Outing
from simulators.episode import Episode
from simulators.seeded_random import dice

_ZONE_MS = 8 * 3_600_000
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_SETTLE_MS = 2 * MINUTE_MS
"""Between stopping and plugging in."""


def calendar(car: Car, until_ms: int) -> Iterator[Episode]:
    """Live the car from its `now_ms` to `until_ms`; episodes do not overlap and leave no holes
    but the minutes between switching off and plugging in."""
    for outing in _outings(car, until_ms):
        if outing.start_ms <= car.now_ms or outing.start_ms > until_ms - 4 * 3_600_000:
            continue
        yield from _park(car, outing.start_ms)
        if _needs_charge(car, outing.distance_m):
            yield from _charge(car, until_ms, kind=2)
        yield car.trip(outing.distance_m)
        yield from _plug_in(car, until_ms)
    yield from _park(car, until_ms)


def busy(car: Car) -> Iterator[Episode]:
    """Never ends: trips of 3 to 15 km, stops of 2.5 to 4 minutes, a fast charge below a quarter."""
    chance = dice(car.plan.seed, "busy", car.now_ms)
    while True:
        yield car.trip(float(chance.uniform(3000, 15_000)))
        if car.pack is not None and car.plan.spec.engine is None and car.pack.soc < 0.25:
            yield car.charge(2, 0.8, step_s=1.0)
        yield car.park(car.now_ms + int(chance.uniform(2.5, 4) * MINUTE_MS), step_s=1.0)


def _outings(car: Car, until_ms: int) -> Iterator[Outing]:
    first = (car.now_ms + _ZONE_MS) // DAY_MS
    last = (until_ms + _ZONE_MS) // DAY_MS
    for day in range(first, last + 1):
        chance = dice(car.plan.seed, "day", day)
        yield from car.plan.habit.day(chance, day * DAY_MS - _ZONE_MS, (day + _EPOCH_WEEKDAY) % 7)


def _park(car: Car, until_ms: int) -> Iterator[Episode]:
    if until_ms - car.now_ms > MINUTE_MS:
        yield car.park(until_ms)


def _plug_in(car: Car, until_ms: int) -> Iterator[Episode]:
    """Home or a fast charger, when the habit says so."""
    habit = car.plan.habit
    below = 0.8 if car.plan.spec.engine is not None else habit.plug_below
    if car.pack is None or car.pack.soc > below:
        return
    fast = car.plan.spec.engine is None and _draw(car) < habit.dc_share
    yield from _charge(car, until_ms, kind=2 if fast else 1)


def _charge(car: Car, until_ms: int, kind: int) -> Iterator[Episode]:
    assert car.pack is not None
    target = min(car.plan.habit.charge_to, 0.82) if kind == 2 else car.plan.habit.charge_to
    if kind == 1 and (car.pack.spec.chemistry == "lfp" or _draw(car) < 0.12):
        target = 1.0  # iron phosphate is set right only when full, and makers ask for it
    hours = (target - car.pack.soc) * car.pack.spec.energy_kwh / _rate_kw(car, kind)
    if target - car.pack.soc > 0.03 and car.now_ms + hours * 3_600_000 < until_ms:
        car.park(car.now_ms + _SETTLE_MS)
        yield car.charge(kind, target)


def _rate_kw(car: Car, kind: int) -> float:
    assert car.plan.spec.pack is not None
    pack = car.plan.spec.pack
    return 0.4 * pack.dc_power_kw if kind == 2 else 0.8 * pack.ac_power_kw


def _needs_charge(car: Car, distance_m: float) -> bool:
    if car.pack is None or car.plan.spec.engine is not None:
        return False
    need_kwh = 0.26 * distance_m / 1000
    return (car.pack.soc - 0.08) * car.pack.soh * car.pack.spec.energy_kwh < need_kwh


def _draw(car: Car) -> float:
    return float(dice(car.plan.seed, "whim", car.totals.episodes).random())
