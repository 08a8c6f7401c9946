"""One car without I/O: frames and time in; requests, ticks, events and records out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Record
from firmware_contracts.signal import Group
from firmware_contracts.signals import BY_ID, BY_NAME
from firmware_contracts.telemetry import Burst
from gateway.codes import CodeBook
from gateway.cranking import LV, CrankWatch
from gateway.decode.dbc import Broadcast
from gateway.frames import RawFrame, SignalSample, Tick
from gateway.jobs import Answer
from gateway.poller import Poller, Send
from gateway.power import PowerGuard
from gateway.sampling import Sampler
from gateway.summaries import Summaries

AMBIENT = BY_NAME["ambient_temperature_c"].id
ODOMETER = BY_NAME["odometer_m"].id
COARSE_ODOMETER = BY_NAME["coarse_odometer_km"].id
LATE_MS = 200
"""How long a tick stays open for answers that are on their way."""
ALARM_LEVEL = BY_NAME["alarm_level"].id


@dataclass(slots=True, kw_only=True)
class Yield:
    """What a step produced, in order of time."""

    sends: list[Send] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)


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
        self.power = PowerGuard()
        self.broadcast = broadcast
        self.allowed = allowed | {Group.DUTY}
        self.withheld = 0
        self.frames = 0
        self._sampler = Sampler(period_ms=tick_ms)
        self._summaries = Summaries()
        self._cranks = CrankWatch()
        self._codes = CodeBook()
        self._alarm_level = 0
        self._coarse_km: float | None = None

    def hear(self, frame: RawFrame) -> Yield:
        """Take one frame of this car's bus."""
        out = Yield()
        self.frames += 1
        if self.broadcast is not None:
            self._take(self.broadcast.decode(frame), out)
        answers, out.sends = self.poller.hear(frame)
        self._answers(answers, frame.t_ms, out)
        return out

    def tick(self, now_ms: int) -> Yield:
        """Let time pass: timeouts, the next request, the end of a tick."""
        out = Yield()
        self._answers(self.poller.tick(now_ms), now_ms, out)
        send = self.poller.ask(now_ms) if self.power.may_ask(now_ms) else None
        out.sends = [] if send is None else [send]
        self._keep(self._sampler.advance(now_ms - LATE_MS), out)
        return out

    def note(self, samples: Iterable[SignalSample], out: Yield) -> None:
        """Take samples of the gateway's own."""
        self._keep(self._sampler.feed(samples), out)

    @property
    def errors(self) -> int:
        """Frames and answers that could not be decoded."""
        return self.poller.errors + (self.broadcast.errors if self.broadcast else 0)

    def flush(self) -> Yield:
        """The agent stops: hand over what is open."""
        out = Yield()
        self._keep(self._sampler.flush(), out)
        return out

    def _answers(self, answers: Iterable[Answer], t_ms: int, out: Yield) -> None:
        for answer in answers:
            self._take(answer.samples, out)
            if answer.codes is not None:
                out.events += self._codes.take(answer.place, answer.codes, t_ms)

    def _take(self, samples: Iterable[SignalSample], out: Yield) -> None:
        listed = list(samples)
        for sample in listed:
            if sample.signal == ALARM_LEVEL and sample.value is not None:
                out.events += self._alarm(sample.t_ms, int(sample.value))
            if sample.signal == LV and sample.value is not None:
                self._guard(sample.t_ms, sample.value, out)
                captured = self._cranks.feed(sample.t_ms, sample.value)
                if captured is not None:
                    out.records.append(captured.crank)
                    out.bursts += [captured.burst] if Group.ASSET in self.allowed else []
        self._keep(self._sampler.feed(listed), out)

    def _alarm(self, t_ms: int, level: int) -> list[Event]:
        """The car's own alarm level: one event where an episode ends, one where it begins."""
        before, self._alarm_level = self._alarm_level, level
        if level == before:
            return []
        turns = ((before, False), (level, True))
        return [
            Event(kind=EventKind.ALARM, t_ms=t_ms, code="alarm_level", level=which, active=active)
            for which, active in turns
            if which
        ]

    def _guard(self, t_ms: int, volts: float, out: Yield) -> None:
        before = self.power.quiet
        self.power.feed(t_ms, volts)
        if self.power.quiet != before:
            out.events.append(
                Event(
                    kind=EventKind.POWER,
                    t_ms=t_ms,
                    code="polling_stopped",
                    active=self.power.quiet,
                    values={"lv_voltage_v": volts},
                )
            )

    def _keep(self, ticks: list[Tick], out: Yield) -> None:
        for tick in ticks:
            self._cranks.temperature_c = tick.values.get(AMBIENT, self._cranks.temperature_c)
            out.records += self._summaries.feed(tick)
            self._coarsen(tick)
            out.ticks += [kept for kept in (self._permitted(tick),) if not kept.empty]

    def _coarsen(self, tick: Tick) -> None:
        """The odometer to 100 km, which may leave under duty: said when it changes."""
        exact_m = tick.values.get(ODOMETER)
        coarse_km = None if exact_m is None else exact_m // 100_000 * 100
        if coarse_km is not None and coarse_km != self._coarse_km:
            self._coarse_km = coarse_km
            tick.values[COARSE_ODOMETER] = coarse_km

    def _permitted(self, tick: Tick) -> Tick:
        if len(self.allowed) == len(Group):
            return tick
        kept = {i: v for i, v in tick.values.items() if BY_ID[i].group in self.allowed}
        self.withheld += len(tick.values) - len(kept)
        asset = Group.ASSET in self.allowed
        return Tick(
            t_ms=tick.t_ms,
            values=kept,
            reasons={i: r for i, r in tick.reasons.items() if BY_ID[i].group in self.allowed},
            cells=tick.cells if asset else {},
            probes=tick.probes if asset else {},
        )
