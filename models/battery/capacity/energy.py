"""Energy between full and empty at a stated temperature and power: 25 °C and C/3, from charges.

    V_i   = (E_i - R(T_i) ∫I² dt) / Q_i          mean open-circuit voltage of window i
    V     = V_i · U(0..100 %) / U(a_i..b_i)      of the whole span, by a typical curve U
    E_ref = C_i (V - R_25 C_new/3)               what comes out at C/3 and 25 °C

R is the measured resistance at 25 °C, lengthened from the step it was measured over to hours, and
brought to a window's temperature by Arrhenius. Without a measured one the typical one stands in,
and the interval says so. The energy put in at the cold of a fast charge is so not taken for energy
that comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.health import Answer, Estimate
from domain.methods import Method
from domain.vehicle import Chemistry
from models.battery.capacity.charge_windows import ChargeWindow
from models.battery.resistance.resistance import EA_J_MOL, GAS_J_MOL_K, T25_K

REFERENCE_C, REFERENCE_C_RATE = 25.0, 1 / 3
"""ISO 12405-4: energy of packs of electric cars at C/3 and 25 °C."""
LONG = 1.2
"""Resistance over hours against that over the steps of a drive (diffusion)."""
RESISTANCE_SD = {True: 0.2, False: 0.5}
"""Relative, of the long resistance, by whether it was measured."""
OHM_AH = 0.15
"""Typical: a cell of 150 Ah has 1 mΩ."""
SHAPE_SD = {Chemistry.LFP: 0.015}
SHAPE_SD_OTHER = 0.03
"""Relative: how far a cell's mean voltage over a part of its span strays from the typical curve's
share (grades of layered oxides differ by so much); nothing of it is left for a whole span."""
VOLTAGE_SD = 0.002
"""Relative, of a pack's voltage sensor; by judgement."""
NOMINAL_V = {Chemistry.NMC: 3.65, Chemistry.LFP: 3.2}
_SOC = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
"""Points of charge at which the typical curves are given."""
_CURVE_V = {
    Chemistry.NMC: (3.0, 3.30, 3.42, 3.50, 3.55, 3.59, 3.64, 3.72, 3.82, 3.92, 4.03, 4.09, 4.17),
    Chemistry.LFP: (
        2.6,
        3.05,
        3.17,
        3.22,
        3.26,
        3.285,
        3.292,
        3.30,
        3.328,
        3.332,
        3.335,
        3.34,
        3.45,
    ),
}
"""Open-circuit voltage of a cell over the span that cars use, by per cent of charge: layered oxides
and iron phosphate against graphite. Only ratios of its means are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What stands between charged and usable energy. `mohm` is the pack's at 25 °C over hours."""

    mohm: float
    measured: bool
    rated_ah: float | None = None

    @property
    def relative_sd(self) -> float:
        """Of the resistance."""
        return RESISTANCE_SD[self.measured]

    def at(self, temperature_c: float) -> float:
        """Resistance in mΩ at a temperature; NaN counts as 25 °C."""
        kelvin = T25_K if np.isnan(temperature_c) else temperature_c + 273.15
        return self.mohm * float(np.exp(EA_J_MOL / GAS_J_MOL_K * (1 / kelvin - 1 / T25_K)))


def losses(
    windows: Sequence[ChargeWindow],
    chemistry: Chemistry,
    step_mohm: float,
    rated_ah: float | None = None,
) -> Losses:
    """From a measured step resistance, or typical for packs like this where it is 0."""
    if step_mohm > 0:
        return Losses(mohm=LONG * step_mohm, measured=True, rated_ah=rated_ah)
    known = [w for w in windows if not np.isnan(w.energy_kwh)]
    if not known:
        return Losses(mohm=0.0, measured=False, rated_ah=rated_ah)
    volts = float(np.median([1000 * w.energy_kwh / w.charge_ah for w in known]))
    ah = rated_ah or float(np.median([w.capacity_ah for w in known]))
    cells = volts / NOMINAL_V.get(chemistry, NOMINAL_V[Chemistry.NMC])
    return Losses(mohm=LONG * 1000 * cells * OHM_AH / ah, measured=False, rated_ah=rated_ah)


def whole_span(chemistry: Chemistry, from_pct: float, to_pct: float) -> float:
    """Mean voltage of the whole span over that of a part of it."""
    curve = _CURVE_V.get(chemistry, _CURVE_V[Chemistry.NMC])
    part, whole = (
        np.mean(np.interp(np.linspace(low, high, 101), _SOC, curve))
        for low, high in ((from_pct, to_pct), (0.0, 100.0))
    )
    return float(whole / part)


def reference_kwh(window: ChargeWindow, chemistry: Chemistry, found: Losses) -> float:
    """The energy of the window's span as it would come out at C/3 and 25 °C."""
    heat = window.loss_a2h * found.at(window.temperature_c) * 1e-6
    volts = 1000 * (window.energy_kwh - heat) / window.charge_ah
    volts *= whole_span(chemistry, window.soc_from_pct, window.soc_to_pct)
    current = REFERENCE_C_RATE * (found.rated_ah or window.capacity_ah)
    return window.charge_ah * (volts - current * found.mohm * 1e-3) / 1000


def at_reference(
    said: Answer, windows: Sequence[ChargeWindow], chemistry: Chemistry, found: Losses
) -> Answer:
    """An energy with its reference stated and what the correction does not know in its interval."""
    known = [w for w in windows if not np.isnan(w.energy_kwh)]
    if not isinstance(said, Estimate) or not known:
        return said
    volts = float(np.median([1000 * w.energy_kwh / w.charge_ah for w in known]))
    current = REFERENCE_C_RATE * (found.rated_ah or known[-1].capacity_ah)
    share = current * found.mohm * 1e-3 / volts
    shape = SHAPE_SD.get(chemistry, SHAPE_SD_OTHER)
    missing = 1 - float(np.mean([w.span_pct for w in known])) / 100
    half = (
        1.645
        * said.value
        * float(np.sqrt((share * found.relative_sd) ** 2 + (shape * missing) ** 2 + VOLTAGE_SD**2))
    )
    return replace(
        said,
        low=said.value - float(np.hypot(said.value - said.low, half)),
        high=said.value + float(np.hypot(said.high - said.value, half)),
        method=Method.CHARGED_ENERGY_LESS_LOSSES,
        detail={
            **said.detail,
            "reference_temperature_c": REFERENCE_C,
            "reference_c_rate": round(REFERENCE_C_RATE, 3),
            "resistance_mohm": round(found.mohm, 1),
            "resistance_measured": found.measured,
            "loss_share": round(share, 4),
        },
    )
