"""The electrical and thermal truth of a pack: what its current does to charge, voltage and heat.

    V = N ocv(SoC) + I R0(T) + V1,   dV1/dt = -V1/(R1 C1) + I/C1      (I positive while charging)
    m c dT/dt = I² R - h A (T - T_outside)

A pack lives in strokes (a drive, a charge, a rest); each returns what happened on an even grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from simulators.battery.half_cells import CellCurve

Floats = npt.NDArray[np.float64]
_TAU_RC_S = 30.0
_R1_SHARE = 0.5
_ACTIVATION_J = 25000.0
_HEAT_J_PER_K_PER_AH_CELL = 24.0  # about 1000 J/kgK at 24 g/Ah
_COOLING_S = 4 * 3600.0
"""One RC pair of 30 s with half the ohmic resistance; Arrhenius energy of the resistance
(J/mol); time constant of cooling: usual of published packs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stroke:
    """An episode on an even grid, all [n]: seconds from its start, A, V, °C, true SoC 0..1."""

    seconds: Floats
    current_a: Floats
    voltage_v: Floats
    temperature_c: Floats
    soc: Floats
    speed_kmh: Floats


@dataclass(slots=True, kw_only=True)
class Pack:
    """One pack with its present age. `capacity_ah` lies between SoC 0 and 1 of the pack."""

    cells: int
    capacity_ah: float
    curve: CellCurve
    resistance_mohm: float
    soc: float = 0.6
    temperature_c: float = 20.0
    top_c_rate: float = 2.0

    def resistance_ohm(self, temperature_c: float | Floats) -> Floats:
        """R0 of the pack by Arrhenius about 25 °C."""
        kelvin = np.asarray(temperature_c, dtype=np.float64) + 273.15
        cold = np.exp(_ACTIVATION_J / 8.314 * (1 / kelvin - 1 / 298.15))
        return np.asarray(self.cells * self.resistance_mohm * 1e-3 * cold)

    def energy_kwh(self, current_a: float, temperature_c: float = 25.0) -> float:
        """Energy between full and empty taken out with a steady current at one temperature."""
        volts = self.cells * float(np.mean(self.curve.voltage(np.linspace(0, 1, 401))))
        lost = current_a * float(self.resistance_ohm(temperature_c)) * (1 + _R1_SHARE)
        return self.capacity_ah * (volts - lost) / 1000

    def rest(self, hours: float, outside_c: float, leak_pct_per_month: float = 2.0) -> None:
        """Cool down, lose a little charge."""
        self.temperature_c = outside_c + (self.temperature_c - outside_c) * float(
            np.exp(-hours * 3600 / _COOLING_S)
        )
        self.soc = max(self.soc - leak_pct_per_month / 100 * hours / 730, 0.0)

    def drive(self, power_kw: Floats, speed_kmh: Floats, step_s: float, outside_c: float) -> Stroke:
        """Take `power_kw` [n] (positive out of the pack) until it ends or the pack is empty."""
        volts = self.cells * float(self.curve.voltage(np.array([self.soc]))[0])
        limit = self.top_c_rate * self.capacity_ah
        current = np.clip(-power_kw * 1000 / volts, -limit, limit)
        soc = self.soc + np.cumsum(current) * step_s / 3600 / self.capacity_ah
        empty = np.flatnonzero(soc < 0.02)
        stop = int(empty[0]) if len(empty) else len(soc)
        soc = np.minimum(soc[:stop], 1.0)
        return self._stroke(current[:stop], soc, speed_kmh[:stop], step_s, outside_c)

    def charge(
        self,
        power_kw: float,
        target: float,
        step_s: float,
        outside_c: float,
        *,
        fast: bool,
        longest_h: float,
    ) -> Stroke:
        """Charge to SoC `target` (0..1) or until the time is up."""
        grid = np.linspace(self.soc, max(target, self.soc + 1e-4), 160)
        volts = self.cells * self.curve.voltage(grid)
        current = power_kw * 1000 / volts * _taper(grid, fast=fast)
        if fast:
            current *= float(np.clip((self.temperature_c + 12) / 32, 0.2, 1.0))
        current = np.minimum(current, 1.8 * self.capacity_ah)
        middle = (current[1:] + current[:-1]) / 2
        at_s = np.concatenate([[0.0], np.cumsum(np.diff(grid) * self.capacity_ah / middle) * 3600])
        seconds = np.arange(step_s, min(at_s[-1], longest_h * 3600), step_s)
        soc = np.interp(seconds, at_s, grid)
        flow = np.diff(soc, prepend=self.soc) * self.capacity_ah * 3600 / step_s
        return self._stroke(flow, soc, np.zeros(len(soc)), step_s, 28.0 if fast else outside_c)

    def _stroke(
        self, current: Floats, soc: Floats, speed: Floats, step_s: float, outside_c: float
    ) -> Stroke:
        temperature = self._warm(current, step_s, outside_c)
        r0 = self.resistance_ohm(temperature)
        keep = float(np.exp(-step_s / _TAU_RC_S))
        pull = lfilter([1 - keep], [1, -keep], current)
        voltage = self.cells * self.curve.voltage(soc) + r0 * (current + _R1_SHARE * pull)
        if len(soc):
            self.soc, self.temperature_c = float(soc[-1]), float(temperature[-1])
        seconds = np.arange(1.0, len(soc) + 1.0) * step_s
        return Stroke(
            seconds=seconds,
            current_a=current,
            voltage_v=voltage,
            temperature_c=temperature,
            soc=soc,
            speed_kmh=speed,
        )

    def _warm(self, current: Floats, step_s: float, outside_c: float) -> Floats:
        heat_j_per_k = self.cells * self.capacity_ah * _HEAT_J_PER_K_PER_AH_CELL
        heat_w = current**2 * self.resistance_ohm(self.temperature_c) * (1 + _R1_SHARE)
        keep = float(np.exp(-step_s / _COOLING_S))
        drive = heat_w * step_s / heat_j_per_k + (1 - keep) * outside_c
        warm, _ = lfilter([1.0], [1.0, -keep], drive, zi=[keep * self.temperature_c])
        return np.asarray(np.minimum(warm, 55.0))


def _taper(soc: Floats, *, fast: bool) -> Floats:
    if fast:
        return np.asarray(np.interp(soc, [0.0, 0.55, 0.8, 0.95, 1.0], [1.0, 1.0, 0.45, 0.12, 0.06]))
    return np.asarray(np.interp(soc, [0.0, 0.965, 1.0], [1.0, 1.0, 0.15]))
