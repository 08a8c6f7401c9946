"""Four tyres: a fixed amount of air each, that warms with driving and leaks away.

p_abs is proportional to T at constant amount of air (standards.md section 10 *Tyres*). The amount
is kept as the gauge pressure that the tyre would have at 20 degrees C.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from firmware_contracts.telemetry import Float64

WHEELS = ("fl", "fr", "rl", "rr")
_REFERENCE_K = 293.15
_ATMOSPHERE_KPA = 101.3
_WARM_S = 900.0
LEGAL_SHARE = 0.75
"""A tyre pressure monitor must warn here (FMVSS 138); it is where a puncture counts as failed."""


@dataclass(slots=True, kw_only=True)
class TyreState:
    """Cold gauge pressure at 20 degrees C by wheel in kPa, and warmth above the air in K."""

    cold_kpa: dict[str, float]
    warmth_k: float = 0.0
    permeation_kpa_day: dict[str, float] = field(default_factory=dict)


def gauge_kpa(cold_kpa: Float64 | float, celsius: Float64 | float) -> Float64:
    """Gauge pressure at a temperature of the air inside."""
    kelvin = np.asarray(celsius) + 273.15
    return np.asarray(
        (np.asarray(cold_kpa) + _ATMOSPHERE_KPA) * kelvin / _REFERENCE_K - _ATMOSPHERE_KPA
    )


def rolling_warmth(state: TyreState, speed_ms: Float64) -> Float64:
    """Kelvin above the air, second by second: towards 0.55 K per m/s with 15 min."""
    keep = 1 - 1 / _WARM_S
    warmth, _ = lfilter([1 / _WARM_S], [1, -keep], 0.55 * speed_ms, zi=[state.warmth_k * keep])
    return np.asarray(warmth)


def leak(state: TyreState, days: float, punctures: dict[str, float]) -> None:
    """Let air out: permeation of every tyre, and kPa a day where there is a puncture."""
    for wheel in WHEELS:
        rate = state.permeation_kpa_day.get(wheel, 0.1) + punctures.get(wheel, 0.0)
        state.cold_kpa[wheel] = max(20.0, state.cold_kpa[wheel] - rate * days)


def columns(state: TyreState, air_c: Float64, warmth_k: Float64) -> dict[str, Float64]:
    """Pressure and temperature of the four tyres by catalogue name."""
    inside = air_c + warmth_k
    out = {f"tyre_{w}_kpa": gauge_kpa(state.cold_kpa[w], inside) for w in WHEELS}
    return out | {f"tyre_{w}_c": inside for w in WHEELS}
