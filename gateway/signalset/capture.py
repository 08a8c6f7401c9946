"""Captured answers in text, as diagnostic adapters print them, to whole answers by unit.

    22B002                        the request's echo: not a frame
    7CE 10 0F 62 B0 02 D0 00 00   id of 3 or 8 digits, then the bytes, spaces or none
    18DAF1110441422FF3
    01B  0: OK SEARCHING...       lengths and remarks of the adapter: not frames

Adapters lose characters, and the authors of a capture read it as it stands: what is printed is
joined, without a look at sequence numbers, and `broken` says where the gateway's own assembler
would have thrown the answer away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.decode.isotp import CLASSIC, LONGEST

_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_SHORT, _LONG = 3, 8
"""Digits of an 11-bit and of a 29-bit id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One whole answer of one unit."""

    can_id: int
    pdu: bytes
    broken: bool = False


@dataclass(slots=True, kw_only=True)
class _Open:
    length: int
    data: bytearray
    next: int = 1
    broken: bool = False


def frame(line: str, width: int | None = None) -> tuple[int, bytes] | None:
    """Id and data of one printed frame; None where the line is none.

    Without a `width` of the id: an odd number of digits is an 11-bit frame, bytes have two each.
    """
    digits = "".join(line.split())
    if not _HEX.match(digits):
        return None
    width = width or (_SHORT if len(digits) % 2 else _LONG)
    if len(digits) < width + 2 or (len(digits) - width) % 2:
        return None
    return int(digits[:width], 16), bytes.fromhex(digits[width:])


def responses(
    text: str, *, width: int | None = None, extended_address: bool = False
) -> Iterator[Response]:
    """Whole answers in the order in which they were complete. `extended_address`: the first byte
    of every frame is an address."""
    opened: dict[int, _Open] = {}
    for line in text.splitlines():
        found = frame(line, width)
        if found is None:
            continue
        can_id, data = found
        body = data[int(extended_address) :]
        done = _take(opened, can_id, body, long=len(data) > CLASSIC)
        if done is not None:
            yield done


def _take(opened: dict[int, _Open], can_id: int, body: bytes, *, long: bool) -> Response | None:
    kind = body[0] >> 4 if body else -1
    if kind == 0:
        length = body[0] & 0x0F
        return Response(can_id=can_id, pdu=body[1 : 1 + length], broken=long) if length else None
    if kind == 1 and len(body) > 1:
        length = min((body[0] & 0x0F) << 8 | body[1], LONGEST)
        opened[can_id] = _Open(length=length, data=bytearray(body[2:]), broken=long)
    if kind != 2 or can_id not in opened:
        return None
    part = opened[can_id]
    part.broken |= long or body[0] & 0x0F != part.next
    part.next = (part.next + 1) & 0x0F
    part.data += body[1:]
    if len(part.data) < part.length:
        return None
    del opened[can_id]
    return Response(can_id=can_id, pdu=bytes(part.data[: part.length]), broken=part.broken)
