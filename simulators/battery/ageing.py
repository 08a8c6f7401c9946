"""Ageing of cells under changing stress: Schmalstieg 2014 (NMC), Naumann 2018/2020 (LFP).

Both say y = k x^p under constant stress (x: days or charge). Under changing stress the state is
carried by the incremental rule  dy = k p (y/k)^((p-1)/p) dx,  y0 = k dx^p  at the start.
Every car multiplies its own log-normal factor; fast charging in the cold multiplies the cycle
term by 1 + a max(0, C - C_lim(T)); a knee (loss of active material) starts at a drawn throughput.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

GAS_J_PER_MOL_K = 8.314
_PLATING = 2.0
"""How much faster charging above the plating limit ages, per C: by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """What an episode of time does to a cell. `cell_v` is the OCV at mean SoC."""

    days: float
    full_cycles: float
    temperature_k: float
    soc: float
    cell_v: float
    depth: float
    c_rate: float
    charge_c_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One chemistry: capacity and resistance, calendar and cycle, each `factor(stress) * x^p`."""

    parameters: MappingProxyType[str, float]
    calendar: Callable[[Stress], float]
    calendar_power: float
    cycle: Callable[[Stress], float]
    cycle_power: float
    resistance_calendar: Callable[[Stress], float]
    resistance_cycle: Callable[[Stress], float]


SCHMALSTIEG = MappingProxyType(
    {
        "calendar_v": 7.543e6,
        "calendar_0": -23.75e6,
        "calendar_k": 6976.0,
        "calendar_power": 0.75,
        "cycle_curve": 7.348e-3,
        "cycle_centre_v": 3.667,
        "cycle_0": 7.6e-4,
        "cycle_depth": 4.081e-3,
        "cycle_power": 0.5,
        "cell_ah": 2.15,
        "r_calendar_v": 5.270e5,
        "r_calendar_0": -16.32e5,
        "r_calendar_k": 5986.0,
        "r_cycle_curve": 2.153e-4,
        "r_cycle_centre_v": 3.725,
        "r_cycle_0": -1.521e-5,
        "r_cycle_depth": 2.798e-4,
    }
)
NAUMANN = MappingProxyType(
    {
        "calendar_s": 1.2571e-5,
        "calendar_j": 17126.0,
        "calendar_soc3": 2.8575,
        "calendar_soc0": 0.60225,
        "calendar_power": 0.5,
        "cycle_c": 0.0630,
        "cycle_0": 0.0971,
        "cycle_depth3": 4.0253,
        "cycle_depth0": 1.0923,
        "cycle_power": 0.5,
        "r_calendar_s": 3.4194e-10,
        "r_calendar_j": 71827.0,
        "r_calendar_soc2": -3.3903,
        "r_calendar_soc0": 1.5604,
        "r_cycle_c": -0.0020,
        "r_cycle_0": 0.0021,
        "r_cycle_depth3": 6.8477,
        "r_cycle_depth0": 0.91882,
    }
)


def _arrhenius(joule: float, kelvin: float) -> float:
    return float(np.exp(-joule / GAS_J_PER_MOL_K * (1 / kelvin - 1 / 298.15)))


def _nmc_calendar(s: Stress) -> float:
    p = SCHMALSTIEG
    slope = p["calendar_v"] * s.cell_v + p["calendar_0"]
    return max(slope, 1e5) * float(np.exp(-p["calendar_k"] / s.temperature_k))


def _nmc_cycle(s: Stress) -> float:
    p = SCHMALSTIEG
    bend = p["cycle_curve"] * (s.cell_v - p["cycle_centre_v"]) ** 2
    per_root_ah = bend + p["cycle_0"] + p["cycle_depth"] * s.depth
    return per_root_ah * float(np.sqrt(2 * p["cell_ah"]))  # the law counts Ah in and out


def _nmc_resistance_calendar(s: Stress) -> float:
    p = SCHMALSTIEG
    slope = p["r_calendar_v"] * s.cell_v + p["r_calendar_0"]
    return max(slope, 1e4) * float(np.exp(-p["r_calendar_k"] / s.temperature_k))


def _nmc_resistance_cycle(s: Stress) -> float:
    p = SCHMALSTIEG
    bend = p["r_cycle_curve"] * (s.cell_v - p["r_cycle_centre_v"]) ** 2
    return max(bend + p["r_cycle_0"] + p["r_cycle_depth"] * s.depth, 0.0) * 2 * p["cell_ah"]


def _lfp_calendar(s: Stress) -> float:
    p = NAUMANN
    soc = p["calendar_soc3"] * (s.soc - 0.5) ** 3 + p["calendar_soc0"]
    root_day = float(np.sqrt(86400.0))
    return p["calendar_s"] * _arrhenius(p["calendar_j"], s.temperature_k) * soc * root_day


def _lfp_cycle(s: Stress) -> float:
    p = NAUMANN
    depth = p["cycle_depth3"] * (s.depth - 0.6) ** 3 + p["cycle_depth0"]
    return (p["cycle_c"] * s.c_rate + p["cycle_0"]) * depth / 100


def _lfp_resistance_calendar(s: Stress) -> float:
    p = NAUMANN
    soc = p["r_calendar_soc2"] * (s.soc - 0.5) ** 2 + p["r_calendar_soc0"]
    return p["r_calendar_s"] * _arrhenius(p["r_calendar_j"], s.temperature_k) * soc * 86400.0


def _lfp_resistance_cycle(s: Stress) -> float:
    p = NAUMANN
    depth = p["r_cycle_depth3"] * (s.depth - 0.5) ** 3 + p["r_cycle_depth0"]
    return max(p["r_cycle_c"] * s.c_rate + p["r_cycle_0"], 0.0) * depth / 100


LAWS = {
    "nmc": Law(
        parameters=SCHMALSTIEG,
        calendar=_nmc_calendar,
        calendar_power=SCHMALSTIEG["calendar_power"],
        cycle=_nmc_cycle,
        cycle_power=SCHMALSTIEG["cycle_power"],
        resistance_calendar=_nmc_resistance_calendar,
        resistance_cycle=_nmc_resistance_cycle,
    ),
    "lfp": Law(
        parameters=NAUMANN,
        calendar=_lfp_calendar,
        calendar_power=NAUMANN["calendar_power"],
        cycle=_lfp_cycle,
        cycle_power=NAUMANN["cycle_power"],
        resistance_calendar=_lfp_resistance_calendar,
        resistance_cycle=_lfp_resistance_cycle,
    ),
}


@dataclass(slots=True, kw_only=True)
class Age:
    """The state of one pack's cells. Losses are fractions of new; resistance is relative."""

    chemistry: str
    factor: float = 1.0
    knee_cycles: float = 4000.0
    calendar_loss: float = 0.0
    cycle_loss: float = 0.0
    resistance: float = 1.0
    full_cycles: float = 0.0
    days: float = 0.0

    def suffer(self, stress: Stress) -> None:
        """Add one episode of nearly constant stress."""
        law = LAWS[self.chemistry]
        k_calendar = self.factor * law.calendar(stress)
        k_cycle = self.factor * law.cycle(stress) * plating(stress)
        self.calendar_loss = _step(self.calendar_loss, k_calendar, law.calendar_power, stress.days)
        self.cycle_loss = _step(self.cycle_loss, k_cycle, law.cycle_power, stress.full_cycles)
        self.resistance += self.factor * law.resistance_cycle(stress) * stress.full_cycles
        exponent = 0.75 if self.chemistry == "nmc" else 1.0
        before, after = self.days**exponent, (self.days + stress.days) ** exponent
        self.resistance += self.factor * law.resistance_calendar(stress) * (after - before)
        self.full_cycles += stress.full_cycles
        self.days += stress.days

    @property
    def lithium_lost(self) -> float:
        """Loss of lithium: all calendar ageing and most of cycling."""
        return self.calendar_loss + 0.75 * self.cycle_loss

    @property
    def negative_lost(self) -> float:
        """Loss of active material of the negative electrode: the rest of cycling, and the knee."""
        late = max(self.full_cycles / self.knee_cycles - 1.0, 0.0)
        return float(min(0.25 * self.cycle_loss + 0.15 * late**1.5, 0.6))


def plating(stress: Stress) -> float:
    """Multiplier of the cycle term by charging faster than the cold allows."""
    celsius = stress.temperature_k - 273.15
    limit = float(np.interp(celsius, [-10.0, 25.0], [0.1, 1.5]))
    return 1.0 + _PLATING * max(0.0, stress.charge_c_rate - limit)


def _step(y: float, k: float, power: float, dx: float) -> float:
    if k <= 0 or dx <= 0:
        return y
    if y <= 0:
        return k * float(dx**power)
    return float(((y / k) ** (1 / power) + dx) ** power * k)
