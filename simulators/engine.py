"""A combustion engine over one trip: fuel, air, heat and what its sensors would say.

Fuel covers wheel work and friction; a fixed share of its heat warms the coolant:

    C dT/dt = s Q_fuel - UA_air(v) (T - T_air) - opening(T) UA_radiator(v) (T - T_air)

standards.md section 10 *Coolant/thermostat*. The thermostat opens from 82 to 95 degrees C; stuck
open, it never closes below a floor, so that the plateau is too low and falls with speed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from firmware_contracts.telemetry import Float64
from simulators.drive import Drive
from simulators.seeded_random import Chance

_KMH_PER_1000_RPM = np.array([7.5, 13.5, 20.0, 28.5, 37.0, 46.0])
_UPSHIFT_KMH = np.array([16.0, 29.0, 44.0, 61.0, 82.0])
"""A usual six-speed gearbox of a 1.5 l car."""
_HEAT_STEP_S = 5
"""Coolant is computed at this step: its time constants are minutes."""
_OPENS_C, _OPEN_C = 82.0, 95.0
STUCK_FLOOR = 0.33
"""How far a thermostat that is stuck open stands open, by judgement."""
_COOLING_H = 2.3
"""Time constant of a warm engine that stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """One engine. Efficiency is indicated; friction and pumping come on top."""

    displacement_l: float
    power_kw: float
    diesel: bool = False
    efficiency: float = 0.39
    friction_bar: float = 1.15
    fuel_j_per_g: float = 42_900.0
    fuel_g_per_l: float = 745.0
    air_fuel: float = 14.6
    idle_rpm: float = 720.0
    heat_capacity_j_k: float = 62_000.0
    heat_share: float = 0.285
    tank_l: float = 50.0


def diesel(displacement_l: float, power_kw: float) -> EngineSpec:
    """A diesel of this size: leaner, more efficient, heavier."""
    return EngineSpec(
        displacement_l=displacement_l,
        power_kw=power_kw,
        diesel=True,
        efficiency=0.43,
        friction_bar=1.5,
        fuel_j_per_g=42_600.0,
        fuel_g_per_l=832.0,
        idle_rpm=780.0,
        heat_capacity_j_k=85_000.0,
        heat_share=0.27,
        tank_l=60.0,
    )


@dataclass(slots=True, kw_only=True)
class EngineState:
    """What an engine carries from trip to trip."""

    coolant_c: float
    oil_c: float
    fuel_l: float
    long_trim_pct: float = 0.0
    soot_pct: float = 20.0
    hours: float = 0.0
    warmups: int = 60


def cold(spec: EngineSpec, air_c: float, chance: Chance) -> EngineState:
    """An engine that stood overnight, with 70 % in the tank and a fuel trim of its own."""
    return EngineState(
        coolant_c=air_c,
        oil_c=air_c,
        fuel_l=0.7 * spec.tank_l,
        long_trim_pct=float(chance.normal(0, 1.8)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EngineTrace:
    """One trip of one engine: `columns` by catalogue name [n], fuel power in W [n]."""

    columns: dict[str, Float64]
    fuel_w: Float64
    revolutions: float
    fuel_l: float = field(default=0.0)


def run(
    spec: EngineSpec,
    state: EngineState,
    drive: Drive,
    wheel_w: Float64,
    air_c: float,
    stuck_open: float,
    chance: Chance,
) -> EngineTrace:
    """Drive the engine through a trip at 1 Hz and leave `state` as the trip left it."""
    gear, rpm = _gears(spec, drive, state.coolant_c)
    fuel_w = _fuel_power(spec, wheel_w, rpm, drive.speed_ms, state.coolant_c)
    coolant = _coolant(spec, state.coolant_c, fuel_w, drive.speed_ms, air_c, stuck_open)
    oil, _ = lfilter([1 / 260], [1, -(1 - 1 / 260)], coolant + 6, zi=[state.oil_c * (1 - 1 / 260)])
    columns = _sensors(spec, state, rpm, fuel_w, drive, air_c, chance)
    columns |= {
        "engine_speed_rpm": rpm,
        "gear": gear.astype(np.float64),
        "coolant_temperature_c": coolant,
        "oil_temperature_c": oil,
    }
    litres = float(fuel_w.sum()) / spec.fuel_j_per_g / spec.fuel_g_per_l
    columns["fuel_level_pct"] = 100 * np.clip(
        (state.fuel_l - np.cumsum(fuel_w) / spec.fuel_j_per_g / spec.fuel_g_per_l) / spec.tank_l,
        0,
        1,
    )
    _advance(spec, state, drive, columns, litres)
    return EngineTrace(
        columns=columns, fuel_w=fuel_w, revolutions=float(rpm.sum()) / 60, fuel_l=litres
    )


def _gears(spec: EngineSpec, drive: Drive, coolant_c: float) -> tuple[Float64, Float64]:
    kmh = drive.speed_ms * 3.6
    push = np.clip(drive.acceleration_ms2, 0, 1.5)
    gear = np.searchsorted(_UPSHIFT_KMH, kmh / (1 + 0.25 * push)) + 1
    cold = np.exp(-np.arange(drive.seconds) / 90.0) * max(0.0, 60 - coolant_c) * 8
    rpm = np.maximum(kmh / _KMH_PER_1000_RPM[gear - 1] * 1000, spec.idle_rpm + cold)
    return np.where(kmh < 1, 0, gear).astype(np.float64), rpm


def _fuel_power(
    spec: EngineSpec, wheel_w: Float64, rpm: Float64, speed_ms: Float64, coolant_c: float
) -> Float64:
    """Chemical power in W; none on overrun."""
    cold = 1 + 0.6 * max(0.0, (80 - coolant_c) / 80) * np.exp(-np.arange(len(rpm)) / 400.0)
    friction = spec.friction_bar * 1e5 * spec.displacement_l * 1e-3 * rpm / 120 * cold
    work = np.clip(wheel_w / 0.9, 0, spec.power_kw * 1000) + 900
    fuel = (work + 1.35 * friction) / spec.efficiency
    overrun = (wheel_w < -500) & (rpm > 1100) & (speed_ms > 3)
    return np.where(overrun, 0.0, fuel)


def _coolant(
    spec: EngineSpec,
    start_c: float,
    fuel_w: Float64,
    speed_ms: Float64,
    air_c: float,
    stuck_open: float,
) -> Float64:
    """Coolant temperature at 1 Hz from a 5 s heat balance; the fan helps above 96 degrees C.

    Wax opens the thermostat between two temperatures; stuck, it never closes below a floor.
    """
    heat = _means(fuel_w, _HEAT_STEP_S) * spec.heat_share
    speed = _means(speed_ms, _HEAT_STEP_S)
    temperature, out = start_c, [start_c]
    scale = spec.heat_capacity_j_k / 62_000
    floor = STUCK_FLOOR * stuck_open
    for q, v in zip(heat.tolist(), speed.tolist(), strict=True):
        wax = (temperature - _OPENS_C) / (_OPEN_C - _OPENS_C)
        opened = floor if wax < floor else (1.0 if wax > 1 else wax)
        fan = 350 if temperature > 96 else 0
        loss = (14 + 0.9 * v + (70 + 22 * v + fan) * opened) * scale * (temperature - air_c)
        temperature += (q - loss) * _HEAT_STEP_S / spec.heat_capacity_j_k
        out.append(temperature)
    grid = np.arange(len(out)) * float(_HEAT_STEP_S)
    return np.interp(np.arange(len(fuel_w)), grid, out)


def _means(values: Float64, width: int) -> Float64:
    edges = np.arange(0, len(values), width)
    return np.asarray(np.add.reduceat(values, edges) / np.diff(np.append(edges, len(values))))


def _sensors(
    spec: EngineSpec,
    state: EngineState,
    rpm: Float64,
    fuel_w: Float64,
    drive: Drive,
    air_c: float,
    chance: Chance,
) -> dict[str, Float64]:
    n = drive.seconds
    fuel_gs = fuel_w / spec.fuel_j_per_g
    full_air = 0.92 * spec.displacement_l * rpm / 120 * 1.18
    petrol_air = np.maximum(fuel_gs * spec.air_fuel, 0.12 * full_air)
    torque = np.clip(fuel_gs * spec.air_fuel / full_air, 0, 1.6 if spec.diesel else 1.0)
    load = np.clip(torque if spec.diesel else petrol_air / full_air, 0, 1)
    air = full_air * (1 + 0.6 * load) if spec.diesel else petrol_air
    trim = lfilter([0.35], [1, -0.9], chance.normal(0, 2.2, n))
    heat, _ = lfilter([1 / 80], [1, -(1 - 1 / 80)], 330 + 480 * load, zi=[air_c * (1 - 1 / 80)])
    seconds = np.arange(n, dtype=np.float64)
    columns = {
        "engine_load_pct": 100 * load,
        "maf_gs": air,
        "map_kpa": 101 * (0.12 + 0.88 * load) if not spec.diesel else 101 * (1 + 0.9 * load),
        "throttle_pct": 13 + 66 * load**1.6,
        "accelerator_pct": np.where(fuel_w > 0, np.clip(100 * (load - 0.2) / 0.8, 0, 100), 0.0),
        "timing_advance_deg": 8 + 24 * (1 - load) * (rpm > 1000) - 4 * load,
        "stft1_pct": np.clip(trim, -15, 15),
        "ltft1_pct": np.full(n, state.long_trim_pct),
        "lambda_commanded": np.where(load > 0.95, 0.9, 1.0),
        "fuel_system_status": np.where(fuel_w == 0, 4.0, np.where(seconds < 25, 1.0, 2.0)),
        "fuel_rate_lh": fuel_gs * 3600 / spec.fuel_g_per_l,
        "intake_temperature_c": air_c + 8 + 14 * np.exp(-drive.speed_ms / 8),
        "catalyst_temperature_c": heat,
        "engine_runtime_s": seconds,
        "evap_purge_pct": np.where(seconds > 300, 30 * load, 0.0),
    }
    return columns | (_diesel_sensors(state, air, load, rpm) if spec.diesel else {})


def _diesel_sensors(
    state: EngineState, air: Float64, load: Float64, rpm: Float64
) -> dict[str, Float64]:
    soot = np.full(len(air), state.soot_pct)
    return {
        "boost_pressure_kpa": 101 * 0.9 * load,
        "dpf_pressure_kpa": 0.02 * air * (1 + soot / 60),
        "dpf_inlet_c": 180 + 260 * load,
        "dpf_soot_pct": soot,
        "rail_pressure_kpa": 30_000 + 110_000 * load + 5 * rpm,
    }


def _advance(
    spec: EngineSpec,
    state: EngineState,
    drive: Drive,
    columns: dict[str, Float64],
    litres: float,
) -> None:
    started_cold = state.coolant_c < 40
    state.coolant_c = float(columns["coolant_temperature_c"][-1])
    state.oil_c = float(columns["oil_temperature_c"][-1])
    state.hours += drive.seconds / 3600
    state.warmups = min(255, state.warmups + int(started_cold and state.coolant_c > 70))
    state.soot_pct = (state.soot_pct + drive.distance_m / 6000) % 90
    state.fuel_l -= litres
    if state.fuel_l < 0.12 * spec.tank_l:  # filled up before the next trip
        state.fuel_l = 0.97 * spec.tank_l


# What the sensors of an engine say that does not turn; the rest of a trip's signals stay 0.
_OFF = {"map_kpa": 101.0, "throttle_pct": 13.0, "timing_advance_deg": 0.0, "lambda_commanded": 1.0}
_SILENT = (
    "engine_speed_rpm",
    "engine_load_pct",
    "maf_gs",
    "stft1_pct",
    "fuel_rate_lh",
    "fuel_system_status",
    "engine_runtime_s",
    "evap_purge_pct",
)


def off(spec: EngineSpec, state: EngineState, hours: Float64, air_c: Float64) -> dict[str, Float64]:
    """Signals of an engine at rest, `hours` [n] after now; it cools with 2.3 h."""
    n, keep = len(hours), np.exp(-hours / _COOLING_H)
    columns = {name: np.zeros(n) for name in _SILENT}
    columns |= {name: np.full(n, value) for name, value in _OFF.items()}
    columns |= _diesel_sensors(state, np.zeros(n), np.zeros(n), np.zeros(n)) if spec.diesel else {}
    return columns | {
        "coolant_temperature_c": air_c + (state.coolant_c - air_c[0]) * keep,
        "oil_temperature_c": air_c + (state.oil_c - air_c[0]) * keep,
        "intake_temperature_c": air_c + 2.0,
        "catalyst_temperature_c": air_c + 2.0,
        "ltft1_pct": np.full(n, state.long_trim_pct),
        "fuel_level_pct": np.full(n, 100 * state.fuel_l / spec.tank_l),
    }


def cool_down(state: EngineState, hours: float, air_c: float) -> None:
    """Coolant and oil approach the air."""
    keep = float(np.exp(-hours / _COOLING_H))
    state.coolant_c = air_c + (state.coolant_c - air_c) * keep
    state.oil_c = air_c + (state.oil_c - air_c) * keep
