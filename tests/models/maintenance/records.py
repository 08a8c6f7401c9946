"""Contract records as the store hands them out, for cars whose condition is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

Record = dict[str, object]
START = datetime(2026, 1, 5, 7, tzinfo=UTC)
DAYS = 60


def cranks(
    seed: int,
    *,
    growth: float = 0.0,
    ampere: float = 200.0,
    celsius: float = 15.0,
    days: int = DAYS,
) -> list[Record]:
    """Two starts a day; resistance grows by `growth` of the first a day from day 20 on."""
    rng = np.random.default_rng(seed)
    found: list[Record] = []
    for day in range(days):
        for hour in (0, 10):
            ohm = 0.0085 * (1 + growth * max(day - 20, 0)) * rng.normal(1, 0.02)
            at = START + timedelta(days=day, hours=hour)
            found.append(
                {
                    "start": at,
                    "end": at + timedelta(seconds=1),
                    "rest_v": 12.62,
                    "min_v": 12.62 - ampere * ohm,
                    "mean_v": 12.62 - 0.7 * ampere * ohm,
                    "current_peak_a": ampere,
                    "temperature_c": celsius + rng.normal(0, 4),
                    "rest_h": 10.0,
                    "started": True,
                }
            )
    return found


def nights(
    seed: int,
    *,
    leak: dict[str, float] | None = None,
    celsius: Sequence[float] = (),
    refill_day: int | None = None,
    days: int = DAYS,
) -> list[Record]:
    """One parked night a day: permeation of all four, `leak` kPa a day by wheel from day 20."""
    rng = np.random.default_rng(seed)
    found: list[Record] = []
    for day in range(days):
        air = celsius[day] if len(celsius) else 12 + 6 * np.sin(day / 5)
        end = START + timedelta(days=day)
        record: Record = {"start": end - timedelta(hours=9), "end": end, "ambient_mean_c": air}
        for wheel in ("fl", "fr", "rl", "rr"):
            since = max(day - 20, 0) if refill_day is None or day < refill_day else 0
            cold = 240 - 0.1 * day - (leak or {}).get(wheel, 0.0) * since + rng.normal(0, 0.4)
            record[f"tyre_{wheel}_kpa"] = (cold + 101.3) * (air + 273.15) / 293.15 - 101.3
        found.append(record)
    return found


def trips(seed: int, *, open_from: int | None = None, days: int = DAYS) -> list[Record]:
    """A commute of 30 minutes a day; with the thermostat open from a day on."""
    rng = np.random.default_rng(seed)
    found: list[Record] = []
    for day in range(days):
        stuck = open_from is not None and day >= open_from
        end = START + timedelta(days=day, minutes=30)
        settled = float(66 + rng.normal(0, 4) if stuck else 84 + rng.normal(0, 1))
        found.append(
            {
                "start": end - timedelta(minutes=30),
                "end": end,
                "distance_m": 18_000.0,
                "fuel_l": 1.4,
                "ambient_mean_c": 10.0,
                "coolant_max_c": settled + 3,
                "coolant_end_c": settled,
                "warmup_kj_per_k": float((520 if stuck else 250) * rng.normal(1, 0.04)),
            }
        )
    return found
