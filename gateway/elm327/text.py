"""What an ELM327 prints, taken apart. Pure: text in, frames and remarks out.

    headers on      7EC 10 3E 62 01 01 EF FB E7      one line a frame, spaces or none
    headers off     41 00 BE 3F A8 13                one line an answer
                    03E / 0: 62 01 01 ... / 1: ...   long answers: length, then numbered lines
                    03E0:620101EFFBE71:ED7E...       the same run together
    remarks         SEARCHING...  NO DATA  BUS ERROR  CAN ERROR  STOPPED  BUFFER FULL  ?  OK
    damaged         7E8 03 41 <RX ERROR              the line is not used, and counted
    >               the prompt: it is ready

Echoes of what was sent, NUL bytes and empty lines mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

PROMPT = ">"


class Remark(Enum):
    """What an adapter says about the bus or itself."""

    SEARCHING = "SEARCHING"
    NO_DATA = "NO DATA"
    BUS_ERROR = "BUS ERROR"
    BUS_BUSY = "BUS BUSY"
    CAN_ERROR = "CAN ERROR"
    STOPPED = "STOPPED"
    BUFFER_FULL = "BUFFER FULL"
    UNABLE = "UNABLE TO CONNECT"
    BUS_INIT = "BUS INIT"
    FEEDBACK = "FB ERROR"
    LOW_VOLTAGE = "LV RESET"
    LOW_POWER = "LP ALERT"
    ACTIVITY = "ACT ALERT"
    UNKNOWN_COMMAND = "?"
    OK = "OK"


_SPOKEN = sorted((r for r in Remark if len(r.value) > 2), key=lambda r: -len(r.value))
_DAMAGED = ("<RX ERROR", "<DATA ERROR")
_INTERNAL = re.compile(r"ERR\d\d")
_HEX = re.compile(r"[0-9A-F]+\Z")
_LENGTH = re.compile(r"[0-9A-F]{3}\Z")
_NUMBERED = re.compile(r"([0-9A-F]):([0-9A-F]*)\Z")
_RUN_TOGETHER = re.compile(r"([0-9A-F]{3})(?=0:)")
_NEXT_LINE = re.compile(r"([0-9A-F]):")
_MOST_LINE = 4096
"""A line longer than this is noise of a wrong baud rate."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """Everything between a command and the prompt.

    `frames` (headers on) are id and data; `answers` (headers off) whole PDUs in their order.
    """

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    damaged: int = 0
    words: list[str] = field(default_factory=list)  # lines that are none of these: versions

    @property
    def refused(self) -> bool:
        """The adapter does not know the command."""
        return Remark.UNKNOWN_COMMAND in self.remarks


@dataclass(slots=True)
class _Long:
    length: int
    data: bytearray
    next: int = 0


def parse(text: str, *, sent: str = "", headers: bool = True) -> Reply:
    """Take a reply apart. `sent` is the command, whose echo is left out."""
    reply = Reply()
    long: _Long | None = None
    for line in _lines(text):
        bare = line.replace(" ", "")
        if sent and bare == sent.replace(" ", "").upper():
            continue
        bare = _without_remarks(line, reply).replace(" ", "")
        if not bare:
            continue
        if headers:
            _frame(line, bare, reply)
        else:
            long = _answer(bare, reply, long)
    if long is not None:
        reply.damaged += 1
    return reply


def _lines(text: str) -> list[str]:
    plain = text.replace("\0", "").replace(PROMPT, "\r").upper()
    return [line.strip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


def _without_remarks(line: str, reply: Reply) -> str:
    """The line without what the adapter says; a damaged line loses its data."""
    if any(word in line for word in _DAMAGED):
        reply.damaged += 1
        return ""
    if line in ("?", "OK"):
        reply.remarks.append(Remark(line))
        return ""
    if _INTERNAL.match(line):
        reply.words.append(line)
        return ""
    for remark in _SPOKEN:
        if remark.value in line:
            reply.remarks.append(remark)
            # "SEARCHING...41 00 ..": the data of the first answer may follow on the same line
            line = line.replace(remark.value, "").strip(".: ")
            line = re.sub(r"\A(?:OK|ERROR)\b", "", line)
    return line


def _frame(line: str, bare: str, reply: Reply) -> None:
    """An id of 3 or 8 digits and bytes; an odd number of digits is an 11-bit frame."""
    if not _HEX.match(bare) or len(bare) > _MOST_LINE:
        reply.words.append(line[:80])
        return
    width = 3 if len(bare) % 2 else 8
    if not width + 2 <= len(bare) <= width + 16:
        reply.damaged += len(bare) > width + 16
        return
    can_id = int(bare[:width], 16)
    if can_id > 0x1FFFFFFF:
        reply.damaged += 1
        return
    reply.frames.append((can_id, bytes.fromhex(bare[width:])))


def _answer(bare: str, reply: Reply, long: _Long | None) -> _Long | None:
    together = _RUN_TOGETHER.match(bare)
    if together is not None:
        return _run_together(bare, together, reply)
    if _LENGTH.match(bare):
        reply.damaged += long is not None
        return _Long(int(bare, 16), bytearray())
    numbered = _NUMBERED.match(bare)
    if numbered is not None:
        return _line(int(numbered[1], 16), numbered[2], reply, long)
    if _HEX.match(bare) and len(bare) % 2 == 0 and len(bare) <= _MOST_LINE:
        reply.answers.append(bytes.fromhex(bare))
    else:
        reply.words.append(bare[:80])
    return long


def _run_together(bare: str, head: re.Match[str], reply: Reply) -> _Long | None:
    """`03E0:62..1:..2:..`: a digit before a colon is the number of the next line."""
    long: _Long | None = _Long(int(head[1], 16), bytearray())
    parts = _NEXT_LINE.split(bare[head.end() :])
    for number, data in zip(parts[1::2], parts[2::2], strict=True):
        long = _line(int(number, 16), data, reply, long)
    return long


def _line(number: int, data: str, reply: Reply, long: _Long | None) -> _Long | None:
    if long is None or number != long.next % 16 or len(data) % 2:
        reply.damaged += 1
        return None
    long.next += 1
    long.data += bytes.fromhex(data)
    if len(long.data) < long.length:
        return long
    reply.answers.append(bytes(long.data[: long.length]))
    return None
