"""Polite polling of one bus, without I/O: what to send next, and what an answer means.

    asleep --frame heard--> discover --bitmaps done--> routine --silence--> asleep

One request is outstanding at a time, requests keep a gap, an ECU that stays silent three times is
not asked again in this ignition cycle, one that says "pending" without end is left alone for a
while, and nothing but read services ever leaves. Cars are asked with 11 bit first, then with 29.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_contracts import allowlist
from gateway import jobs
from gateway.decode import addressing, isotp, obd, uds
from gateway.decode.j1979 import BITMAPS
from gateway.frames import RawFrame
from gateway.jobs import Answer, Job
from gateway.profiles import Profile

GAP_MS = 50
"""At most 20 requests a second."""
P2_MS = 100
P2_STAR_MS = 5000
PENDING_MOST_MS = 15_000
"""A unit may say "pending" for this long; then it is busy and the others have their turn."""
BUSY_MS = 10_000
"""How long a busy unit is left alone after its last "pending"."""
ASLEEP_AFTER_MS = 5000
GIVE_UP_AFTER = 3
PROBE_MS = 30_000
"""A bus without broadcasts is knocked at this often; more would keep the car awake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A frame to put on the bus."""

    id: int
    data: bytes


@dataclass(slots=True, kw_only=True)
class _Outstanding:
    job: Job
    asked_ms: int
    deadline_ms: int | None = None
    answered: bool = False


class Poller:
    """The polling state of one bus. Counters: asked, answered, refused, timeouts, errors.

    `refusals` says in words why a unit will not answer, by request as text.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.vin: str | None = None
        self.counts = dict.fromkeys(("asked", "answered", "refused", "timeouts"), 0)
        self.refusals: dict[str, str] = {}
        self._assemblers: dict[int, isotp.Assembler] = {}
        self._busy: dict[int, int] = {}
        self._knock = addressing.FUNCTIONAL
        self._announced: dict[int, frozenset[int]] = {}
        self._jobs: list[Job] = []
        self._silent: set[tuple[int, bytes]] = set()
        self._discovering: list[Job] = []
        self._outstanding: _Outstanding | None = None
        self._last_sent_ms = -PROBE_MS
        self._last_heard_ms: int | None = None

    @property
    def awake(self) -> bool:
        """True while the bus speaks: only then is anything asked."""
        return self._last_heard_ms is not None

    @property
    def announced(self) -> dict[int, frozenset[int]]:
        """PIDs that each unit (by the id it answers with) says it has."""
        return dict(self._announced)

    @property
    def errors(self) -> int:
        """ISO-TP answers that were lost on the way."""
        return sum(a.errors for a in self._assemblers.values())

    def ask(self, now_ms: int) -> Send | None:
        """The next request, if one may be sent now."""
        if self.profile.j1939:
            return None
        gap = GAP_MS if self.awake else PROBE_MS
        if self._outstanding or now_ms - self._last_sent_ms < gap:
            return None
        job = self._next(now_ms) if self.awake else self._knocking()
        if job is None:
            return None
        allowlist.check(job.request)
        self._outstanding = _Outstanding(job=job, asked_ms=now_ms)
        self._last_sent_ms = now_ms
        job.due_ms = now_ms + job.period_ms
        self.counts["asked"] += 1
        return Send(id=job.tx, data=isotp.single(job.request, job.target))

    def hear(self, frame: RawFrame) -> tuple[list[Answer], list[Send]]:
        """Take one frame of the bus: answers it completed and flow control to send."""
        if not self.awake:
            self._wake()
        self._last_heard_ms = frame.t_ms
        pending = self._outstanding
        if frame.extended and frame.id <= addressing.STANDARD_TOP:
            return [], []
        if pending is None or not pending.job.hears(frame.id):
            self._still_busy(frame)
            return [], []
        job = pending.job
        assembler = self._assemblers.setdefault(
            frame.id, isotp.Assembler(address_bytes=int(job.target is not None))
        )
        heard = assembler.feed(frame.data, frame.t_ms)
        if heard.wants_flow_control:
            pending.deadline_ms = frame.t_ms + isotp.N_CR_MS
            to = job.flow_control_to(frame.id)
            return [], [Send(id=to, data=isotp.flow_control(job.target))]
        if heard.pdu is None:
            if assembler.busy:
                pending.deadline_ms = frame.t_ms + isotp.N_CR_MS
            return [], []
        return self._answer(pending, heard.pdu, frame), []

    def tick(self, now_ms: int) -> list[Answer]:
        """Let time pass: deadlines, and the bus falling asleep."""
        for assembler in self._assemblers.values():
            assembler.expire(now_ms)
        if self._last_heard_ms is not None and now_ms - self._last_heard_ms > ASLEEP_AFTER_MS:
            self._last_heard_ms = None
            self._outstanding = None
            return []
        pending = self._outstanding
        if pending is None:
            return []
        if pending.deadline_ms is None:  # counted from here: a text adapter is slow to send
            pending.deadline_ms = now_ms + P2_MS
        if now_ms < pending.deadline_ms:
            return []
        self._outstanding = None
        return self._over(pending, now_ms)

    def _wake(self) -> None:
        self._silent = {(j.tx, j.request) for j in self._jobs if j.dead or j.misses}
        self._announced = {}
        self._jobs = []
        self._discovering = [jobs.bitmap(0x00, addressing.FUNCTIONAL)]

    def _knocking(self) -> Job:
        """What a bus without broadcasts is knocked with: 11 and 29 bit in turn."""
        both = (addressing.FUNCTIONAL, addressing.FUNCTIONAL_29)
        job = jobs.bitmap(0x00, self._knock)
        self._knock = both[self._knock == both[0]]
        return job

    def _next(self, now_ms: int) -> Job | None:
        if self._discovering:
            return self._discovering.pop(0)
        if not self._jobs:
            self._jobs = jobs.routine(self.profile, self._announced)
            for job in self._jobs:
                if (job.tx, job.request) in self._silent:  # behind those that may answer
                    job.due_ms = now_ms + ASLEEP_AFTER_MS // 2
        due = [j for j in self._jobs if not j.dead and j.due_ms <= now_ms]
        free = (j for j in due if self._busy.get(j.rx or 0, 0) <= now_ms)
        return min(free, key=lambda j: (j.due_ms, j.period_ms), default=None)

    def _answer(self, pending: _Outstanding, pdu: bytes, frame: RawFrame) -> list[Answer]:
        job = pending.job
        if not job.answers(pdu):
            return []
        verdict = uds.refusal(pdu)
        if verdict is uds.Refusal.WAIT:
            return self._wait(pending, frame)
        pending.answered = True
        job.misses = 0
        if not job.functional:
            self._outstanding = None
        if verdict is None:
            self.counts["answered"] += 1
            answer = job.read(pdu, frame.id, frame.t_ms)
            if not job.functional:
                self._ask_alone(job, answer.answered)
            self._learn(job, frame.id, answer)
            return [answer]
        return self._refused(job, pdu, frame)

    def _wait(self, pending: _Outstanding, frame: RawFrame) -> list[Answer]:
        """The unit works on it: more time, up to a limit, then the others have their turn."""
        if frame.t_ms - pending.asked_ms <= PENDING_MOST_MS:
            pending.deadline_ms = frame.t_ms + P2_STAR_MS
            return []
        self._outstanding = None
        self._busy[frame.id] = frame.t_ms + BUSY_MS
        return self._over(pending, frame.t_ms)

    def _still_busy(self, frame: RawFrame) -> None:
        if frame.id in self._busy and frame.data[1:2] == b"\x7f" and frame.data[3:4] == b"\x78":
            self._busy[frame.id] = frame.t_ms + BUSY_MS

    def _refused(self, job: Job, pdu: bytes, frame: RawFrame) -> list[Answer]:
        self.counts["refused"] += 1
        if job.functional or uds.refusal(pdu) is not uds.Refusal.NEVER:
            return []
        if self._ask_alone(job, frozenset()):
            return []
        self.refusals[f"{job.tx:X} {job.request.hex(' ').upper()}"] = uds.refusal_words(pdu)
        job.dead = True
        return [job.silent(frame.t_ms)]

    def _ask_alone(self, job: Job, answered: frozenset[int]) -> bool:
        """Ask one by one what a unit does not answer together."""
        fresh = job.alone(answered)
        if fresh:
            self._jobs = [j for j in self._jobs if j is not job] + fresh
        return bool(fresh)

    def _over(self, pending: _Outstanding, now_ms: int) -> list[Answer]:
        job = pending.job
        if pending.answered:
            closed = job.close(now_ms)
            return [] if closed is None else [closed]
        self.counts["timeouts"] += 1
        if job.request == _FIRST and job.tx == addressing.FUNCTIONAL and self.awake:
            self._discovering = [jobs.bitmap(0x00, addressing.FUNCTIONAL_29)]
        job.missed(now_ms, GIVE_UP_AFTER)
        if not job.dead or self._ask_alone(job, frozenset()):
            return []
        return [job.silent(now_ms)]

    def _learn(self, job: Job, ecu: int, answer: Answer) -> None:
        self.vin = answer.vin or self.vin
        for base, bits in answer.bitmaps:
            pids = obd.supported(base, bits)
            self._announced[ecu] = self._announced.get(ecu, frozenset()) | pids
            following = base + 0x20
            if following in pids and following in BITMAPS and not self._asks(following):
                self._discovering.insert(0, jobs.bitmap(following, job.tx))

    def _asks(self, base: int) -> bool:
        return any(j.request == bytes((0x01, base)) for j in self._discovering)


_FIRST = bytes((0x01, 0x00))
