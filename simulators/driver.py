"""Who drives: how often, how far, how hard, and when they plug in."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_contracts.durations import DAY_MS
from simulators.seeded_random import Chance

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """One planned trip: when it starts (UTC ms) and how far it goes."""

    start_ms: int
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """A driver. Hours are local; distances are medians of a log-normal."""

    name: str
    weekday_hours: tuple[float, ...]
    weekday_km: float
    weekend_trips: float
    weekend_km: float
    spread: float = 0.35
    temper: float = 1.0
    plug_below: float = 0.45
    charge_to: float = 0.9
    dc_share: float = 0.15
    skip: float = 0.08

    def day(self, chance: Chance, day_ms: int, weekday: int) -> list[Outing]:
        """The outings of one local day that starts at `day_ms`, in order and apart."""
        if weekday < 5:
            hours = [h for h in self.weekday_hours if chance.random() > self.skip]
            median_km = self.weekday_km
        else:
            hours = sorted(chance.uniform(8.5, 20.5, chance.poisson(self.weekend_trips)))
            median_km = self.weekend_km
        out, free_ms = [], day_ms + 5 * HOUR_MS
        for hour in hours:
            start = day_ms + int((hour + chance.normal(0, 0.2)) * HOUR_MS)
            km = min(220.0, float(median_km * chance.lognormal(0, self.spread)))
            start = max(start, free_ms)
            if start > day_ms + DAY_MS - 2 * HOUR_MS:
                break
            out.append(Outing(start_ms=start, distance_m=1000 * km))
            free_ms = start + int(km / 22 * HOUR_MS) + 25 * MINUTE_MS
        return out


HABITS = {
    habit.name: habit
    for habit in (
        Habit(
            name="commuter",
            weekday_hours=(7.7, 18.0),
            weekday_km=17,
            weekend_trips=1.6,
            weekend_km=22,
        ),
        Habit(
            name="long_commuter",
            weekday_hours=(7.2, 18.3),
            weekday_km=38,
            weekend_trips=1.2,
            weekend_km=25,
            dc_share=0.25,
        ),
        Habit(
            name="family",
            weekday_hours=(7.8, 16.6, 18.8),
            weekday_km=8,
            weekend_trips=2.4,
            weekend_km=24,
            spread=0.5,
        ),
        Habit(
            name="short_hop",
            weekday_hours=(9.3, 11.0, 17.5),
            weekday_km=3.6,
            weekend_trips=1.5,
            weekend_km=7,
            spread=0.4,
            skip=0.2,
        ),
        Habit(
            name="ride_hailing",
            weekday_hours=(6.8, 8.2, 10.0, 11.8, 14.0, 16.0, 18.0, 20.0),
            weekday_km=21,
            weekend_trips=6.0,
            weekend_km=21,
            temper=1.15,
            dc_share=0.75,
            charge_to=0.95,
        ),
        Habit(
            name="delivery",
            weekday_hours=(8.0, 9.6, 11.2, 13.6, 15.2, 17.0),
            weekday_km=13,
            weekend_trips=2.0,
            weekend_km=13,
            temper=1.2,
            dc_share=0.3,
        ),
    )
}


def habit(name: str) -> Habit:
    """A driver by name; ValueError lists who there is."""
    if name not in HABITS:
        raise ValueError(f"habit {name!r} is not one of {', '.join(HABITS)}")
    return HABITS[name]
