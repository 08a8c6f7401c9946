"""The thermostat, from what it costs to warm the engine and where the coolant settles.

    C dT/dt = s Q_fuel - UA (T - T_air) - open(T) UA_radiator (T - T_air)

Stuck open, the radiator cools a cold engine: more fuel energy per kelvin of rise than this engine
used to need, and a plateau below the opening temperature that falls at speed and in the cold
(the monitor behind P0128 compares in the same way). Overheating has its own limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from domain.health import Finding, Severity
from domain.methods import Method
from firmware_contracts.durations import DAY_MS
from models.maintenance.latch import Latch, Verdict
from models.maintenance.readings import milliseconds, number

OPEN, HOT = "thermostat_open", "overheating"
FIRST, LAST, COLD_OF_LAST = 10, 6, 4
"""Warm-ups that make the reference, trips that are judged, and how many of them must be cold
(docs/maintenance.md)."""
COSTLY = 1.35
"""kJ per K against this engine's own first warm-ups."""
PLATEAU_C = 74.0
"""Opening starts at 82 °C; P0128 asks for 11 K less with all tolerances."""
FAIR_MINUTES, FAIR_KM, FAIR_LITRES = 15.0, 8.0, 0.6
"""A trip that lets a healthy engine settle (docs/maintenance.md)."""
HOT_C, BOILING_C = 110.0, 118.0
"""Coolant that is too hot, and that is near boiling (docs/maintenance.md)."""
_DUE_DAYS = (14, 60)
"""Nothing strands, wear and fuel add up: two weeks to two months; by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warming:
    """One trip's heat: minutes, km, litres, kJ/K and coolant in °C; NaN for unknown."""

    t_ms: int
    minutes: float
    km: float
    litres: float
    coolant_max_c: float
    coolant_end_c: float
    ambient_c: float
    kj_per_k: float

    @property
    def fair(self) -> bool:
        """Did the trip give a healthy engine the time and heat to settle?"""
        heated = not self.litres < FAIR_LITRES
        return heated and self.minutes >= FAIR_MINUTES and not self.km < FAIR_KM


def warming_of(record: Mapping[str, object]) -> Warming | None:
    """A trip record as heat; None without coolant temperatures."""
    begun, ended = milliseconds(record, "start"), milliseconds(record)
    top, end = number(record, "coolant_max_c"), number(record, "coolant_end_c")
    if begun is None or ended is None or np.isnan(top):
        return None
    return Warming(
        t_ms=ended,
        minutes=(ended - begun) / 60_000,
        km=number(record, "distance_m") / 1000,
        litres=number(record, "fuel_l"),
        coolant_max_c=top,
        coolant_end_c=top if np.isnan(end) else end,
        ambient_c=number(record, "ambient_mean_c"),
        kj_per_k=number(record, "warmup_kj_per_k"),
    )


@dataclass(slots=True, kw_only=True)
class Thermostat:
    """Streaming judge of trips in time order."""

    open_latch: Latch = field(init=False)
    hot_latch: Latch = field(init=False)
    trips: int = 0
    _costs: list[float] = field(default_factory=list)
    _judged: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open_latch = Latch(
            cause=OPEN,
            component="thermostat",
            calm=4,
            series="coolant_end_c",
            method=Method.WARM_UP_ENERGY,
        )
        self.hot_latch = Latch(
            cause=HOT,
            component="cooling",
            calm=4,
            series="coolant_max_c",
            method=Method.HIGHEST_COOLANT,
        )

    def add(self, trips: Iterable[Warming]) -> None:
        """More trips, by time."""
        for trip in trips:
            self.trips += 1
            self._see_heat(trip)
            cold = self._cold(trip)
            if cold is None:
                continue
            self._judged.append(cold)
            self.open_latch.see(
                trip.t_ms, self._verdict(trip), healthy=not cold, shown=trip.coolant_end_c
            )

    def findings(self) -> list[Finding]:
        """Standing suspicions."""
        both = (self.open_latch.finding(), self.hot_latch.finding())
        return [finding for finding in both if finding is not None]

    def _cold(self, trip: Warming) -> bool | None:
        """Does this trip speak for an open thermostat? None: it says nothing."""
        reference = float(np.median(self._costs)) if len(self._costs) == FIRST else np.nan
        ratio = trip.kj_per_k / reference
        settled_cold = trip.coolant_end_c < PLATEAU_C and trip.coolant_max_c < PLATEAU_C + 8
        if np.isfinite(trip.kj_per_k) and len(self._costs) < FIRST and not settled_cold:
            self._costs.append(trip.kj_per_k)
        if np.isfinite(ratio):
            return bool(ratio > COSTLY or (trip.fair and settled_cold))
        return settled_cold if trip.fair else None

    def _verdict(self, trip: Warming) -> Verdict | None:
        last = self._judged[-LAST:]
        if len(last) < LAST or sum(last) < COLD_OF_LAST or not last[-1]:
            return None
        values = {
            "coolant_end_c": trip.coolant_end_c,
            "cold_trips": float(sum(last)),
            "ambient_c": trip.ambient_c,
        }
        if len(self._costs) == FIRST and np.isfinite(trip.kj_per_k):
            values["kj_per_k_ratio"] = trip.kj_per_k / float(np.median(self._costs))
        return Verdict(
            severity=Severity.YELLOW,
            confidence=0.6 + 0.05 * sum(last),
            values={name: v for name, v in values.items() if np.isfinite(v)},
            limits={"coolant_end_c": PLATEAU_C, "kj_per_k_ratio": COSTLY},
            due_low_ms=trip.t_ms + _DUE_DAYS[0] * DAY_MS,
            due_high_ms=trip.t_ms + _DUE_DAYS[1] * DAY_MS,
        )

    def _see_heat(self, trip: Warming) -> None:
        verdict = None
        if trip.coolant_max_c > HOT_C:
            verdict = Verdict(
                severity=Severity.ORANGE if trip.coolant_max_c > BOILING_C else Severity.YELLOW,
                confidence=0.8,
                values={"coolant_max_c": trip.coolant_max_c},
                limits={"coolant_max_c": HOT_C},
                due_low_ms=trip.t_ms,
                due_high_ms=trip.t_ms + 7 * DAY_MS,
            )
        self.hot_latch.see(
            trip.t_ms, verdict, healthy=trip.coolant_max_c < HOT_C - 5, shown=trip.coolant_max_c
        )
