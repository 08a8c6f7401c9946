"""Engine starts seen in the 12 V line: rest, dip, mean, duration, as a Crank and a Burst.

    V  rest ────┐            ┌── 13.8 charging
                │   ┌─┐ ┌─┐ ┌┘
                └───┘ └─┘ └─┘
                dip > 0.5 V below rest opens the capture; above rest + 0.4 V, or 4 s, ends it

Only samples at 20 Hz or faster count: a dip read once a second is luck, not a measurement.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from firmware_contracts.records import Crank
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Burst
from gateway.frames import SignalSample
from gateway.station.step_output import NOTHING, StepOutput

LV = BY_NAME["lv_voltage_v"].id
DIP_V = 0.5
CHARGING_V = 0.4
LONGEST_MS = 4000
SLOWEST_MS = 50
BEFORE = 50
REST_TAU_MS = 4000.0
"""Rest is what the line was over seconds, however fast it is sampled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One start: the summary, and the raw line around it."""

    crank: Crank
    burst: Burst


class CrankWatch:
    """Feed every 12 V sample of one car in order; ambient in °C comes from the last tick."""

    def __init__(self) -> None:
        self._before: deque[tuple[int, float]] = deque(maxlen=BEFORE)
        self._dip: list[tuple[int, float]] = []
        self._rest_v: float | None = None
        self._quiet_since_ms: int | None = None
        self.temperature_c: float | None = None

    def feed(self, t_ms: int, volts: float) -> Captured | None:
        """Take one sample; returns a finished start."""
        if self._dip:
            return self._inside(t_ms, volts)
        rest = self._rest_v
        fast = bool(self._before) and t_ms - self._before[-1][0] <= SLOWEST_MS
        if rest is not None and fast and volts < rest - DIP_V:
            self._dip = [(t_ms, volts)]
            return None
        self._settle(t_ms, volts)
        self._before.append((t_ms, volts))
        return None

    def _settle(self, t_ms: int, volts: float) -> None:
        if volts > 13.2:
            self._rest_v, self._quiet_since_ms = None, None
            return
        if self._quiet_since_ms is None:
            self._quiet_since_ms = t_ms
        rest = volts if self._rest_v is None else self._rest_v
        since_ms = t_ms - self._before[-1][0] if self._before else 0
        self._rest_v = rest + (1 - math.exp(-since_ms / REST_TAU_MS)) * (volts - rest)

    def _inside(self, t_ms: int, volts: float) -> Captured | None:
        self._dip.append((t_ms, volts))
        rest = self._rest_v or volts
        start = self._dip[0][0]
        started = volts > rest + CHARGING_V
        if not started and t_ms - start < LONGEST_MS:
            return None
        captured = self._finish(rest, started)
        self._before.clear()
        self._dip, self._rest_v, self._quiet_since_ms = [], None, None
        return captured

    def _finish(self, rest_v: float, started: bool) -> Captured | None:
        times = np.array([t for t, _ in self._dip])
        volts = np.array([v for _, v in self._dip])
        low = volts < rest_v - DIP_V / 2
        if low.sum() < 3:
            return None
        capture = [*self._before, *self._dip]
        period_ms = float(np.median(np.diff(times)))
        quiet = self._quiet_since_ms
        start, end = int(times[0]), int(times[low][-1])
        crank = Crank(
            start_ms=start,
            end_ms=end,
            rest_v=round(rest_v, 3),
            min_v=round(float(volts.min()), 3),
            mean_v=round(float(volts[low].mean()), 3),
            duration_ms=float(end - start),
            temperature_c=self.temperature_c,
            rest_h=None if quiet is None else (start - quiet) / 3.6e6,
            started=started,
        )
        burst = Burst(
            signal=LV,
            start_ms=capture[0][0],
            period_us=round(period_ms * 1000),
            values=np.array([v for _, v in capture], dtype=np.float32),
            trigger="crank",
        )
        return Captured(crank=crank, burst=burst)


class Cranking:
    """Feeds the watch from samples; the raw capture leaves only where `keep_burst`."""

    def __init__(self, *, keep_burst: bool) -> None:
        self._watch = CrankWatch()
        self._keep_burst = keep_burst

    def ambient(self, celsius: float | None) -> None:
        """The outside temperature of the last tick, where it said one."""
        if celsius is not None:
            self._watch.temperature_c = celsius

    def feed(self, sample: SignalSample) -> StepOutput:
        """A finished start."""
        if sample.signal != LV or sample.value is None:
            return NOTHING
        captured = self._watch.feed(sample.t_ms, sample.value)
        if captured is None:
            return NOTHING
        bursts = (captured.burst,) if self._keep_burst else ()
        return StepOutput(records=(captured.crank,), bursts=bursts)
