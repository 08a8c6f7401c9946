"""What the gateway asks a car, as small jobs: the bytes to send and how to read the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from firmware_contracts.signal import Reason
from gateway.decode import addressing, faults, j1939_faults, obd, truck, uds
from gateway.frames import SignalSample
from gateway.profiles import Profile, UdsPoll

AT_ONCE = 6
"""PIDs that one mode 01 request may carry on CAN."""
VIN_AGAIN_MS, VIN_AGAIN_MOST_MS = 10_000, 600_000
"""A VIN that did not come is asked for again, each time later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A trouble code as an ECU reported it."""

    ecu: int
    code: str
    confirmed: bool
    failure_type: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one answer meant. `codes` None = this answer did not speak of codes; else they are all
    that `place` (ECU and service) lists. `answered` are the PIDs or identifiers it spoke of."""

    samples: tuple[SignalSample, ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    codes: tuple[Code, ...] | None = None
    place: tuple[int, int] = (0, 0)
    vin: str | None = None
    answered: frozenset[int] = frozenset()


@dataclass(slots=True, kw_only=True)
class Job:
    """One request and its schedule; without an `rx` every ECU is heard until P2 is over.

    `target` is the address byte of units with extended addressing.
    """

    tx: int
    rx: int | None
    request: bytes
    period_ms: int
    due_ms: int = 0
    misses: int = 0
    dead: bool = False
    target: int | None = None

    @property
    def functional(self) -> bool:
        """True where several ECUs may answer."""
        return self.rx is None

    def hears(self, can_id: int) -> bool:
        """Whether a frame with this id can be the answer."""
        if self.rx is None:
            return addressing.answers_all(self.tx, can_id)
        return can_id == self.rx

    def flow_control_to(self, answer: int) -> int:
        """Where the unit that answers with this id wants its flow control."""
        return self.tx if self.rx is not None else addressing.request_of(answer)

    def answers(self, pdu: bytes) -> bool:
        """Whether a PDU belongs to this request (positive or negative)."""
        if pdu[0] == uds.NEGATIVE:
            return len(pdu) > 1 and pdu[1] == self.request[0]
        return pdu[0] == self.request[0] + 0x40

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Meaning of a positive answer."""
        return Answer()

    def close(self, t_ms: int) -> Answer | None:
        """What all answers to a functional request mean together, when no more can come."""
        return None

    def alone(self, answered: frozenset[int]) -> list[Job]:
        """Jobs in place of this one where a unit does not take several at once; empty = it does."""
        return []

    def missed(self, now_ms: int, patience: int) -> None:
        """Nothing came; after `patience` times it is not asked again in this ignition cycle."""
        self.misses += 1
        self.dead = self.misses >= patience

    def silent(self, t_ms: int) -> Answer:
        """What to say when the ECU will not answer this in this ignition cycle."""
        return Answer()


@dataclass(slots=True, kw_only=True)
class CurrentJob(Job):
    """Mode 01."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Samples and bitmaps."""
        found = obd.current(pdu, t_ms)
        return Answer(samples=found.samples, bitmaps=found.bitmaps, answered=found.answered)

    def alone(self, answered: frozenset[int]) -> list[Job]:
        """One PID a request where some were left out; those are due at once."""
        pids = self.request[1:]
        if len(pids) < 2 or answered.issuperset(pids):
            return []
        return [
            CurrentJob(
                tx=self.tx,
                rx=self.rx,
                request=bytes((0x01, pid)),
                period_ms=self.period_ms,
                due_ms=self.due_ms if pid in answered else 0,
            )
            for pid in pids
        ]

    def silent(self, t_ms: int) -> Answer:
        """The PIDs asked for are not supported."""
        fields = (obd.FIELDS[p] for p in self.request[1:] if p in obd.FIELDS)
        return Answer(samples=tuple(f.null(t_ms, Reason.NOT_SUPPORTED) for f in fields))


@dataclass(slots=True, kw_only=True)
class MonitorJob(Job):
    """Mode 01 PID 01 of all units at once: the lamp may be wanted by any of them."""

    bodies: dict[int, bytes] = field(default_factory=dict)

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Keep what one unit says until all have spoken."""
        if pdu[1:2] == b"\x01":
            self.bodies[ecu] = pdu[2:]
        return Answer()

    def close(self, t_ms: int) -> Answer | None:
        """Lamp, number of codes and readiness of the car."""
        heard, self.bodies = self.bodies, {}
        return Answer(samples=tuple(obd.monitor_status(heard.values(), t_ms)))


@dataclass(slots=True, kw_only=True)
class CodesJob(Job):
    """Modes 03 (confirmed), 07 (pending) and 0A (permanent)."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Codes of one ECU."""
        confirmed = self.request[0] != 0x07
        codes = obd.trouble_codes(pdu)
        return Answer(
            codes=tuple(Code(ecu=ecu, code=c, confirmed=confirmed) for c in codes),
            place=(ecu, self.request[0]),
        )


@dataclass(slots=True, kw_only=True)
class UdsCodesJob(Job):
    """Service 0x19 02 with mask 0x08: confirmed codes."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Codes of one ECU with their failure type."""
        found = faults.trouble_codes(pdu)
        return Answer(
            codes=tuple(
                Code(ecu=ecu, code=c.code, confirmed=c.confirmed, failure_type=c.failure_type)
                for c in found
            ),
            place=(ecu, self.request[0]),
        )


@dataclass(slots=True, kw_only=True)
class VinJob(Job):
    """Mode 09 PID 02, until it came: for binding by a technician, never sent as telemetry."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """The VIN; it is asked for once."""
        vin = obd.vin(pdu)
        self.dead = vin is not None
        return Answer(vin=vin)

    def missed(self, now_ms: int, patience: int) -> None:
        """Asked again, each time later: a first frame alone is no reason to give up the VIN."""
        self.misses += 1
        self.due_ms = now_ms + self.period_ms
        self.period_ms = min(2 * self.period_ms, VIN_AGAIN_MOST_MS)


@dataclass(slots=True, kw_only=True)
class IdentifierJob(Job):
    """Identifiers of a profile (service 0x22 or 0x21), one or, where the unit takes it, several."""

    identifiers: tuple[uds.Identifier, ...] = ()

    def answers(self, pdu: bytes) -> bool:
        """The echo must be one of these identifiers: a late answer to another is not ours."""
        if pdu[0] == uds.NEGATIVE:
            return Job.answers(self, pdu)
        return any(i.answered_by(pdu) for i in self.identifiers)

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Samples by the profile's fields."""
        if len(self.identifiers) == 1:
            return Answer(samples=tuple(self.identifiers[0].read(pdu, t_ms)))
        parts = uds.split(pdu, self.identifiers)
        return Answer(
            samples=tuple(s for i, body in parts for s in i.body(body, t_ms)),
            answered=frozenset(i.did for i, _ in parts),
        )

    def alone(self, answered: frozenset[int]) -> list[Job]:
        """One identifier a request where some were left out; those are due at once."""
        asked = {i.did for i in self.identifiers}
        if len(asked) < 2 or asked <= answered:
            return []
        return [
            replace(
                self,
                request=i.request,
                identifiers=(i,),
                due_ms=self.due_ms if i.did in answered else 0,
                misses=0,
            )
            for i in self.identifiers
        ]

    def silent(self, t_ms: int) -> Answer:
        """Its scalar signals are not supported by this car."""
        fields = (f for i in self.identifiers for f in i.fields if f.part == 0)
        return Answer(samples=tuple(f.null(t_ms, Reason.NOT_SUPPORTED) for f in fields))


def heard(frame: truck.Heard) -> Answer:
    """A frame of a truck as an answer that nobody asked for."""
    if frame.faults is None:
        return Answer(samples=frame.samples)
    codes = tuple(Code(ecu=frame.source, code=f.text, confirmed=True) for f in frame.faults)
    place = (frame.source, j1939_faults.ACTIVE)
    return Answer(samples=frame.samples, codes=codes, place=place)


def bitmap(base: int, functional: int) -> Job:
    """Which PIDs are there, beginning at a base: asked of all units."""
    return CurrentJob(tx=functional, rx=None, request=bytes((0x01, base)), period_ms=0)


def routine(profile: Profile, announced: Mapping[int, frozenset[int]]) -> list[Job]:
    """The jobs of a car whose ECUs (answer id -> PIDs) announced what they support."""
    functional = _functional(announced)
    jobs: list[Job] = [VinJob(tx=functional, rx=None, request=b"\x09\x02", period_ms=VIN_AGAIN_MS)]
    jobs += _current_jobs(profile, announced, functional)
    jobs += [_identifier_job(poll) for poll in profile.uds]
    period = round(profile.dtc_period_s * 1000)
    if announced:
        jobs += [
            CodesJob(tx=functional, rx=None, request=bytes([mode]), period_ms=period)
            for mode in (0x03, 0x07, 0x0A)
        ]
    jobs += [
        UdsCodesJob(
            tx=unit.tx,
            rx=unit.rx,
            target=unit.target,
            request=bytes((0x19, faults.BY_STATUS, 0x08)),
            period_ms=period,
        )
        for unit in profile.dtc_units
    ]
    return jobs


def _functional(announced: Mapping[int, frozenset[int]]) -> int:
    """The way in which this car is asked: 29 bit only where its units answer so."""
    long = any(ecu > addressing.STANDARD_TOP for ecu in announced)
    return addressing.FUNCTIONAL_29 if long else addressing.FUNCTIONAL


def _current_jobs(
    profile: Profile, announced: Mapping[int, frozenset[int]], functional: int
) -> Iterable[Job]:
    """A PID that several units announce is asked of the one with the lowest id; the monitor
    status is asked of all."""
    claimed: set[int] = set()
    for poll in profile.obd:
        period_ms = round(poll.period_s * 1000)
        everywhere = any(obd.MONITOR_STATUS in pids for pids in announced.values())
        if obd.MONITOR_STATUS in poll.pids and everywhere:
            claimed.add(obd.MONITOR_STATUS)
            request = bytes((0x01, obd.MONITOR_STATUS))
            yield MonitorJob(tx=functional, rx=None, request=request, period_ms=period_ms)
        for ecu in sorted(announced):
            mine = [p for p in poll.pids if p in announced[ecu] and p not in claimed]
            claimed.update(mine)
            for at in range(0, len(mine), AT_ONCE):
                yield CurrentJob(
                    tx=addressing.request_of(ecu),
                    rx=ecu,
                    request=bytes([0x01, *mine[at : at + AT_ONCE]]),
                    period_ms=period_ms,
                )


def _identifier_job(poll: UdsPoll) -> IdentifierJob:
    names = b"".join(i.name for i in poll.identifiers)
    return IdentifierJob(
        tx=poll.unit.tx,
        rx=poll.unit.rx,
        target=poll.unit.target,
        request=bytes([poll.identifiers[0].service]) + names,
        period_ms=round(poll.period_s * 1000),
        identifiers=poll.identifiers,
    )
