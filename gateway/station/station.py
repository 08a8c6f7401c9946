"""One car without I/O: frames and time in; requests, ticks, events and records out.

    frame -> decode -> samples -> alarm level | 12 V guard | cranking   -> events, records, bursts
                              '-> sampler -> tick -> summaries          -> records
                                             '-> coarse odometer -> legal filter -> tick

Each part keeps its own state and returns a StepOutput; the station only chains them.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware_contracts.signal import Group
from firmware_contracts.signals import BY_NAME
from gateway import jobs
from gateway.decode.dbc import Broadcast
from gateway.decode.truck import Truck
from gateway.frames import RawFrame, SignalSample, Tick
from gateway.jobs import Answer
from gateway.poller import Poller
from gateway.profiles import Profile
from gateway.station.alarms import AlarmLevel
from gateway.station.codes import CodeBook
from gateway.station.cranking import Cranking
from gateway.station.filters import CoarseOdometer, LegalFilter
from gateway.station.power import LowVoltage, PowerGuard
from gateway.station.sampling import Sampler
from gateway.station.step_output import NOTHING, StepOutput, joined
from gateway.station.summaries import Summaries

AMBIENT = BY_NAME["ambient_temperature_c"].id
LATE_MS = 200
"""How long a tick stays open for answers that are on their way."""


def truck_of(profile: Profile) -> Truck | None:
    """The decoder of a J1939 profile; None for cars."""
    if not profile.j1939:
        return None
    return Truck(profile.groups, older_method=profile.older_spn_method)


class Station:
    """State of one car. `allowed` are the legal groups that may leave it; the rest never does.

    Summaries are computed in the car from all signals: they may leave where fine data may not.
    """

    def __init__(
        self,
        poller: Poller,
        broadcast: Broadcast | None = None,
        *,
        allowed: frozenset[Group] = frozenset(Group),
        tick_ms: int = 1000,
    ) -> None:
        self.poller = poller
        self.broadcast = broadcast
        self.legal = LegalFilter(allowed)
        self.power = PowerGuard()
        self.frames = 0
        self._truck = truck_of(poller.profile)
        self._cranking = Cranking(keep_burst=self.legal.allows(Group.ASSET))
        self._parts = (AlarmLevel(), LowVoltage(self.power), self._cranking)
        self._sampler = Sampler(period_ms=tick_ms)
        self._summaries = Summaries()
        self._coarse_odometer = CoarseOdometer()
        self._codes = CodeBook()

    def take_frame(self, frame: RawFrame) -> StepOutput:
        """Take one frame of this car's bus."""
        self.frames += 1
        broadcast = () if self.broadcast is None else self.broadcast.decode(frame)
        unasked = [] if self._truck is None else [jobs.heard(self._truck.hear(frame))]
        answers, sends = self.poller.hear(frame)
        heard = self._take(broadcast) + self._take_answers([*unasked, *answers], frame.t_ms)
        return heard + StepOutput(sends=tuple(sends))

    def pass_time(self, now_ms: int) -> StepOutput:
        """Let time pass: timeouts, the next request, the end of a tick."""
        timed_out = self._take_answers(self.poller.tick(now_ms), now_ms)
        send = self.poller.ask(now_ms) if self.power.may_ask(now_ms) else None
        ended = self._close(self._sampler.advance(now_ms - LATE_MS))
        return timed_out + StepOutput(sends=() if send is None else (send,)) + ended

    def take_own(self, samples: Iterable[SignalSample]) -> StepOutput:
        """Take samples of the gateway's own."""
        return self._close(self._sampler.feed(samples))

    def close(self) -> StepOutput:
        """The agent stops: hand over what is open."""
        return self._close(self._sampler.flush())

    @property
    def errors(self) -> int:
        """Frames and answers that could not be decoded."""
        own = (self.broadcast, self._truck)
        return self.poller.errors + sum(part.errors for part in own if part is not None)

    def _take_answers(self, answers: Iterable[Answer], t_ms: int) -> StepOutput:
        total = NOTHING
        for answer in answers:
            total += self._take(answer.samples)
            if answer.codes is not None:
                events = self._codes.take(answer.place, answer.codes, t_ms)
                total += StepOutput(events=tuple(events))
        return total

    def _take(self, samples: Iterable[SignalSample]) -> StepOutput:
        listed = list(samples)
        fed = joined(part.feed(sample) for sample in listed for part in self._parts)
        return fed + self._close(self._sampler.feed(listed))

    def _close(self, ticks: Iterable[Tick]) -> StepOutput:
        """Finished ticks: into the summaries, then without what may not leave."""
        total = NOTHING
        for tick in ticks:
            self._cranking.ambient(tick.values.get(AMBIENT))
            records = tuple(self._summaries.feed(tick))
            self._coarse_odometer.add(tick)
            permitted = self.legal.permitted(tick)
            total += StepOutput(ticks=() if permitted.empty else (permitted,), records=records)
        return total
