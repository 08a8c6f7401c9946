"""A scripted bus for tests of the poller: what each request (as hex) is answered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware_contracts.signals import BY_ID
from gateway.frames import RawFrame
from gateway.jobs import Answer
from gateway.poller import Poller, Send

Frames = list[tuple[int, str]]
STEP_MS = 10


class ScriptedBus:
    """`script` maps (request id, request in hex) to frames (id, data in hex) that come at once.

    Flow control is noted and answered with `after` (id that asked -> frames).
    """

    def __init__(
        self, script: Mapping[tuple[int, str], Frames], after: Mapping[int, Frames] | None = None
    ) -> None:
        self.script, self.after = script, after or {}
        self.requests: list[tuple[int, str]] = []
        self.flow_control: list[int] = []
        self.heard: list[Answer] = []

    def drive(
        self,
        poller: Poller,
        seconds: float,
        *,
        start_ms: int = 0,
        extra: Callable[[int], Frames] = lambda now: [],
    ) -> list[Answer]:
        """Run time in 10 ms steps with a broadcast frame every 100 ms."""
        for now in range(start_ms, start_ms + int(1000 * seconds), STEP_MS):
            frames = [(0x130, "00" * 8)] if now % 100 == 0 else []
            frames += extra(now)
            send = poller.ask(now)
            pending = [] if send is None else [send]
            self._hear(poller, frames, now, pending)
            while pending:
                frames = self._reply(pending.pop(0))
                self._hear(poller, frames, now, pending)
            self.heard += poller.tick(now)
        return self.heard

    def _hear(
        self, poller: Poller, frames: list[tuple[int, str]], now: int, pending: list[Send]
    ) -> None:
        for can_id, data in frames:
            frame = RawFrame(
                bus="b", id=can_id, data=bytes.fromhex(data), t_ms=now, extended=can_id > 0x7FF
            )
            answers, sends = poller.hear(frame)
            self.heard += answers
            pending += sends

    def _reply(self, send: Send) -> Frames:
        if send.data[0] >> 4 == 3:
            self.flow_control.append(send.id)
            return self.after.get(send.id, [])
        request = send.data[1 : 1 + send.data[0]].hex().upper()
        self.requests.append((send.id, request))
        return self.script.get((send.id, request), [])

    def values(self) -> dict[str, float | None]:
        """Last value of each signal by name."""
        return {BY_ID[s.signal].name: s.value for a in self.heard for s in a.samples}
