"""The records a car computes itself, from what was true: trip, charge, crank, parked.

warm-up: seconds, and fuel energy in kJ per K of coolant rise, from the start until 70 degrees C
or, where that is never reached, until the end of the trip; only for starts below 50 degrees C.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from firmware_contracts.records import Charge, Crank, Parked, Trip
from firmware_contracts.telemetry import Float64
from simulators.car_pack import PackTrace
from simulators.engine import EngineTrace
from simulators.episode import CRANK_AT_S
from simulators.twelve_volt import CRANK_HZ, CrankTrace

_WARM_C, _COLD_C = 70.0, 50.0
_HARD_BRAKE_MS2 = -3.0
"""m/s2: what insurers usually count."""

Columns = dict[str, Float64]


def trip(
    columns: Columns,
    start_ms: int,
    end_ms: int,
    engine: EngineTrace | None,
    pack: PackTrace | None,
) -> Trip:
    """Summary of one trip at 1 Hz."""
    kmh = columns["vehicle_speed_kmh"]
    standing = kmh < 1
    soc = columns.get("soc_pct")
    summary = Trip(
        start_ms=start_ms,
        end_ms=end_ms,
        distance_m=float(columns["odometer_m"][-1] - columns["odometer_m"][0]),
        energy_kwh=None if pack is None else -pack.energy_kwh,
        fuel_l=None if engine is None else engine.fuel_l,
        soc_start_pct=None if soc is None else float(soc[0]),
        soc_end_pct=None if soc is None else float(soc[-1]),
        speed_mean_kmh=float(kmh.mean()),
        speed_max_kmh=float(kmh.max()),
        stop_share=float(standing.mean()),
        hard_brakes=int((np.diff(kmh) / 3.6 < _HARD_BRAKE_MS2).sum()),
        idle_s=None if engine is None else float(standing.sum()),
        ambient_mean_c=float(columns["ambient_temperature_c"].mean()),
        odometer_end_m=float(columns["odometer_m"][-1]),
    )
    return summary if engine is None else _with_heat(summary, columns, engine)


def _with_heat(summary: Trip, columns: Columns, engine: EngineTrace) -> Trip:
    coolant = columns["coolant_temperature_c"]
    warm_s, warm_kj_k = _warm_up(coolant, engine.fuel_w)
    return dataclasses.replace(
        summary,
        coolant_max_c=float(coolant.max()),
        coolant_end_c=float(coolant[-1]),
        oil_end_c=float(columns["oil_temperature_c"][-1]),
        warmup_s=warm_s,
        warmup_kj_per_k=warm_kj_k,
        revolutions=engine.revolutions,
    )


def _warm_up(coolant_c: Float64, fuel_w: Float64) -> tuple[float | None, float | None]:
    """(seconds to warm or None, kJ of fuel per K), both None for a warm start."""
    if coolant_c[0] >= _COLD_C:
        return None, None
    warm = int(np.argmax(coolant_c >= _WARM_C)) if coolant_c.max() >= _WARM_C else None
    until = len(coolant_c) - 1 if warm is None else warm
    rise = float(coolant_c[until] - coolant_c[0])
    burnt = float(fuel_w[:until].sum()) / 1000
    return (None if warm is None else float(warm)), (burnt / rise if rise > 5 else None)


def charge(
    trace: PackTrace,
    soc_pct: Float64,
    ends_v: Float64,
    start_ms: int,
    kind: int,
    odometer_m: float,
) -> Charge:
    """Summary of one charge; `ends_v` [2, cells] are the cells at its first and last sample."""
    return Charge(
        start_ms=start_ms,
        end_ms=start_ms + round(float(trace.seconds[-1]) * 1000),
        kind=kind,
        soc_start_pct=float(soc_pct[0]),
        soc_end_pct=float(soc_pct[-1]),
        charge_ah=trace.charge_ah,
        energy_kwh=trace.energy_kwh,
        power_max_kw=float((trace.current_a * trace.voltage_v).max()) / 1000,
        current_mean_a=float(trace.current_a.mean()),
        temperature_start_c=float(trace.temperature_c[0]),
        temperature_mean_c=float(trace.temperature_c.mean()),
        temperature_max_c=float(trace.temperature_c.max()),
        cell_min_start_v=float(ends_v[0].min()),
        cell_max_end_v=float(ends_v[-1].max()),
        spread_end_mv=1000 * float(np.ptp(ends_v[-1])),
        odometer_m=odometer_m,
    )


def crank(trace: CrankTrace, ignition_ms: int) -> Crank:
    """Summary of one start from its 100 Hz trace."""
    start = ignition_ms + round(1000 * CRANK_AT_S)
    loaded = trace.loaded
    duration = 1000 * len(loaded) / CRANK_HZ
    return Crank(
        start_ms=start,
        end_ms=start + round(duration),
        rest_v=trace.rest_v,
        min_v=float(loaded.min()),
        mean_v=float(loaded.mean()),
        duration_ms=duration,
        current_peak_a=float(trace.amperes.max()),
        temperature_c=trace.air_c,
        rest_h=trace.rest_h,
        started=bool(loaded.min() > 6.0),
    )


def parked(
    columns: Columns, spreads_mv: tuple[float, float] | None, start_ms: int, end_ms: int
) -> Parked:
    """Summary of a parked time from its first and last sample."""
    soc = columns.get("soc_pct")
    volts = columns["lv_voltage_v"]
    return Parked(
        start_ms=start_ms,
        end_ms=end_ms,
        rest_start_v=float(volts[0]),
        rest_end_v=float(volts[-1]),
        soc_start_pct=None if soc is None else float(soc[0]),
        soc_end_pct=None if soc is None else float(soc[-1]),
        ambient_mean_c=float(columns["ambient_temperature_c"].mean()),
        cell_spread_start_mv=None if spreads_mv is None else spreads_mv[0],
        cell_spread_end_mv=None if spreads_mv is None else spreads_mv[1],
        tyre_fl_kpa=float(columns["tyre_fl_kpa"][-1]),
        tyre_fr_kpa=float(columns["tyre_fr_kpa"][-1]),
        tyre_rl_kpa=float(columns["tyre_rl_kpa"][-1]),
        tyre_rr_kpa=float(columns["tyre_rr_kpa"][-1]),
    )
