"""A car in the present: `step(dt_s)` at any rate, and every value it has at this moment.

What an ECU would have measured, without its wire format: that is `ecu`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from firmware_contracts.telemetry import Float64
from simulators.calendar import busy
from simulators.car import Car
from simulators.episode import CRANK_AT_S, Episode
from simulators.telemetry_batches import cell_extremes

_CRANK_WINDOW_S = CRANK_AT_S + 3.0
"""A start is over three seconds after it began."""


class LivingCar:
    """Plays the episodes of a car's life; by default it is awake and on the road all the time.

    `between` is shown the car after each episode, before it lives the next one ahead.
    """

    def __init__(
        self,
        car: Car,
        life: Iterator[Episode] | None = None,
        between: Callable[[Car], None] | None = None,
    ) -> None:
        self.car = car
        self._between = between
        self._life = busy(car) if life is None else life
        self.episode = next(self._life)
        self.seconds = 0.0
        self._looked: tuple[int, Float64, Float64] | None = None

    @property
    def now_ms(self) -> int:
        """The moment (UTC ms)."""
        return self.episode.start_ms + round(1000 * self.seconds)

    def step(self, dt_s: float) -> None:
        """Let time pass; StopIteration when the life has ended."""
        self.seconds += dt_s
        while self.seconds > self.episode.seconds:
            over = self.now_ms
            if self._between is not None:
                self._between(self.car)
            self.episode = next(self._life)
            self.seconds = max(0.0, (over - self.episode.start_ms) / 1000)
            self._looked = None

    def value(self, name: str) -> float | None:
        """A signal by catalogue name; None where this car has none now."""
        if name in self.episode.columns:
            return self.episode.value(name, self.seconds)
        cells = self.cells_v()
        if name.startswith("cell_voltage_") and len(cells):
            return float(cell_extremes(cells[None, :])[name][0])
        probes = self.probes_c()
        if name in ("probe_max_c", "probe_min_c") and len(probes):
            return float(probes.max() if name == "probe_max_c" else probes.min())
        return None

    def cells_v(self) -> Float64:
        """Cell voltages as the BMS scanned them within this second; empty without a pack."""
        return self._look()[1]

    def probes_c(self) -> Float64:
        """Probe temperatures of the same scan."""
        return self._look()[2]

    @property
    def near_start(self) -> bool:
        """True from ignition on until the net is up again: the 12 V line is worth 100 Hz."""
        return self.episode.crank is not None and self.seconds < _CRANK_WINDOW_S

    @property
    def cranking(self) -> bool:
        """True while the starter turns."""
        return self.episode.cranking(self.seconds)

    def _look(self) -> tuple[int, Float64, Float64]:
        index = min(int(self.seconds / self.episode.step_s), self.episode.samples - 1)
        if self._looked is None or self._looked[0] != index:
            at = np.array([index], dtype=np.int64)
            none = np.empty((1, 0))
            cells = self.episode.cells_v(at) if self.episode.cells_v else none
            probes = self.episode.probes_c(at) if self.episode.probes_c else none
            self._looked = (index, cells[0], probes[0])
        return self._looked
