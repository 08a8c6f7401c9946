"""An ELM327 or STN adapter as a bus: a request goes out as text, frames come back.

The adapter adds the length byte, sends flow control by itself and shows the frames with their
headers, so the gateway's own transport joins them as on any bus. Broadcasts are not heard: such
adapters answer questions, they do not keep up with a bus.

Versions are not believed (clones say v2.1 and know v1.2): a command that is answered with `?` is
not used again; only one that shows no headers is refused.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from gateway.decode import addressing
from gateway.elm327.line import AdapterLine
from gateway.elm327.text import PROMPT, Remark, Reply, parse
from gateway.errors import BusFailed
from gateway.frames import RawFrame

SETUP = ("ATE0", "ATL0", "ATS1", "ATH1", "ATCAF1", "ATAT1", "ATST32")
"""No echo, no line feeds, spaces, headers, formatting, adaptive timing, 200 ms at most."""
PROTOCOLS = {
    (False, 500_000): "6",
    (True, 500_000): "7",
    (False, 250_000): "8",
    (True, 250_000): "9",
}
"""(29 bit, bit/s) -> the number of ATSP."""
ANSWER_S, COMMAND_S, RESET_S = 1.5, 1.0, 3.0
LONGEST_REPLY = 65_536
"""Characters until a prompt must have come; more is an adapter that talks without end."""
_BUS_TROUBLE = {
    Remark.BUS_ERROR,
    Remark.CAN_ERROR,
    Remark.UNABLE,
    Remark.FEEDBACK,
    Remark.LOW_VOLTAGE,
}


class Adapter:
    """One adapter. Counters: `damaged` lines, `troubles` by remark.

    `answers` maps request ids of a maker's units to their answer ids, where it is not the usual
    distance. BusFailed where it does not behave like an ELM327 at all.
    """

    def __init__(
        self,
        line: AdapterLine,
        clock_ms: Callable[[], int],
        *,
        name: str = "elm327",
        bitrate: int = 500_000,
        answers: Mapping[int, int] | None = None,
    ) -> None:
        self._line, self._clock_ms, self.name = line, clock_ms, name
        self._bitrate, self._answers = bitrate, dict(answers or {})
        self._frames: deque[RawFrame] = deque()
        self._unknown: set[str] = set()
        self._set: dict[str, str] = {}
        self.version = ""
        self.damaged = 0
        self.troubles: dict[str, int] = {}
        try:
            self._begin()
        except BaseException:
            line.close()
            raise

    def _begin(self) -> None:
        """Reset, then set up; the version is kept for people only."""
        if (False, self._bitrate) not in PROTOCOLS:
            raise BusFailed(f"{self.name}: an ELM327 speaks 250000 or 500000 bit/s")
        reset = self.command("ATZ", RESET_S)
        self.version = " ".join(reset.words)[:60]
        stn = self.command("STI")
        if not stn.refused and stn.words:
            self.version = stn.words[0][:60]
        for command in SETUP:
            if self.command(command).refused and command == "ATH1":
                raise BusFailed(f"{self.name} ({self.version}) shows no headers: not usable")

    def command(self, text: str, timeout_s: float = COMMAND_S) -> Reply:
        """Send a line and take what comes until the prompt."""
        self._line.write(text.encode("ascii") + b"\r")
        return parse(self._until_prompt(timeout_s), sent=text)

    def send(self, can_id: int, data: bytes) -> None:
        """One request of the poller; its flow control is the adapter's own business."""
        if not data or data[0] >> 4:
            return
        request = data[1 : 1 + data[0]]
        self._address(can_id)
        reply = self.command(request.hex().upper(), ANSWER_S)
        if Remark.STOPPED in reply.remarks:  # it was not ready: once more
            reply = self.command(request.hex().upper(), ANSWER_S)
        self._take(reply)

    def read(self, timeout_s: float) -> RawFrame | None:
        """The next frame of what has come; waits a little where nothing has."""
        if not self._frames:
            time.sleep(timeout_s)
            return None
        return self._frames.popleft()

    def close(self) -> None:
        """Let the adapter go."""
        self._line.close()

    def _take(self, reply: Reply) -> None:
        now = self._clock_ms()
        self.damaged += reply.damaged
        for remark in reply.remarks:
            if remark in _BUS_TROUBLE or remark is Remark.BUFFER_FULL:
                self.troubles[remark.value] = self.troubles.get(remark.value, 0) + 1
        if Remark.LOW_VOLTAGE in reply.remarks:
            self._set.clear()
            raise BusFailed(f"{self.name} was reset by low voltage")
        for can_id, data in reply.frames:
            self._frames.append(
                RawFrame(
                    bus=self.name,
                    id=can_id,
                    data=data,
                    t_ms=now,
                    extended=can_id > addressing.STANDARD_TOP,
                )
            )

    def _address(self, can_id: int) -> None:
        """Protocol, header, filter and flow control for a unit, each only where it changed."""
        long = can_id > addressing.STANDARD_TOP
        self._want("ATSP", PROTOCOLS[long, self._bitrate])
        if long:
            self._want("ATCP", f"{can_id >> 24:02X}")
        header = f"{can_id & 0xFFFFFF:06X}" if long else f"{can_id:03X}"
        self._want("ATSH", header)
        answer = self._answer_of(can_id)
        if answer is None:
            self._want("ATAR", "")
            self._set.pop("ATCRA", None)
            return
        self._want("ATCRA", f"{answer:08X}" if long else f"{answer:03X}")
        self._set.pop("ATAR", None)
        self._want("ATFCSH", f"{can_id:08X}" if long else header)
        self._want("ATFCSD", "300000")
        self._want("ATFCSM", "1")

    def _answer_of(self, can_id: int) -> int | None:
        """The id under which a unit answers; None for questions to all."""
        if can_id in (addressing.FUNCTIONAL, addressing.FUNCTIONAL_29):
            return None
        known = self._answers.get(can_id)
        if known is not None:
            return known
        if can_id & 0xFFFF00FF == 0x18DA00F1:
            return 0x18DAF100 | can_id >> 8 & 0xFF
        return can_id + 8

    def _want(self, command: str, value: str) -> None:
        if command in self._unknown or self._set.get(command) == value:
            return
        if self.command(command + value).refused:
            self._unknown.add(command)
            if command in ("ATSP", "ATSH"):
                raise BusFailed(f"{self.name} ({self.version}) does not know {command}{value}")
            return
        self._set[command] = value
        if command == "ATSP":
            for other in ("ATSH", "ATCRA", "ATAR", "ATCP", "ATFCSH"):
                self._set.pop(other, None)

    def _until_prompt(self, timeout_s: float) -> str:
        """Text until the prompt. An adapter that stays silent is told to stop, then given up."""
        text, end = "", time.monotonic() + timeout_s
        while PROMPT not in text:
            left = end - time.monotonic()
            if left <= 0 or len(text) > LONGEST_REPLY:
                return self._interrupted(text)
            text += self._line.read(left).decode("ascii", "replace")
        return text

    def _interrupted(self, text: str) -> str:
        """Any character stops a running command and brings the prompt."""
        self._line.write(b"\r")
        end = time.monotonic() + COMMAND_S
        while PROMPT not in text and time.monotonic() < end and len(text) <= 2 * LONGEST_REPLY:
            text += self._line.read(0.1).decode("ascii", "replace")
        if PROMPT not in text:
            raise BusFailed(f"{self.name} shows no prompt: no ELM327, or another baud rate?")
        return text
