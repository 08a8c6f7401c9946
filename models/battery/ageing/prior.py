"""What literature expects of a pack: fade over calendar time and full cycles, by chemistry.

NMC  Kokam 75 Ah pouch (Smith 2017, as in NREL's BLAST parameter set):
     q_cal = 2.66e7 exp(-17.8/T') exp(-5.21 U'/T') t^0.357            T' = T/308.15, U' = Ua/0.123
     q_cyc = 3.80e3 exp(-18.4/T') exp(1.04 exp(DOD^2)) N^0.778
LFP  250 Ah prismatic (2019, the same collection):
     q_cal = 8.37e4 exp(-5.21e3/T) exp(-3.56e3 Ua/T) t^0.526
     q_cyc = (4.38e-8 + 1.55e-8 DOD + 1.68e-7 C) (exp(2.19e3/T) + exp(-1.55e5/T)) N^0.828
t in days, N in full equivalent cycles, T in K, Ua the graphite potential at the mean charge, C the
mean charge rate. Cells on a bench are not packs in cars: a multiplier per car, broad before its own
history is seen, stands for everything these forms leave out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from domain.vehicle import Chemistry
from firmware_contracts.durations import YEAR_DAYS
from models.base import Array

PARAMETERS = {
    Chemistry.NMC: {
        "cal": 2.66e7,
        "cal_t": -17.8,
        "cal_u": -5.21,
        "cal_power": 0.357,
        "cyc": 3.80e3,
        "cyc_t": -18.4,
        "cyc_dod": 1.04,
        "cyc_power": 0.778,
    },
    Chemistry.LFP: {
        "cal": 8.37e4,
        "cal_t": -5.21e3,
        "cal_u": -3.56e3,
        "cal_power": 0.526,
        "cyc": 4.38e-8,
        "cyc_dod": 1.55e-8,
        "cyc_c": 1.68e-7,
        "cyc_t1": 2.19e3,
        "cyc_t2": -1.55e5,
        "cyc_power": 0.828,
    },
}
MULTIPLIER = {Chemistry.NMC: (3.4, 0.45), Chemistry.LFP: (1.9, 0.50)}
"""Median and log sd: fleets of cars lose 1.5-2 % a year, 7 % in four years, with packs at 10 to
30 °C and sixty cycles a year, where the laws of the bench say 2.05 and 3.67 %."""


PIVOT_YEARS = 4.0
"""The age at which the published losses are read (docs/battery.md, Forecast)."""
POWERS = (0.35, 0.85)
"""Published powers of time and of cycles lie between these, by cell and by laboratory: 0.357 to
0.75 of calendar time, 0.5 to 0.828 of cycles (standards section 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """How a pack is used: mean charge 0..1, where charges end, depth 0..1, C rate of charging, K,
    cycles a year."""

    soc: float = 0.6
    top: float = 0.9
    depth: float = 0.5
    c_rate: float = 0.3
    temperatures_k: tuple[float, ...] = (298.15,)
    cycles_per_year: float = 60.0

    def charged_to(self, top: float) -> Stress:
        """The same with charges ending at `top` at most: plugged in as before, so the mean sinks by
        half of it. Who ends there already changes nothing."""
        less = max(self.top - top, 0.0)
        return replace(
            self,
            top=self.top - less,
            soc=max(self.soc - less / 2, 0.2),
            depth=max(self.depth - less, 0.1),
        )

    def cooler(self, kelvin: float) -> Stress:
        """The same with its hottest third cooler by so much (shade)."""
        ordered = sorted(self.temperatures_k)
        cut = ordered[len(ordered) * 2 // 3]
        cooled = tuple(t - kelvin if t >= cut else t for t in self.temperatures_k)
        return replace(self, temperatures_k=cooled)


def anode_potential(soc: float) -> float:
    """Graphite against lithium at a state of charge 0..1, V (standards section 10)."""
    x = 0.0085 + 0.7715 * soc
    return float(
        0.6379
        + 0.5416 * np.exp(-305.5309 * x)
        + 0.044 * np.tanh(-(x - 0.1958) / 0.1088)
        - 0.1978 * np.tanh((x - 1.0571) / 0.0854)
        - 0.6875 * np.tanh((x + 0.0117) / 0.0529)
        - 0.0175 * np.tanh((x - 0.5692) / 0.0875)
    )


def fade(years: Array, stress: Stress, chemistry: Chemistry) -> Array:
    """Share of capacity lost after `years` [n] under one lasting stress, before the multiplier."""
    p = PARAMETERS.get(chemistry, PARAMETERS[Chemistry.NMC])
    calendar, cycling = parts(years, stress, chemistry, p["cal_power"], p["cyc_power"])
    return calendar + cycling


def parts(
    years: Array,
    stress: Stress,
    chemistry: Chemistry,
    calendar_power: Array | float,
    cycling_power: Array | float,
) -> tuple[Array, Array]:
    """Calendar and cycling loss with other powers of time than the published ones, but with the
    published loss after PIVOT_YEARS. Powers may be [m, 1] against years [n]: [m, n] comes back."""
    p = PARAMETERS.get(chemistry, PARAMETERS[Chemistry.NMC])
    days, cycles = PIVOT_YEARS * YEAR_DAYS, PIVOT_YEARS * stress.cycles_per_year
    calendar = np.mean([_calendar(t, stress, p) for t in stress.temperatures_k])
    cycling = np.mean([_cycling(t, stress, p) for t in stress.temperatures_k])
    log = np.log(np.maximum(years, 1e-6) / PIVOT_YEARS)
    return (
        np.asarray(calendar * days ** p["cal_power"] * np.exp(calendar_power * log)),
        np.asarray(cycling * cycles ** p["cyc_power"] * np.exp(cycling_power * log)),
    )


def _calendar(kelvin: float, stress: Stress, p: dict[str, float]) -> float:
    potential = anode_potential(stress.soc)
    if "cyc_c" in p:
        return float(p["cal"] * np.exp((p["cal_t"] + p["cal_u"] * potential) / kelvin))
    t = kelvin / 308.15
    return float(p["cal"] * np.exp(p["cal_t"] / t) * np.exp(p["cal_u"] * potential / 0.123 / t))


def _cycling(kelvin: float, stress: Stress, p: dict[str, float]) -> float:
    if "cyc_c" in p:
        rate = p["cyc"] + p["cyc_dod"] * stress.depth + p["cyc_c"] * stress.c_rate
        return float(rate * (np.exp(p["cyc_t1"] / kelvin) + np.exp(p["cyc_t2"] / kelvin)))
    t = kelvin / 308.15
    depth = np.exp(p["cyc_dod"] * np.exp(stress.depth**2))
    plating = 1 + 0.3 * max(0.0, stress.c_rate - 1.0)
    return float(p["cyc"] * np.exp(p["cyc_t"] / t) * depth * plating)
