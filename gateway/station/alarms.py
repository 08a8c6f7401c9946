"""The car's own alarm level as episodes: one event where one ends, one where the next begins."""

from __future__ import annotations

from firmware_contracts.events import Event, EventKind
from firmware_contracts.signals import BY_NAME
from gateway.frames import SignalSample
from gateway.station.step_output import NOTHING, StepOutput

ALARM_LEVEL = BY_NAME["alarm_level"].id


class AlarmLevel:
    """Feed it every sample; 0 is no alarm."""

    def __init__(self) -> None:
        self._level = 0

    def feed(self, sample: SignalSample) -> StepOutput:
        """Events where the level changed."""
        if sample.signal != ALARM_LEVEL or sample.value is None:
            return NOTHING
        before, self._level = self._level, int(sample.value)
        if self._level == before:
            return NOTHING
        turns = ((before, False), (self._level, True))
        return StepOutput(
            events=tuple(
                Event(
                    kind=EventKind.ALARM,
                    t_ms=sample.t_ms,
                    code="alarm_level",
                    level=level,
                    active=active,
                )
                for level, active in turns
                if level
            )
        )
