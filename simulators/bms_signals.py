"""What the pack is asked for, and what the battery management says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_contracts.telemetry import Float64
from simulators.car_pack import PackTrace, TractionPack
from simulators.drive import Drive

_SOH_OPTIMISM_PCT = 1.5
"""A monitor is kinder than the truth, by judgement."""
_NOT_CHARGING, _CHARGING_PARKED = 3.0, 1.0


@dataclass(slots=True, kw_only=True)
class Totals:
    """Counters that only grow."""

    odometer_m: float
    charged_ah: float = 0.0
    discharged_ah: float = 0.0
    charged_kwh: float = 0.0
    discharged_kwh: float = 0.0
    episodes: int = 0


def columns(
    pack: TractionPack, trace: PackTrace, totals: Totals, charging: int
) -> dict[str, Float64]:
    """Signals by catalogue name [n]; moves the counters of charge and energy to the end."""
    n, soc = len(trace.seconds), 100 * trace.said
    soh = min(100.0, 100 * pack.soh + _SOH_OPTIMISM_PCT)
    return {
        "pack_voltage_v": trace.voltage_v,
        "pack_current_a": trace.current_a,
        "soc_pct": _half_steps(soc),
        "soc_displayed_pct": _half_steps((soc - 3) / 0.95),
        "bms_soh_pct": np.full(n, np.round(soh, 1)),
        "insulation_kohm": np.full(n, 4200.0),
        "dcdc_on": np.ones(n),
        "charging_state": np.full(n, _CHARGING_PARKED if charging else _NOT_CHARGING),
        "charge_kind": np.full(n, float(charging)),
        "charge_connected": np.full(n, float(charging > 0)),
        "alarm_level": np.zeros(n),
        "charge_power_limit_kw": np.clip(pack.spec.dc_power_kw * (1.1 - trace.soc), 0, 200),
        "discharge_power_limit_kw": np.clip(220 * trace.soc, 20, 150),
        "pack_inlet_c": trace.temperature_c - 1.5,
    } | _counters(trace, totals)


def _half_steps(pct: Float64) -> Float64:
    return np.asarray(np.clip(np.round(pct * 2) / 2, 0, 100))


def _counters(trace: PackTrace, totals: Totals) -> dict[str, Float64]:
    n = len(trace.seconds)
    hours = np.gradient(trace.seconds) / 3600 if n > 1 else np.zeros(1)
    into = np.maximum(trace.current_a, 0) * hours
    out = np.maximum(-trace.current_a, 0) * hours
    found = {
        "charged_throughput_ah": totals.charged_ah + np.cumsum(into),
        "discharged_throughput_ah": totals.discharged_ah + np.cumsum(out),
        "charged_energy_kwh": totals.charged_kwh + np.cumsum(into * trace.voltage_v) / 1000,
        "discharged_energy_kwh": totals.discharged_kwh + np.cumsum(out * trace.voltage_v) / 1000,
    }
    totals.charged_ah = float(found["charged_throughput_ah"][-1])
    totals.discharged_ah = float(found["discharged_throughput_ah"][-1])
    totals.charged_kwh = float(found["charged_energy_kwh"][-1])
    totals.discharged_kwh = float(found["discharged_energy_kwh"][-1])
    return found


def traction_w(wheel_w: Float64, plan: Drive, air_c: float, regeneration_kw: float) -> Float64:
    """Power out of the pack: 90 % to the wheels, 68 % back, air conditioning and 350 W."""
    back = np.maximum(wheel_w * 0.68, -1000 * regeneration_kw)
    traction = np.where(wheel_w >= 0, wheel_w / 0.9, back)
    traction = np.where((wheel_w < 0) & (plan.speed_ms < 2), 0.0, traction)
    comfort = 95 * max(0.0, 18 - air_c) + 70 * max(0.0, air_c - 26)
    settling = 0.45 + 0.55 * np.exp(-np.arange(plan.seconds) / 500)
    return np.asarray(traction + 350 + comfort * settling)


def sustaining_w(wheel_w: Float64) -> Float64:
    """A hybrid on its engine: braking energy goes in and comes out again evenly."""
    back = np.where(wheel_w < 0, np.maximum(0.5 * wheel_w, -25_000), 0.0)
    return np.asarray(back - back.mean())
