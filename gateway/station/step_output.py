"""What one step of a car produced: the one type that every part of a station returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware_contracts.events import Event
from firmware_contracts.records import Record
from firmware_contracts.telemetry import Burst
from gateway.frames import Tick
from gateway.poller import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """Requests to send and what was read, each in order of time. Outputs add up with `+`."""

    sends: tuple[Send, ...] = ()
    ticks: tuple[Tick, ...] = ()
    events: tuple[Event, ...] = ()
    records: tuple[Record, ...] = ()
    bursts: tuple[Burst, ...] = ()

    def __add__(self, later: StepOutput) -> StepOutput:
        if later is NOTHING:
            return self
        if self is NOTHING:
            return later
        return StepOutput(
            sends=self.sends + later.sends,
            ticks=self.ticks + later.ticks,
            events=self.events + later.events,
            records=self.records + later.records,
            bursts=self.bursts + later.bursts,
        )

    @property
    def to_store(self) -> bool:
        """True where something must go into the outbox."""
        return bool(self.ticks or self.events or self.records or self.bursts)


NOTHING = StepOutput()


def joined(outputs: Iterable[StepOutput]) -> StepOutput:
    """All of them as one, in order."""
    total = NOTHING
    for output in outputs:
        total += output
    return total
