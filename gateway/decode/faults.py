"""Trouble codes by UDS (ISO 14229, service 0x19): lists by status, frozen frames, counters.

    02  59 02 availability {code3 status}*      by status mask
    0A  59 0A availability {code3 status}*      all that the unit knows
    04  59 04 code3 status {record n {did data}*}*     snapshot: what the car did at that moment
    06  59 06 code3 status {record data}*              extended: how often, how long ago

A code is two bytes as in OBD and a failure type; one code with three failure types is three faults.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.decode.obd import code_text

BY_STATUS, SNAPSHOT, EXTENDED, SUPPORTED = 0x02, 0x04, 0x06, 0x0A
_LISTS = (BY_STATUS, SUPPORTED)
_ENTRY = 4
"""Bytes of an entry: code (3) and status (1), ISO 14229-1."""


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
    def pending(self) -> bool:
        """pendingDTC, bit 2."""
        return bool(self.status & 0x04)

    @property
    def confirmed(self) -> bool:
        """confirmedDTC, bit 3."""
        return bool(self.status & 0x08)

    @property
    def lamp(self) -> bool:
        """warningIndicatorRequested, bit 7."""
        return bool(self.status & 0x80)

    @property
    def text(self) -> str:
        """As a workshop writes it: P0171-11."""
        return f"{self.code}-{self.failure_type:02X}" if self.failure_type else self.code


def trouble_codes(pdu: bytes) -> tuple[TroubleCode, ...]:
    """Codes of a list (sub-functions 02 and 0A); empty for anything else. 000000 is padding."""
    body = pdu[3:] if len(pdu) > 2 and pdu[0] == 0x59 and pdu[1] in _LISTS else b""
    entries = (body[i : i + _ENTRY] for i in range(0, len(body) - _ENTRY + 1, _ENTRY))
    return tuple(_code(entry) for entry in entries if any(entry[:3]))


def _code(entry: bytes) -> TroubleCode:
    return TroubleCode(
        code=code_text(int.from_bytes(entry[:2], "big")), failure_type=entry[2], status=entry[3]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a unit kept about one code: the record's number and its bytes as they came.

    What they mean is the maker's; in a snapshot `identifiers` says how many follow (0 = not said).
    """

    code: TroubleCode
    number: int
    identifiers: int
    data: bytes


def record(pdu: bytes) -> Record | None:
    """The first record of an answer to 04 or 06; None where the unit kept none."""
    if len(pdu) < 7 or pdu[0] != 0x59 or pdu[1] not in (SNAPSHOT, EXTENDED):
        return None
    head = 8 if pdu[1] == SNAPSHOT else 7
    if len(pdu) < head:
        return None
    return Record(
        code=_code(pdu[2:6]),
        number=pdu[6],
        identifiers=pdu[7] if pdu[1] == SNAPSHOT else 0,
        data=pdu[head:],
    )
