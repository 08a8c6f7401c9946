"""SAE J1939: who says what (PGN and source address), and which numbers are no values.

    29-bit id   priority 3 | EDP DP 2 | PF 8 | PS 8 | SA 8
    PGN         DP | PF | PS where PF >= 240 (broadcast), else PS is the destination and not part

A parameter's highest numbers are reserved (J1939-71): FF.. not available, FE.. error, FB..FD
specific or reserved; of two bits 11 is not available and 10 error.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_contracts.signal import Reason

GLOBAL = 0xFF
NULL_ADDRESS = 0xFE
"""No unit sends from it: in a DBC it stands for any source."""
_BROADCAST_FROM = 240
"""From this PDU format on a group has no destination (J1939-21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a 29-bit id says."""

    priority: int
    pgn: int
    source: int
    destination: int


def address(can_id: int) -> Address:
    """The parts of an id.

    >>> hex(address(0x0CF00400).pgn), address(0x18EAFF21).source
    ('0xf004', 33)
    """
    pf, ps = can_id >> 16 & 0xFF, can_id >> 8 & 0xFF
    page = (can_id >> 24 & 0x3) << 16
    broadcast = pf >= _BROADCAST_FROM
    return Address(
        priority=can_id >> 26 & 0x7,
        pgn=page | pf << 8 | (ps if broadcast else 0),
        source=can_id & 0xFF,
        destination=GLOBAL if broadcast else ps,
    )


def pgn_of(can_id: int) -> int:
    """The parameter group of an id."""
    return address(can_id).pgn


def highest_valid(bits: int, *, signed: bool = False) -> int:
    """Largest raw number that is a value, by the width of its parameter.

    >>> hex(highest_valid(16)), highest_valid(8), highest_valid(2), highest_valid(1)
    ('0xfaff', 250, 1, 1)
    """
    if bits == 1:
        return 1
    if signed:  # two's complement (NMEA 2000): the two highest of the positive half
        return (1 << (bits - 1)) - 3 if bits > 2 else 1
    if bits < 8:
        return (1 << bits) - 3
    return (0xFB << (bits - 8)) - 1


def reason(raw: int, bits: int) -> Reason:
    """VALID, NOT_SUPPORTED (not available), or INVALID (error, reserved).

    >>> reason(0xFFFF, 16).name, reason(0xFE00, 16).name, reason(0x0F9B, 16).name
    ('NOT_SUPPORTED', 'INVALID', 'VALID')
    """
    if raw <= highest_valid(bits):
        return Reason.VALID
    top = raw >> (bits - 8) if bits >= 8 else raw
    return Reason.NOT_SUPPORTED if top == (1 << min(bits, 8)) - 1 else Reason.INVALID
