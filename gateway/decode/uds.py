"""UDS (ISO 14229) answers to read services: 0x22 data identifiers and 0x19 trouble codes.

What the bytes mean comes from a vehicle profile; negative answers are told apart by a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from firmware_contracts.signals import CELL_VOLTAGE
from gateway.decode.field import Field
from gateway.decode.obd import code_text
from gateway.frames import SignalSample

NEGATIVE = 0x7F
RESPONSE_PENDING = 0x78


class Refusal(Enum):
    """What to do about a negative answer."""

    WAIT = "wait"  # 0x78: the ECU works on it
    LATER = "later"  # busy or conditions: ask again in its turn
    NEVER = "never"  # not known here: cache as unsupported


_REFUSALS: Mapping[int, Refusal] = {
    0x78: Refusal.WAIT,
    0x21: Refusal.LATER,
    0x22: Refusal.LATER,
    0x10: Refusal.LATER,
    0x92: Refusal.LATER,
    0x93: Refusal.LATER,
}


def refusal(pdu: bytes) -> Refusal | None:
    """None for a positive answer; codes outside the table are final for this ignition cycle."""
    if len(pdu) < 3 or pdu[0] != NEGATIVE:
        return None
    return _REFUSALS.get(pdu[2], Refusal.NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """Cells in one answer: an optional bitmap of those present, then one raw number each."""

    first: int
    count: int
    start: int
    scale: float
    size: int = 1
    bitmap_bytes: int = 0

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
                signal=CELL_VOLTAGE,
                start=at,
                size=self.size,
                scale=self.scale,
                part=self.first + i,
                sentinels=frozenset({0}),
            ).read(body, t_ms)
            if cell is not None:
                out.append(cell)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One data identifier of a profile."""

    did: int
    fields: tuple[Field, ...] = ()
    pages: tuple[CellPage, ...] = ()

    def read(self, pdu: bytes, t_ms: int) -> list[SignalSample]:
        """Samples of `62 did did data...`; empty where the echo is another identifier."""
        if len(pdu) < 3 or pdu[0] != 0x62 or int.from_bytes(pdu[1:3], "big") != self.did:
            return []
        body = pdu[3:]
        out = [s for f in self.fields if (s := f.read(body, t_ms)) is not None]
        for page in self.pages:
            out += page.read(body, t_ms)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleCode:
    """A UDS code with its failure type and status byte."""

    code: str
    failure_type: int
    status: int

    @property
    def active(self) -> bool:
        """testFailed, bit 0."""
        return bool(self.status & 0x01)

    @property
    def confirmed(self) -> bool:
        """confirmedDTC, bit 3."""
        return bool(self.status & 0x08)


def trouble_codes(pdu: bytes) -> tuple[TroubleCode, ...]:
    """Codes of `59 02 availability {code3 status}*`."""
    body = pdu[3:] if pdu[:2] == b"\x59\x02" else b""
    return tuple(
        TroubleCode(
            code=code_text(int.from_bytes(body[i : i + 2], "big")),
            failure_type=body[i + 2],
            status=body[i + 3],
        )
        for i in range(0, len(body) - 3, 4)
    )
