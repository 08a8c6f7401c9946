"""Outside air of a city: season, time of day, and spells of a few days. No forecast, no wind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_contracts.durations import DAY_MS
from firmware_contracts.telemetry import Float64
from simulators.seeded_random import dice

_SEASONS_DAYS = 365.2425  # the calendar's mean year, so that seasons stay in their months
_COLDEST_DAY = 15.0  # mid January, northern hemisphere
_COLDEST_HOUR = 5.0
"""Local hour before sunrise."""
_SPELL_DAYS = (3.7, 6.1, 11.3)  # incommensurate, so that no two weeks repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Yearly mean, half the difference of summer and winter, half of day and night, in °C."""

    mean_c: float
    season_c: float
    daily_c: float
    spell_c: float = 2.5
    pressure_kpa: float = 101.3


# Rounded from published 30-year normals of the cities' airports.
CLIMATES = {
    "shanghai": Climate(mean_c=17.0, season_c=12.0, daily_c=3.5),
    "beijing": Climate(mean_c=13.0, season_c=15.5, daily_c=5.0),
    "guangzhou": Climate(mean_c=22.5, season_c=7.5, daily_c=3.5),
    "harbin": Climate(mean_c=5.0, season_c=21.0, daily_c=5.0),
    "chengdu": Climate(mean_c=16.5, season_c=10.0, daily_c=3.5, pressure_kpa=95.6),
}


class Weather:
    """Air temperature of one city at any time; the same seed gives the same weather."""

    def __init__(self, city: str, seed: int, zone_h: float = 8.0) -> None:
        if city not in CLIMATES:
            raise ValueError(f"city {city!r} is not one of {', '.join(sorted(CLIMATES))}")
        self.climate = CLIMATES[city]
        self._zone_h = zone_h
        self._phases = dice(seed, "weather", city).uniform(0, 2 * np.pi, len(_SPELL_DAYS))

    def air_c(self, t_ms: Float64 | float) -> Float64:
        """°C at UTC milliseconds, any shape."""
        days = np.asarray(t_ms, np.float64) / DAY_MS + self._zone_h / 24
        season = -np.cos(2 * np.pi * (days - _COLDEST_DAY) / _SEASONS_DAYS)
        daily = -np.cos(2 * np.pi * (days - _COLDEST_HOUR / 24))
        spell = sum(
            np.sin(2 * np.pi * days / period + phase)
            for period, phase in zip(_SPELL_DAYS, self._phases, strict=True)
        )
        c = self.climate
        return np.asarray(
            c.mean_c + c.season_c * season + c.daily_c * daily + c.spell_c * spell / 1.5
        )
