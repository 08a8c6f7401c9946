"""One episode of a car's life: a trip, a charge or a parked time, with all that was true in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from firmware_contracts.records import Record
from firmware_contracts.signal import Storage
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Float64, Int64
from simulators.twelve_volt import CRANK_HZ, CrankTrace

CRANK_AT_S = 1.0
"""The starter turns one second after ignition on, so that the rest voltage can be seen first."""

Look = Callable[[Int64], Float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Episode:
    """`columns` by catalogue name [n] on the even grid start_ms + i * step_s.

    `cells_v` and `probes_c` compute rows [len(at), parts] for the asked-for samples only.
    """

    kind: str
    start_ms: int
    step_s: float
    columns: dict[str, Float64]
    records: tuple[Record, ...]
    crank: CrankTrace | None = None
    cells_v: Look | None = None
    probes_c: Look | None = None

    @property
    def samples(self) -> int:
        """Number of grid points."""
        return len(self.columns["odometer_m"])

    @property
    def seconds(self) -> float:
        """From the first to the last grid point."""
        return (self.samples - 1) * self.step_s

    @property
    def end_ms(self) -> int:
        """Time of the last grid point."""
        return self.start_ms + round(self.seconds * 1000)

    def every(self, seconds: float) -> Int64:
        """Indices of one sample per period, the last sample always included."""
        stride = max(1, round(seconds / self.step_s))
        at = np.arange(0, self.samples, stride, dtype=np.int64)
        return at if at[-1] == self.samples - 1 else np.append(at, self.samples - 1)

    def value(self, name: str, seconds: float) -> float:
        """A signal between grid points: measurements move evenly, states keep their last value."""
        place = min(max(0.0, seconds / self.step_s), self.samples - 1.0)
        column, low = self.columns[name], int(place)
        if name == "lv_voltage_v" and self._cranks(seconds):
            return self._crank_v(seconds)
        if name == "lv_voltage_v" and self.crank is not None and seconds < CRANK_AT_S:
            return float(column[low])  # the line rests until the starter turns, it does not slope
        if BY_NAME[name].storage is not Storage.REAL or low + 1 >= self.samples:
            return float(column[low])
        return float(column[low] + (column[low + 1] - column[low]) * (place - low))

    def cranking(self, seconds: float) -> bool:
        """True while the starter turns."""
        if self.crank is None or not self._cranks(seconds):
            return False
        return bool(self.crank.amperes[self._crank_index(seconds)] > 20)

    def _cranks(self, seconds: float) -> bool:
        if self.crank is None:
            return False
        return 0 <= seconds - CRANK_AT_S < len(self.crank.volts) / CRANK_HZ

    def _crank_index(self, seconds: float) -> int:
        assert self.crank is not None
        return min(int((seconds - CRANK_AT_S) * CRANK_HZ + 1e-6), len(self.crank.volts) - 1)

    def _crank_v(self, seconds: float) -> float:
        assert self.crank is not None
        return float(self.crank.volts[self._crank_index(seconds)])
