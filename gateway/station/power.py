"""The gateway must never be the reason for a flat battery: when it may ask the car anything.

    asking --below 12.2 V for a minute--> quiet --12.5 V or more--> asking

Below 12.2 V nothing charges the net: the car rests, or its alternator is gone. While quiet nothing
is sent; the voltage is still heard where the car broadcasts it, and asked once in half an hour
where it does not.
"""

from __future__ import annotations

from firmware_contracts.events import Event, EventKind
from gateway.frames import SignalSample
from gateway.station.cranking import LV
from gateway.station.step_output import NOTHING, StepOutput

LOW_V, RESUME_V = 12.2, 12.5
LOW_FOR_MS = 60_000
LOOK_AGAIN_MS = 1_800_000
LOOK_FOR_MS = 10_000
"""Low for a minute is low, not a start; then one look in half an hour, ten seconds long."""


class PowerGuard:
    """Feed it every 12 V reading; `may_ask` says whether a request may be sent now.

    24 V nets are watched at twice the thresholds (`nets` = 2).
    """

    def __init__(self, *, nets: int = 1) -> None:
        self._nets = nets
        self._low_since_ms: int | None = None
        self._quiet_since_ms: int | None = None
        self.cut_offs = 0

    @property
    def quiet(self) -> bool:
        """True while the battery is spared."""
        return self._quiet_since_ms is not None

    def feed(self, t_ms: int, volts: float) -> None:
        """Take one reading of the 12 V net."""
        volts /= self._nets
        if volts >= RESUME_V:
            self._quiet_since_ms = None
        if volts >= LOW_V:
            self._low_since_ms = None
        elif self._low_since_ms is None:
            self._low_since_ms = t_ms
        elif not self.quiet and t_ms - self._low_since_ms >= LOW_FOR_MS:
            self._quiet_since_ms = t_ms
            self.cut_offs += 1

    def may_ask(self, now_ms: int) -> bool:
        """False while quiet, but for ten seconds every half hour."""
        if self._quiet_since_ms is None:
            return True
        since = now_ms - self._quiet_since_ms
        return since >= LOOK_AGAIN_MS and since % LOOK_AGAIN_MS < LOOK_FOR_MS


class LowVoltage:
    """Feeds the guard from samples, and says when polling stops and begins again."""

    def __init__(self, guard: PowerGuard) -> None:
        self._guard = guard

    def feed(self, sample: SignalSample) -> StepOutput:
        """An event where the guard changed its mind."""
        if sample.signal != LV or sample.value is None:
            return NOTHING
        before = self._guard.quiet
        self._guard.feed(sample.t_ms, sample.value)
        if self._guard.quiet == before:
            return NOTHING
        stopped = Event(
            kind=EventKind.POWER,
            t_ms=sample.t_ms,
            code="polling_stopped",
            active=self._guard.quiet,
            values={"lv_voltage_v": sample.value},
        )
        return StepOutput(events=(stopped,))
