"""Pack resistance from current steps, brought to 25 °C and the middle of the charge.

R = dU / dI over one step between rows; R(T) follows Arrhenius with 25 kJ/mol (standards: 20-30).
Steps of one second show ohms and charge transfer, steps of thirty also diffusion: the method says
which, and only equal steps are compared over time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.health import Answer, Estimate, Silence
from models.base import Array, mad_sigma
from models.battery.situations import DEFAULT_AH
from models.features.rows import Int, PackRows

EA_J_MOL, GAS_J_MOL_K, T25_K = 25_000.0, 8.314, 298.15
MIN_STEPS = 30
SOC_LOW, SOC_HIGH = 30.0, 80.0
SYSTEMATIC = 0.04
LONGEST_STEP_S = 35.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """Accepted steps: time, resistance at 25 °C in mΩ, duration of the step in s."""

    t_ms: Int
    r25_mohm: Array
    duration_s: float


def to_25c(r_mohm: Array, temperature_c: Array) -> Array:
    """Arrhenius: R25 = R(T) exp(Ea/R (1/298.15 - 1/T)); unknown temperature counts as 25 °C."""
    kelvin = np.where(np.isnan(temperature_c), 25.0, temperature_c) + 273.15
    return np.asarray(r_mohm * np.exp(EA_J_MOL / GAS_J_MOL_K * (1 / T25_K - 1 / kelvin)))


def steps(rows: PackRows, rated_ah: float | None = None) -> Steps:
    """Steps of at least a third of 1C between neighbouring rows at 30-80 % charge."""
    t, i, u = rows.t_ms, rows.current_a, rows.voltage_v
    if len(t) < 2:
        return Steps(t_ms=t[:0], r25_mohm=i[:0], duration_s=float("nan"))
    seconds = np.diff(t) / 1000
    di, du = np.diff(i), np.diff(u)
    soc = rows.soc_pct[1:]
    good = (np.abs(di) >= (rated_ah or DEFAULT_AH) / 3) & (seconds > 0)
    good &= (seconds <= LONGEST_STEP_S) & ~np.isnan(du)
    good &= ~((soc < SOC_LOW) | (soc > SOC_HIGH))
    if not good.any():
        return Steps(t_ms=t[:0], r25_mohm=i[:0], duration_s=float("nan"))
    typical = float(np.median(seconds[good]))
    good &= np.abs(seconds - typical) <= 0.5 * typical
    r = 1000 * du[good] / di[good]
    return Steps(
        t_ms=t[1:][good], r25_mohm=to_25c(r, rows.temperature_c[1:][good]), duration_s=typical
    )


def resistance(found: Steps) -> Answer:
    """Median resistance in mΩ at 25 °C with a 90 % interval, or what is missing."""
    n = len(found.r25_mohm)
    if n < MIN_STEPS:
        return Silence(
            reason="too_few_current_steps",
            missing="more_driving",
            detail={"steps": n, "needed": MIN_STEPS},
        )
    r = found.r25_mohm
    value = float(np.median(r))
    spread = 1.2533 * float(mad_sigma(r)) / n**0.5
    half = 1.645 * float(np.hypot(spread, SYSTEMATIC * value))
    if value <= 0 or half > 0.5 * value:
        return Silence(
            reason="current_and_voltage_not_together",
            missing="rows_of_one_second",
            detail={"steps": n, "step_s": found.duration_s},
        )
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        unit="mΩ",
        method=f"median dU/dI over steps of {found.duration_s:.0f} s, 25 °C, 30-80 % charge",
        windows=n,
        coverage=1.0,
        detail={"step_s": found.duration_s},
    )
