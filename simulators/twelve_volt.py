"""The 12 V net: a lead-acid battery that starts the car, drains while parked and ages.

Rest voltage and resistance follow standards.md section 10 *12 V lead-acid*: 12.65 V full, 12.06 V
at a quarter; R(T) = R25 (1 + 0.006 (25 - T)), divided by the root of the state of charge.
Sulphation raises the resistance, takes capacity and keeps the battery from becoming full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_contracts.telemetry import Float64
from simulators.seeded_random import Chance

_SOC = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
_REST_V = np.array([11.89, 12.06, 12.24, 12.45, 12.65])
"""Rest voltage of a flooded lead-acid battery at 25 °C, over its state of charge."""
CRANK_HZ = 100
"""As fast as a starting curve needs."""
_WIRING_OHM = 0.0015
"""Cables and clamps of a starter, by judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LowVoltageSpec:
    """One 12 V battery and what starts on it."""

    capacity_ah: float
    resistance_mohm: float
    inrush_a: float
    cranking_a: float
    crank_s: float
    compressions_hz: float = 0.0
    quiescent_ma: float = 25.0


PETROL_START = LowVoltageSpec(
    capacity_ah=60,
    resistance_mohm=5.2,
    inrush_a=280,
    cranking_a=180,
    crank_s=0.75,
    compressions_hz=8.0,
)
DIESEL_START = LowVoltageSpec(
    capacity_ah=80,
    resistance_mohm=3.9,
    inrush_a=420,
    cranking_a=280,
    crank_s=0.95,
    compressions_hz=7.0,
)
# No starter: contactors, pumps, brake booster and steering wake up before the DC-DC does.
ELECTRIC_WAKE = LowVoltageSpec(
    capacity_ah=45,
    resistance_mohm=6.5,
    inrush_a=125,
    cranking_a=85,
    crank_s=0.6,
)


@dataclass(slots=True, kw_only=True)
class LowVoltageState:
    """State of charge 0..1 and how many hours ago the charger went off."""

    soc: float = 0.95
    rest_h: float = 8.0
    aged: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrankTrace:
    """One start at 100 Hz: volts and amperes out of the battery [n], and what it was at rest."""

    volts: Float64
    amperes: Float64
    rest_v: float
    rest_h: float
    air_c: float

    @property
    def loaded(self) -> Float64:
        """The samples under load."""
        return self.volts[self.amperes > 20]


class LowVoltage:
    """The battery with its state; `sulphation` 0..1 comes from the planted fault."""

    def __init__(self, spec: LowVoltageSpec, state: LowVoltageState) -> None:
        self.spec = spec
        self.state = state

    def resistance_ohm(self, celsius: float, sulphation: float) -> float:
        """Inner resistance and wiring."""
        cold = 1 + 0.006 * (25 - max(celsius, 0)) + 0.05 * max(0.0, -celsius)
        own = self.spec.resistance_mohm * 1e-3 * cold * self.state.aged
        charged = float(max(0.2, self.state.soc) ** 0.5)
        return own * (1 + 1.6 * sulphation) / charged + _WIRING_OHM

    def rest_v(self, extra_h: float = 0.0) -> float:
        """Open-circuit voltage, with the surface charge that fades in hours."""
        surface = 0.4 * np.exp(-(self.state.rest_h + extra_h) / 1.1)
        return float(np.interp(self.state.soc, _SOC, _REST_V) + surface)

    def crank(self, celsius: float, sulphation: float, chance: Chance) -> CrankTrace:
        """Start once; takes what it costs out of the battery."""
        spec, cold = self.spec, max(0.0, 20 - celsius) / 38
        seconds = spec.crank_s * (1 + 0.8 * cold + 0.5 * sulphation) * chance.uniform(0.85, 1.2)
        t = np.arange(int((seconds + 0.6) * CRANK_HZ)) / CRANK_HZ
        turning = spec.cranking_a * (1 + 0.5 * cold)
        amperes = turning + (spec.inrush_a - turning) * np.exp(-t / 0.035)
        amperes *= 1 + 0.12 * np.cos(2 * np.pi * spec.compressions_hz * t) * (t > 0.1)
        amperes = np.where(t < seconds, amperes, 0.0)
        rest, ohm = self.rest_v(), self.resistance_ohm(celsius, sulphation)
        charger = charging_v(celsius) * (1 - np.exp(-np.maximum(0, t - seconds) / 0.25))
        volts = np.where(t < seconds, rest - amperes * ohm, np.maximum(rest - 0.15, charger))
        volts = volts + chance.normal(0, 0.012, len(t))
        trace = CrankTrace(
            volts=np.clip(volts, 3, 16),
            amperes=amperes,
            rest_v=rest,
            rest_h=self.state.rest_h,
            air_c=celsius,
        )
        self.state.soc -= float(amperes.sum()) / CRANK_HZ / 3600 / spec.capacity_ah
        return trace

    def charge(self, hours: float, sulphation: float) -> None:
        """Alternator or DC-DC on: approaches the fullest it can still be."""
        full = 1.0 - 0.45 * sulphation
        keep = float(np.exp(-hours / (0.8 + 0.8 * sulphation)))
        self.state.soc = full + (self.state.soc - full) * keep
        self.state.rest_h = 0.0

    def rest(self, hours: float, sulphation: float) -> None:
        """Parked: quiescent drain and self-discharge of 3 % a month, more when sulphated."""
        capacity = self.spec.capacity_ah * (1 - 0.5 * sulphation)
        drain = self.spec.quiescent_ma * 1e-3 / capacity + 0.03 / 720 * (1 + 3 * sulphation)
        self.state.soc = max(0.05, self.state.soc - drain * hours)
        self.state.rest_h += hours


def charging_v(celsius: float) -> float:
    """Set point of the charger: -24 mV/K about 25 degrees C, as far as the net allows."""
    return float(np.clip(14.1 - 0.024 * (celsius - 25), 13.5, 14.8))
