"""What a car asks of its traction pack, and the pack of `simulators.battery` that answers.

A pack lives through drives, charges and rests; each returns a `PackTrace` of what happened, from
which cells and probes are read only where somebody looks. Current is positive into the battery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from firmware_contracts.telemetry import Float64, Int64
from simulators.battery import ageing, half_cells
from simulators.battery.bms import Bms, draw_bms
from simulators.battery.faults import Spread
from simulators.battery.pack import Pack, Stroke
from simulators.seeded_random import dice


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

    @property
    def energy_kwh(self) -> float:
        """Rated energy."""
        return self.cells * self.capacity_ah * (3.68 if self.chemistry == "nmc" else 3.2) / 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackTrace:
    """An episode of a pack's life on an even time grid, all [n].

    `soc` 0..1 is the truth, `said` what the battery management believes.
    """

    seconds: Float64
    current_a: Float64
    soc: Float64
    said: Float64
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


class TractionPack(Protocol):
    """The seam between a car and whatever battery model it carries."""

    spec: PackSpec

    @property
    def soc(self) -> float:
        """True state of charge 0..1."""
        ...

    @property
    def temperature_c(self) -> float:
        """Mean temperature."""
        ...

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


_USED = {"nmc": (0.02, 0.98), "lfp": (0.01, 0.995)}
"""The part of the cells' own window that the car uses."""
_SHARE_OF_LAW = {"nmc": 0.45, "lfp": 0.9}  # makers' cells outlast the published ones
_WEEK_H = 168.0
"""Hours."""
_NOISE_V, _STEP_V = 0.0007, 0.001


class CarPack:
    """Half cells, RC, heat, ageing and BMS of `simulators.battery`, cell by cell where asked.

    `years` is the age at the start, lived in a climate of `mean_c`; `weak_cell` counts from 1.
    """

    def __init__(
        self, spec: PackSpec, seed: int, years: float, mean_c: float, weak_cell: int | None = None
    ) -> None:
        chance = dice(seed, "pack")
        self.spec = spec
        self._spread = Spread.draw(chance, spec.cells)
        self._probe = chance.normal(0, 0.5, spec.probes)
        self._bias_v = chance.normal(0, 0.0008, spec.cells)
        self._seed, self._looks, self._lived_h, self._moved_ah = seed, 0, 0.0, 0.0
        self._weak = None if weak_cell is None else weak_cell - 1
        self._fresh_ah = spec.capacity_ah * float(1 + chance.normal(0, 0.008))
        factor = _SHARE_OF_LAW[spec.chemistry] * float(chance.lognormal(0, 0.25))
        self._age = ageing.Age(chemistry=spec.chemistry, factor=factor)
        self._string = self._built(soc=float(chance.uniform(0.55, 0.85)), temperature_c=mean_c)
        for _ in range(round(52 * years)):
            self._suffer(_WEEK_H, 4 * spec.capacity_ah)
        self._rebuild()
        self._bms: Bms = draw_bms(chance, spec.chemistry, self._string.capacity_ah)
        self._bms.soc = self._string.soc

    @property
    def soc(self) -> float:
        """True state of charge 0..1 of the used window."""
        return self._string.soc

    @property
    def temperature_c(self) -> float:
        """Mean temperature."""
        return self._string.temperature_c

    @property
    def soh(self) -> float:
        """True capacity as a share of the rated one."""
        return self._string.capacity_ah / self.spec.capacity_ah

    def snapshot(self) -> dict[str, float]:
        """Charge, temperature, age and what the management believes."""
        age = self._age
        return {
            "soc": self.soc,
            "temperature_c": self.temperature_c,
            "said": self._bms.soc,
            "calendar_loss": age.calendar_loss,
            "cycle_loss": age.cycle_loss,
            "resistance": age.resistance,
            "full_cycles": age.full_cycles,
            "days": age.days,
        }

    def restore(self, memory: Mapping[str, float]) -> None:
        """Take up a remembered life."""
        for name in ("calendar_loss", "cycle_loss", "resistance", "full_cycles", "days"):
            setattr(self._age, name, memory[name])
        self._string.soc, self._string.temperature_c = memory["soc"], memory["temperature_c"]
        self._bms.soc = memory["said"]
        self._rebuild()

    def drive(self, power_w: Float64, step_s: float, air_c: float) -> PackTrace:
        """Deliver `power_w` [n]; what an empty pack cannot give is not given."""
        n = len(power_w)
        stroke = self._string.drive(power_w / 1000, np.zeros(n), step_s, air_c)
        return self._trace(stroke, step_s, n)

    def charge(self, kind: int, target: float, step_s: float, air_c: float) -> PackTrace:
        """AC at the car's charger, DC at the column's power."""
        fast = kind == 2
        power_kw = self.spec.dc_power_kw if fast else 0.93 * self.spec.ac_power_kw
        stroke = self._string.charge(
            power_kw, min(target, 1.0), step_s, air_c, fast=fast, longest_h=14.0
        )
        return self._trace(stroke, step_s, len(stroke.soc))

    def rest(self, samples: int, step_s: float, air_c: float) -> PackTrace:
        """Do nothing for (samples - 1) steps: cool, self-discharge, age."""
        hours = (samples - 1) * step_s / 3600
        before_c, before = self.temperature_c, self.soc
        said = self._bms.soc
        self._string.rest(hours, air_c)
        self._bms.rest(hours, self.soc)
        self._live(hours, 0.0)
        share = np.linspace(0, 1, samples)
        soc = before + (self.soc - before) * share
        return PackTrace(
            seconds=share * hours * 3600,
            current_a=np.zeros(samples),
            soc=soc,
            said=said + (self._bms.soc - said) * share,
            temperature_c=before_c + (self.temperature_c - before_c) * share,
            voltage_v=self.spec.cells * self._string.curve.voltage(soc),
        )

    def cells_v(self, trace: PackTrace, at: Int64, weakness: float) -> Float64:
        """Each cell has its own capacity, offset from the top balance, and resistance."""
        capacity, offset, ohm = self._cells(weakness)
        soc = 1 - (1 - trace.soc[at, None]) / capacity + offset
        curve = self._string.curve
        drop = trace.voltage_v[at] / self.spec.cells - curve.voltage(trace.soc[at])
        noise = dice(self._seed, "cells", self._looks).normal(0, _NOISE_V, soc.shape)
        self._looks += 1
        volts = curve.voltage(soc) + drop[:, None] * ohm + noise + self._bias_v
        return np.asarray(np.round(volts / _STEP_V) * _STEP_V)

    def probes_c(self, trace: PackTrace, at: Int64) -> Float64:
        """Probes differ by where they sit; whole degrees."""
        return np.asarray(np.round(trace.temperature_c[at, None] + self._probe, 0))

    def _cells(self, weakness: float) -> tuple[Float64, Float64, Float64]:
        spread = self._spread
        capacity, offset, ohm = (
            spread.capacity.copy(),
            spread.soc.copy(),
            spread.resistance.copy(),
        )
        if self._weak is not None:
            capacity[self._weak] -= 0.10 * weakness
            offset[self._weak] -= 0.045 * weakness
            ohm[self._weak] += 1.1 * weakness
        return capacity, offset, ohm

    def _trace(self, stroke: Stroke, step_s: float, n: int) -> PackTrace:
        said = self._bms.follow(stroke, step_s)
        moved = float(np.abs(stroke.current_a).sum()) * step_s / 3600
        self._live(n * step_s / 3600, moved)

        def whole(values: Float64, rest: float) -> Float64:
            missing = n - len(values)
            last = values[-1] if len(values) else rest
            return np.append(values, np.full(missing, last)) if missing else values

        empty_v = self.spec.cells * float(self._string.curve.voltage(np.array([self.soc]))[0])
        return PackTrace(
            seconds=np.arange(n, dtype=np.float64) * step_s,
            current_a=np.append(stroke.current_a, np.zeros(n - len(stroke.current_a))),
            soc=whole(stroke.soc, self.soc),
            said=whole(said, self._bms.soc),
            temperature_c=whole(stroke.temperature_c, self.temperature_c),
            voltage_v=whole(stroke.voltage_v, empty_v),
        )

    def _live(self, hours: float, moved_ah: float) -> None:
        """Time and throughput wear the cells; counted up weekly."""
        self._lived_h += hours
        self._moved_ah += moved_ah
        if self._lived_h >= _WEEK_H:
            self._suffer(self._lived_h, self._moved_ah)
            self._lived_h = self._moved_ah = 0.0
            self._rebuild()

    def _suffer(self, hours: float, moved_ah: float) -> None:
        string, spec = self._string, self.spec
        volts = float(string.curve.voltage(np.array([0.6]))[0])
        self._age.suffer(
            ageing.Stress(
                days=hours / 24,
                full_cycles=moved_ah / (2 * spec.capacity_ah),
                temperature_k=string.temperature_c + 273.15,
                soc=0.6,
                cell_v=volts,
                depth=0.5,
                c_rate=0.25,
                charge_c_rate=0.3,
            )
        )

    def _rebuild(self) -> None:
        """The same charge and temperature in cells as old as they now are."""
        self._string = self._built(self._string.soc, self._string.temperature_c)

    def _built(self, soc: float, temperature_c: float) -> Pack:
        chemistry = self.spec.chemistry
        aged = half_cells.solve(
            chemistry, lithium_lost=self._age.lithium_lost, negative_lost=self._age.negative_lost
        )
        low, high = _USED[chemistry]
        window = aged.voltage(low + (high - low) * half_cells.SOC_GRID)
        share = aged.capacity / half_cells.solve(chemistry).capacity
        return Pack(
            cells=self.spec.cells,
            capacity_ah=self._fresh_ah * share,
            curve=half_cells.CellCurve(capacity=aged.capacity, ocv_v=window),
            resistance_mohm=self.spec.resistance_mohm * self._age.resistance,
            soc=soc,
            temperature_c=temperature_c,
            top_c_rate=3.0,
        )
