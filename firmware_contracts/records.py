"""Summaries a car computes itself: trips, charges, cranks, parked periods.

They leave the car even where the fine signals behind them may not. Every value is optional:
None is "not observed", never 0. Times count as the batch's clock says.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What every record has: start, end, and the share of it that was really observed (0..1)."""

    start_ms: int
    end_ms: int
    coverage: float = 1.0

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"record ends {self.start_ms - self.end_ms} ms before it starts")
        if not 0.0 <= self.coverage <= 1.0:
            raise ValueError(f"coverage {self.coverage} is outside 0..1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip(Span):
    """From ignition on to off."""

    distance_m: float | None = None
    energy_kwh: float | None = None
    fuel_l: float | None = None
    soc_start_pct: float | None = None
    soc_end_pct: float | None = None
    speed_mean_kmh: float | None = None
    speed_max_kmh: float | None = None
    stop_share: float | None = None
    hard_brakes: int | None = None
    idle_s: float | None = None
    coolant_max_c: float | None = None
    coolant_end_c: float | None = None
    oil_end_c: float | None = None
    ambient_mean_c: float | None = None
    odometer_end_m: float | None = None
    warmup_s: float | None = None
    warmup_kj_per_k: float | None = None
    revolutions: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(Span):
    """One charging session; `kind` 1 AC, 2 DC, 0 unknown."""

    kind: int = 0
    soc_start_pct: float | None = None
    soc_end_pct: float | None = None
    charge_ah: float | None = None
    energy_kwh: float | None = None
    power_max_kw: float | None = None
    current_mean_a: float | None = None
    temperature_start_c: float | None = None
    temperature_mean_c: float | None = None
    temperature_max_c: float | None = None
    cell_min_start_v: float | None = None
    cell_max_end_v: float | None = None
    spread_end_mv: float | None = None
    odometer_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crank(Span):
    """One start of the engine (or the DC-DC's wake-up of the 12 V net)."""

    rest_v: float | None = None
    min_v: float | None = None
    mean_v: float | None = None
    duration_ms: float | None = None
    current_peak_a: float | None = None
    temperature_c: float | None = None
    rest_h: float | None = None
    started: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(Span):
    """Standing still between two trips or charges."""

    rest_start_v: float | None = None
    rest_end_v: float | None = None
    soc_start_pct: float | None = None
    soc_end_pct: float | None = None
    ambient_mean_c: float | None = None
    cell_spread_start_mv: float | None = None
    cell_spread_end_mv: float | None = None
    tyre_fl_kpa: float | None = None
    tyre_fr_kpa: float | None = None
    tyre_rl_kpa: float | None = None
    tyre_rr_kpa: float | None = None


Record = Trip | Charge | Crank | Parked
"""Any summary; the class is its kind."""
