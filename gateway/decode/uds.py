"""UDS (ISO 14229) answers to the read service 0x22, and what a negative answer means.

What the bytes mean comes from a vehicle profile; negative answers are told apart by a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from firmware_contracts.signal import Signal
from firmware_contracts.signals import CELL_VOLTAGE
from gateway.decode.field import Evidence, Field
from gateway.frames import SignalSample

NEGATIVE = 0x7F
"""First byte of a negative response (ISO 14229-1)."""


class Refusal(Enum):
    """What to do about a negative answer."""

    WAIT = "wait"  # 0x78: the ECU works on it
    LATER = "later"  # busy or conditions: ask again in its turn
    NEVER = "never"  # not known here: cache as unsupported


# code, what to do, ISO 14229-1 annex A in a mechanic's words
_CODES: tuple[tuple[int, Refusal, str], ...] = (
    (0x10, Refusal.LATER, "general reject"),
    (0x11, Refusal.NEVER, "service not supported"),
    (0x12, Refusal.NEVER, "sub-function not supported"),
    (0x13, Refusal.NEVER, "wrong length or format"),
    (0x14, Refusal.NEVER, "answer too long"),
    (0x21, Refusal.LATER, "busy, repeat the request"),
    (0x22, Refusal.LATER, "conditions not correct"),
    (0x24, Refusal.NEVER, "request sequence error"),
    (0x25, Refusal.LATER, "a unit behind it does not answer"),
    (0x26, Refusal.LATER, "a failure prevents it"),
    (0x31, Refusal.NEVER, "identifier not known"),
    (0x33, Refusal.NEVER, "security access denied"),
    (0x34, Refusal.NEVER, "authentication required"),
    (0x35, Refusal.NEVER, "invalid key"),
    (0x36, Refusal.NEVER, "too many attempts"),
    (0x37, Refusal.NEVER, "time delay not over"),
    (0x70, Refusal.NEVER, "upload or download not accepted"),
    (0x71, Refusal.NEVER, "transfer suspended"),
    (0x72, Refusal.NEVER, "programming failed"),
    (0x78, Refusal.WAIT, "answer pending"),
    (0x7E, Refusal.NEVER, "sub-function not supported in this session"),
    (0x7F, Refusal.NEVER, "service not supported in this session"),
    (0x81, Refusal.LATER, "engine speed too high"),
    (0x82, Refusal.LATER, "engine speed too low"),
    (0x83, Refusal.LATER, "engine is running"),
    (0x84, Refusal.LATER, "engine is not running"),
    (0x85, Refusal.LATER, "engine has not run long enough"),
    (0x86, Refusal.LATER, "temperature too high"),
    (0x87, Refusal.LATER, "temperature too low"),
    (0x88, Refusal.LATER, "vehicle speed too high"),
    (0x89, Refusal.LATER, "vehicle speed too low"),
    (0x8A, Refusal.LATER, "pedal too far down"),
    (0x8B, Refusal.LATER, "pedal not far enough down"),
    (0x8C, Refusal.LATER, "gearbox not in neutral"),
    (0x8D, Refusal.LATER, "gearbox not in gear"),
    (0x8F, Refusal.LATER, "brake not pressed"),
    (0x90, Refusal.LATER, "selector not in park"),
    (0x91, Refusal.LATER, "torque converter locked"),
    (0x92, Refusal.LATER, "voltage too high"),
    (0x93, Refusal.LATER, "voltage too low"),
)
_BY_CODE = {code: (refusal, words) for code, refusal, words in _CODES}


def refusal(pdu: bytes) -> Refusal | None:
    """None for a positive answer; codes outside the table are final for this ignition cycle."""
    if len(pdu) < 3 or pdu[0] != NEGATIVE:
        return None
    return _BY_CODE.get(pdu[2], (Refusal.NEVER, ""))[0]


def refusal_words(pdu: bytes) -> str:
    """Why a unit said no, in words.

    >>> refusal_words(bytes.fromhex("7F2231")), refusal_words(bytes.fromhex("7F22F0"))
    ('identifier not known (0x31)', 'code 0xF0 of the maker')
    """
    if pdu[2] not in _BY_CODE:
        return f"code 0x{pdu[2]:02X} of the maker"
    return f"{_BY_CODE[pdu[2]][1]} (0x{pdu[2]:02X})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """Cells (or probes) in one answer: an optional bitmap of those present, then a number each.

    Cells that are not there carry a `sentinels` value and give a null.
    """

    first: int
    count: int
    start: int
    scale: float
    size: int = 1
    bitmap_bytes: int = 0
    little: bool = False
    offset: float = 0.0
    signal: Signal = CELL_VOLTAGE
    sentinels: frozenset[int] = frozenset({0})
    evidence: Evidence = Evidence.PUBLISHED
    example: str = ""

    def read(self, body: bytes, t_ms: int) -> list[SignalSample]:
        """Samples of the cells that are there; raw 0 is a cell that was not measured."""
        present = int.from_bytes(body[self.start : self.start + self.bitmap_bytes], "big")
        width = 8 * self.bitmap_bytes
        out: list[SignalSample] = []
        for i in range(self.count):
            if width and not present >> (width - 1 - i) & 1:
                continue
            at = self.start + self.bitmap_bytes + i * self.size
            cell = Field(
                signal=self.signal,
                start=at,
                size=self.size,
                little=self.little,
                scale=self.scale,
                offset=self.offset,
                part=self.first + i,
                sentinels=self.sentinels,
            ).read(body, t_ms)
            if cell is not None:
                out.append(cell)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One data identifier of a profile: service 0x22, or a local identifier of KWP2000 (0x21).

    `length` (bytes after the echo) is needed only where several are asked for at once.
    """

    did: int
    fields: tuple[Field, ...] = ()
    pages: tuple[CellPage, ...] = ()
    service: int = 0x22
    length: int | None = None

    def __post_init__(self) -> None:
        most = 0xFFFF if self.service == 0x22 else 0xFF
        if self.service not in (0x21, 0x22) or not 0 <= self.did <= most:
            raise ValueError(
                f"identifier {self.did:X} of service {self.service:X}: use 22 and 0..FFFF, or 21 "
                "and 0..FF"
            )

    @property
    def name(self) -> bytes:
        """The identifier as it stands in request and answer."""
        return self.did.to_bytes(2 if self.service == 0x22 else 1, "big")

    @property
    def request(self) -> bytes:
        """Service and identifier."""
        return bytes([self.service]) + self.name

    def answered_by(self, pdu: bytes) -> bool:
        """Whether a positive answer echoes this identifier."""
        echo = bytes([self.service + 0x40]) + self.name
        return pdu[: len(echo)] == echo

    def read(self, pdu: bytes, t_ms: int) -> list[SignalSample]:
        """Samples of `62 did did data...`; empty where the echo is another identifier."""
        return self.body(pdu[1 + len(self.name) :], t_ms) if self.answered_by(pdu) else []

    def body(self, data: bytes, t_ms: int) -> list[SignalSample]:
        """Samples of the bytes after the echo.

        A signal may stand twice (an odometer in km and in miles, one of them unused): the first
        valid one counts, a null only where none is valid.
        """
        best: dict[tuple[int, int], SignalSample] = {}
        for field in self.fields:
            sample = field.read(data, t_ms)
            if sample is not None:
                known = best.setdefault((sample.signal, sample.part), sample)
                if known.value is None and sample.value is not None:
                    best[sample.signal, sample.part] = sample
        return [*best.values(), *(s for page in self.pages for s in page.read(data, t_ms))]


def split(pdu: bytes, asked: Iterable[Identifier]) -> list[tuple[Identifier, bytes]]:
    """`62 did data did data ...`: every asked identifier that is there, with its bytes.

    A unit may leave some out; what follows one that was not asked for cannot be read.
    """
    waiting = {i.name: i for i in asked if i.length is not None}
    out: list[tuple[Identifier, bytes]] = []
    at = 1
    while (found := waiting.pop(pdu[at : at + 2], None)) is not None:
        end = at + 2 + (found.length or 0)
        if end > len(pdu):
            break
        out.append((found, pdu[at + 2 : end]))
        at = end
    return out
