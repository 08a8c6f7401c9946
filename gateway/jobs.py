"""What the gateway asks a car, as small jobs: the bytes to send and how to read the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware_contracts.signal import Reason
from gateway.decode import obd, uds
from gateway.frames import SignalSample
from gateway.profiles import Profile, UdsPoll

FUNCTIONAL = 0x7DF
OBD_ANSWERS = range(0x7E8, 0x7F0)
AT_ONCE = 6
"""PIDs that one mode 01 request may carry on CAN."""


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
    that `place` (ECU and service) lists."""

    samples: tuple[SignalSample, ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    codes: tuple[Code, ...] | None = None
    place: tuple[int, int] = (0, 0)
    vin: str | None = None


@dataclass(slots=True, kw_only=True)
class Job:
    """One request and its schedule; `tx` FUNCTIONAL hears every ECU until P2 is over."""

    tx: int
    rx: int | None
    request: bytes
    period_ms: int
    due_ms: int = 0
    misses: int = 0
    dead: bool = False

    @property
    def functional(self) -> bool:
        """True where several ECUs may answer."""
        return self.rx is None

    def hears(self, can_id: int) -> bool:
        """Whether a frame with this id can be the answer."""
        return can_id in OBD_ANSWERS if self.rx is None else can_id == self.rx

    def answers(self, pdu: bytes) -> bool:
        """Whether a PDU belongs to this request (positive or negative)."""
        if pdu[0] == uds.NEGATIVE:
            return len(pdu) > 1 and pdu[1] == self.request[0]
        return pdu[0] == self.request[0] + 0x40

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Meaning of a positive answer."""
        return Answer()

    def silent(self, t_ms: int) -> Answer:
        """What to say when the ECU will not answer this in this ignition cycle."""
        return Answer()


@dataclass(slots=True, kw_only=True)
class CurrentJob(Job):
    """Mode 01."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Samples and bitmaps."""
        found = obd.current(pdu, t_ms)
        return Answer(samples=found.samples, bitmaps=found.bitmaps)

    def silent(self, t_ms: int) -> Answer:
        """The PIDs asked for are not supported."""
        fields = (obd.FIELDS[p] for p in self.request[1:] if p in obd.FIELDS)
        return Answer(samples=tuple(f.null(t_ms, Reason.NOT_SUPPORTED) for f in fields))


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
        found = uds.trouble_codes(pdu)
        return Answer(
            codes=tuple(
                Code(ecu=ecu, code=c.code, confirmed=c.confirmed, failure_type=c.failure_type)
                for c in found
            ),
            place=(ecu, self.request[0]),
        )


@dataclass(slots=True, kw_only=True)
class VinJob(Job):
    """Mode 09 PID 02, once: for binding by a technician, never sent as telemetry."""

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """The VIN."""
        return Answer(vin=obd.vin(pdu))


@dataclass(slots=True, kw_only=True)
class IdentifierJob(Job):
    """Service 0x22 for one identifier of a profile."""

    identifier: uds.Identifier = field(default_factory=lambda: uds.Identifier(did=0))

    def answers(self, pdu: bytes) -> bool:
        """The echo must be this identifier: a late answer to another is not ours."""
        if pdu[0] == uds.NEGATIVE:
            return Job.answers(self, pdu)
        return pdu[:3] == b"\x62" + self.request[1:3]

    def read(self, pdu: bytes, ecu: int, t_ms: int) -> Answer:
        """Samples by the profile's fields."""
        return Answer(samples=tuple(self.identifier.read(pdu, t_ms)))

    def silent(self, t_ms: int) -> Answer:
        """Its scalar signals are not supported by this car."""
        fields = (f for f in self.identifier.fields if f.part == 0)
        return Answer(samples=tuple(f.null(t_ms, Reason.NOT_SUPPORTED) for f in fields))


def discovery() -> list[Job]:
    """What is asked first after the bus woke: announced PIDs and the VIN."""
    return [
        CurrentJob(tx=FUNCTIONAL, rx=None, request=bytes((0x01, 0x00)), period_ms=0),
        VinJob(tx=FUNCTIONAL, rx=None, request=bytes((0x09, 0x02)), period_ms=0),
    ]


def next_bitmap(base: int) -> Job:
    """The bitmap after the one that announced it."""
    return CurrentJob(tx=FUNCTIONAL, rx=None, request=bytes((0x01, base)), period_ms=0)


def routine(profile: Profile, announced: dict[int, frozenset[int]]) -> list[Job]:
    """The jobs of a car whose ECUs (answer id -> PIDs) announced what they support."""
    jobs: list[Job] = list(_current_jobs(profile, announced))
    jobs += [_identifier_job(poll) for poll in profile.uds]
    period = round(profile.dtc_period_s * 1000)
    if announced:
        jobs += [
            CodesJob(tx=FUNCTIONAL, rx=None, request=bytes([mode]), period_ms=period)
            for mode in (0x03, 0x07, 0x0A)
        ]
    jobs += [
        UdsCodesJob(tx=tx, rx=rx, request=bytes((0x19, 0x02, 0x08)), period_ms=period)
        for tx, rx in profile.dtc_ecus
    ]
    return jobs


def _current_jobs(profile: Profile, announced: dict[int, frozenset[int]]) -> Iterable[Job]:
    claimed: set[int] = set()
    for poll in profile.obd:
        for ecu in sorted(announced):
            mine = [p for p in poll.pids if p in announced[ecu] and p not in claimed]
            claimed.update(mine)
            for at in range(0, len(mine), AT_ONCE):
                yield CurrentJob(
                    tx=ecu - 8,
                    rx=ecu,
                    request=bytes([0x01, *mine[at : at + AT_ONCE]]),
                    period_ms=round(poll.period_s * 1000),
                )


def _identifier_job(poll: UdsPoll) -> IdentifierJob:
    return IdentifierJob(
        tx=poll.tx,
        rx=poll.rx,
        request=b"\x22" + poll.identifier.did.to_bytes(2, "big"),
        period_ms=round(poll.period_s * 1000),
        identifier=poll.identifier,
    )
