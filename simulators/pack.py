"""What a car asks of its traction pack, and a plain pack that answers.

A pack lives through drives, charges and rests; each returns a `PackTrace` of what happened, from
which cells and probes are read only where somebody looks. Current is positive into the battery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.signal import lfilter

from firmware_contracts.telemetry import Float64, Int64
from simulators import ocv
from simulators.dice import dice


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSpec:
    """One pack as built. `used` is the SoC window that the car shows as 0..100 %."""

    chemistry: str
    cells: int
    capacity_ah: float
    probes: int
    resistance_mohm: float = 0.75
    dc_power_kw: float = 90.0
    ac_power_kw: float = 6.6
    mass_kg: float = 330.0
    soh: float = 0.96

    @property
    def energy_kwh(self) -> float:
        """Rated energy."""
        return self.cells * self.capacity_ah * (3.68 if self.chemistry == "nmc" else 3.2) / 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackTrace:
    """A stretch of a pack's life on an even time grid, all [n]; SoC is 0..1, the truth."""

    seconds: Float64
    current_a: Float64
    soc: Float64
    polarisation: Float64
    temperature_c: Float64
    voltage_v: Float64

    @property
    def charge_ah(self) -> float:
        """Net charge that went in."""
        return float(np.trapezoid(self.current_a, self.seconds)) / 3600

    @property
    def energy_kwh(self) -> float:
        """Net energy that went in."""
        return float(np.trapezoid(self.current_a * self.voltage_v, self.seconds)) / 3.6e6


class Pack(Protocol):
    """The seam between a car and whatever battery model it carries."""

    spec: PackSpec
    soc: float
    temperature_c: float

    def drive(self, power_w: Float64, step_s: float, air_c: float) -> PackTrace:
        """Deliver `power_w` [n] (negative = regeneration)."""
        ...

    def charge(self, kind: int, target: float, step_s: float, air_c: float) -> PackTrace:
        """Charge by AC (1) or DC (2) up to `target` 0..1."""
        ...

    def rest(self, samples: int, step_s: float, air_c: float) -> PackTrace:
        """Do nothing for (samples - 1) steps: cool, self-discharge, age."""
        ...

    def cells_v(self, trace: PackTrace, at: Int64, weakness: float) -> Float64:
        """Cell voltages [len(at), cells] at samples `at`, as the BMS reads them (1 mV)."""
        ...

    def probes_c(self, trace: PackTrace, at: Int64) -> Float64:
        """Probe temperatures [len(at), probes] at samples `at`."""
        ...

    @property
    def soh(self) -> float:
        """True capacity as a share of the rated one."""
        ...

    def snapshot(self) -> dict[str, float]:
        """What must be remembered to live on after a restart."""
        ...

    def restore(self, memory: Mapping[str, float]) -> None:
        """Take up a remembered life."""
        ...


_TAU_S = 28.0
# Share of the charger's power along SoC.
_DC_CURVE = ((0, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0), (1, 1, 0.8, 0.6, 0.42, 0.22, 0.05))
_AC_CURVE = ((0, 0.96, 0.985, 1.0), (1, 1, 0.45, 0.08))


class PlainPack:
    """Half-cell OCV, one RC, one temperature, cell spread; ageing is a slow straight line."""

    def __init__(self, spec: PackSpec, seed: int, weak_cell: int | None = None) -> None:
        chance = dice(seed, "pack")
        self.spec = spec
        self.soc = float(chance.uniform(0.55, 0.85))
        self.temperature_c = 20.0
        self._soh = spec.soh
        self._fade_per_h = float(chance.uniform(0.012, 0.022)) / 8766
        self._curve = ocv.curve(spec.chemistry)
        self._ratio = 1 + chance.normal(0, 0.008, spec.cells)
        self._offset = chance.normal(0, 0.0025, spec.cells)
        self._ohm = 1 + chance.normal(0, 0.035, spec.cells)
        self._probe = chance.normal(0, 0.5, spec.probes)
        self._bias_v = chance.normal(0, 0.0008, spec.cells)
        self._seed, self._looks = seed, 0
        self._weak = None if weak_cell is None else weak_cell - 1

    @property
    def soh(self) -> float:
        """True capacity as a share of the rated one."""
        return self._soh

    def snapshot(self) -> dict[str, float]:
        """State of charge and health, temperature."""
        return {"soc": self.soc, "soh": self._soh, "temperature_c": self.temperature_c}

    def restore(self, memory: Mapping[str, float]) -> None:
        """Take up a remembered life."""
        self.soc, self._soh = memory["soc"], memory["soh"]
        self.temperature_c = memory["temperature_c"]

    @property
    def capacity_ah(self) -> float:
        """What fits in now."""
        return self.spec.capacity_ah * self._soh

    def resistance_ohm(self, celsius: float) -> float:
        """Ohmic resistance of the whole string; about tripled at -10 degrees C."""
        cold = float(np.exp(2300 * (1 / (celsius + 273.15) - 1 / 298.15)))
        return self.spec.cells * self.spec.resistance_mohm * 1e-3 * cold

    def drive(self, power_w: Float64, step_s: float, air_c: float) -> PackTrace:
        """Deliver `power_w` [n]: current from the power balance at the OCV, SoC by counting."""
        ohm = 1.6 * self.resistance_ohm(self.temperature_c)
        volts = self.spec.cells * self._ocv(self.soc)
        for _ in range(2):  # once with the starting voltage, once along the way
            root = np.sqrt(np.maximum(volts**2 - 4 * ohm * power_w, (0.4 * volts) ** 2))
            current = -(volts - root) / (2 * ohm)
            soc = self._count(current, step_s)
            volts = self.spec.cells * self._ocv(soc)
        return self._live(current, soc, step_s, air_c)

    def charge(self, kind: int, target: float, step_s: float, air_c: float) -> PackTrace:
        """Power along SoC is a table; time along SoC follows, and SoC along time from that."""
        power_kw = self.spec.dc_power_kw if kind == 2 else self.spec.ac_power_kw * 0.93
        shape = _DC_CURVE if kind == 2 else _AC_CURVE
        if kind == 2 and self.temperature_c < 20:
            power_kw *= max(0.25, 0.35 + 0.65 * self.temperature_c / 20)
        soc = np.linspace(self.soc, max(target, self.soc + 0.01), 240)
        volts = self.spec.cells * self._ocv(soc)
        amps = power_kw * 1000 / volts * np.interp(soc, *shape)
        took = np.diff(soc) * self.capacity_ah * 3600 / (0.5 * (amps[1:] + amps[:-1]))
        seconds = np.concatenate([[0.0], np.cumsum(took)])
        grid = np.arange(0, seconds[-1] + step_s, step_s)
        along = np.interp(grid, seconds, soc)
        current = np.gradient(along, grid) * self.capacity_ah * 3600
        return self._live(current, along, step_s, air_c)

    def rest(self, samples: int, step_s: float, air_c: float) -> PackTrace:
        """Cool towards the air, lose 1.5 % a month, age."""
        lost = 0.015 / 720 / 3600 * step_s * np.arange(samples)
        soc = np.maximum(0.02, self.soc - lost)
        return self._live(np.zeros(samples), soc, step_s, air_c)

    def cells_v(self, trace: PackTrace, at: Int64, weakness: float) -> Float64:
        """Each cell has its own capacity, offset from the top balance, and resistance."""
        ratio, offset, ohm = self._cells(weakness)
        soc = 1 - (1 - trace.soc[at, None]) / ratio + offset
        own = self.resistance_ohm(float(trace.temperature_c[0])) / self.spec.cells
        drop = own * (trace.current_a[at] + 0.6 * trace.polarisation[at])
        noise = dice(self._seed, "cells", self._looks).normal(0, 0.0007, soc.shape)
        self._looks += 1
        volts = self._ocv(soc) + drop[:, None] * ohm + noise + self._bias_v
        return np.round(volts, 3)

    def probes_c(self, trace: PackTrace, at: Int64) -> Float64:
        """Probes differ by where they sit, more while the pack is warm from current."""
        return np.round(trace.temperature_c[at, None] + self._probe, 0)

    def _cells(self, weakness: float) -> tuple[Float64, Float64, Float64]:
        ratio, offset, ohm = self._ratio.copy(), self._offset.copy(), self._ohm.copy()
        if self._weak is not None:
            ratio[self._weak] -= 0.10 * weakness
            offset[self._weak] -= 0.045 * weakness
            ohm[self._weak] += 1.1 * weakness
        return ratio, offset, ohm

    def _ocv(self, soc: Float64 | float) -> Float64:
        return np.asarray(np.interp(soc, ocv.GRID, self._curve))

    def _count(self, current_a: Float64, step_s: float) -> Float64:
        moved = np.concatenate([[0.0], np.cumsum(current_a[:-1])]) * step_s / 3600
        return np.clip(self.soc + moved / self.capacity_ah, 0.0, 1.0)

    def _live(self, current: Float64, soc: Float64, step_s: float, air_c: float) -> PackTrace:
        """Polarisation, heat and terminal voltage along the way; the state moves to the end."""
        n, ohm = len(current), self.resistance_ohm(self.temperature_c)
        keep = float(np.exp(-step_s / _TAU_S))
        polar = lfilter([1 - keep], [1, -keep], current)
        cool = float(np.exp(-step_s / (3500 if self.temperature_c > 33 else 14_000)))
        drive_k = 1.6 * ohm * current**2 / (self.spec.mass_kg * 1000 / 14_000)
        warm, _ = lfilter([1 - cool], [1, -cool], drive_k, zi=[(self.temperature_c - air_c) * cool])
        volts = self.spec.cells * self._ocv(soc) + ohm * (current + 0.6 * polar)
        trace = PackTrace(
            seconds=np.arange(n, dtype=np.float64) * step_s,
            current_a=current,
            soc=soc,
            polarisation=polar,
            temperature_c=air_c + warm,
            voltage_v=volts,
        )
        self.soc, self.temperature_c = float(soc[-1]), float(trace.temperature_c[-1])
        self._soh -= self._fade_per_h * n * step_s / 3600
        return trace
