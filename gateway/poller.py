"""Polite polling of one bus, without I/O: what to send next, and what an answer means.

    asleep --frame heard--> discover --bitmaps done--> routine --silence--> asleep

One request is outstanding at a time, requests keep a gap, an ECU that stays silent three times is
not asked again in this ignition cycle, and nothing but read services ever leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware_contracts import allowlist
from gateway import jobs
from gateway.decode import isotp, obd, uds
from gateway.frames import RawFrame
from gateway.jobs import Answer, Job
from gateway.profiles import Profile

GAP_MS = 50
"""At most 20 requests a second."""
P2_MS = 100
P2_STAR_MS = 5000
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
    deadline_ms: int
    answered: bool = False


class Poller:
    """The polling state of one bus. Counters: asked, answered, refused, timeouts, errors."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.vin: str | None = None
        self.counts = dict.fromkeys(("asked", "answered", "refused", "timeouts"), 0)
        self._assemblers: dict[int, isotp.Assembler] = {}
        self._announced: dict[int, frozenset[int]] = {}
        self._jobs: list[Job] = []
        self._discovering: list[Job] = []
        self._outstanding: _Outstanding | None = None
        self._last_sent_ms = -PROBE_MS
        self._last_heard_ms: int | None = None

    @property
    def awake(self) -> bool:
        """True while the bus speaks: only then is anything asked."""
        return self._last_heard_ms is not None

    @property
    def errors(self) -> int:
        """ISO-TP answers that were lost on the way."""
        return sum(a.errors for a in self._assemblers.values())

    def ask(self, now_ms: int) -> Send | None:
        """The next request, if one may be sent now."""
        gap = GAP_MS if self.awake else PROBE_MS
        if self._outstanding or now_ms - self._last_sent_ms < gap:
            return None
        job = self._next(now_ms) if self.awake else jobs.discovery()[0]
        if job is None:
            return None
        allowlist.check(job.request)
        self._outstanding = _Outstanding(job=job, deadline_ms=now_ms + P2_MS)
        self._last_sent_ms = now_ms
        job.due_ms = now_ms + job.period_ms
        self.counts["asked"] += 1
        return Send(id=job.tx, data=isotp.single(job.request))

    def hear(self, frame: RawFrame) -> tuple[list[Answer], list[Send]]:
        """Take one frame of the bus: answers it completed and flow control to send."""
        if not self.awake:
            self._wake()
        self._last_heard_ms = frame.t_ms
        pending = self._outstanding
        if pending is None or not pending.job.hears(frame.id):
            return [], []
        assembler = self._assemblers.setdefault(frame.id, isotp.Assembler())
        heard = assembler.feed(frame.data, frame.t_ms)
        if heard.wants_flow_control:
            pending.deadline_ms = frame.t_ms + isotp.N_CR_MS
            return [], [Send(id=frame.id - 8, data=isotp.FLOW_CONTROL)]
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
        if pending is None or now_ms < pending.deadline_ms:
            return []
        self._outstanding = None
        return self._over(pending, now_ms)

    def _wake(self) -> None:
        self._announced = {}
        self._jobs = []
        self._discovering = jobs.discovery()

    def _next(self, now_ms: int) -> Job | None:
        if self._discovering:
            return self._discovering.pop(0)
        if not self._jobs:
            self._jobs = jobs.routine(self.profile, self._announced)
        due = [j for j in self._jobs if not j.dead and j.due_ms <= now_ms]
        return min(due, key=lambda j: (j.due_ms, j.period_ms), default=None)

    def _answer(self, pending: _Outstanding, pdu: bytes, frame: RawFrame) -> list[Answer]:
        job = pending.job
        if not job.answers(pdu):
            return []
        verdict = uds.refusal(pdu)
        if verdict is uds.Refusal.WAIT:
            pending.deadline_ms = frame.t_ms + P2_STAR_MS
            return []
        pending.answered = True
        job.misses = 0
        if not job.functional:
            self._outstanding = None
        if verdict is None:
            self.counts["answered"] += 1
            answer = job.read(pdu, frame.id, frame.t_ms)
            self._learn(frame.id, answer)
            return [answer]
        self.counts["refused"] += 1
        if verdict is uds.Refusal.NEVER and not job.functional:
            job.dead = True
            return [job.silent(frame.t_ms)]
        return []

    def _over(self, pending: _Outstanding, now_ms: int) -> list[Answer]:
        job = pending.job
        if pending.answered:
            return []
        self.counts["timeouts"] += 1
        job.misses += 1
        if job.misses < GIVE_UP_AFTER:
            return []
        job.dead = True
        return [job.silent(now_ms)]

    def _learn(self, ecu: int, answer: Answer) -> None:
        self.vin = answer.vin or self.vin
        for base, bits in answer.bitmaps:
            pids = obd.supported(base, bits)
            self._announced[ecu] = self._announced.get(ecu, frozenset()) | pids
            following = base + 0x20
            if following in pids and following in obd.BITMAPS and not self._asks(following):
                self._discovering.insert(0, jobs.next_bitmap(following))

    def _asks(self, base: int) -> bool:
        return any(j.request == bytes((0x01, base)) for j in self._discovering)


def merge(answers: Iterable[Answer]) -> Answer:
    """Several answers as one, for callers that only want samples and codes."""
    listed = list(answers)
    codes = [a.codes for a in listed if a.codes is not None]
    return Answer(
        samples=tuple(s for a in listed for s in a.samples),
        codes=tuple(c for group in codes for c in group) if codes else None,
    )
