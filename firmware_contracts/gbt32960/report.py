"""A report (commands 02 and 03): a time, information after information, in 2025 a signature.

    time 6 | type 1  body | type 1  body | ... | FF  algorithm  R  S

A type without a table has no length of its own: it and all that follows stay as bytes (`rest`),
and so does what a terminal appends behind its signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from firmware_contracts.gbt32960 import beijing, edition_2016, edition_2025
from firmware_contracts.gbt32960.errors import BadStructure
from firmware_contracts.gbt32960.frame import Edition
from firmware_contracts.gbt32960.layout import Body, Layout

TYPES: Mapping[Edition, Mapping[int, Layout]] = {
    Edition.E2016: edition_2016.TYPES,
    Edition.E2025: edition_2025.TYPES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One information: its type byte and its body."""

    type: int
    body: Body

    @property
    def name(self) -> str:
        """The layout's name: vehicle, motors, ..."""
        return self.body.layout.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The data unit of a report. `clock` are the six bytes of its time."""

    clock: bytes
    items: tuple[Item, ...] = ()
    signature: Body | None = field(default=None, repr=False)
    rest: bytes = field(default=b"", repr=False)

    @property
    def time(self) -> datetime | None:
        """Time of sampling, UTC; None where it is on no calendar."""
        return beijing.to_utc(self.clock)

    def bodies(self, name: str) -> tuple[Body, ...]:
        """Bodies of one kind, in order: pages of cells may come several times."""
        return tuple(item.body for item in self.items if item.name == name)

    def encode(self) -> bytes:
        """The data unit."""
        parts = [self.clock]
        parts += [bytes([item.type]) + item.body.encode() for item in self.items]
        if self.signature is not None:
            parts.append(bytes([edition_2025.SIGNATURE_MARK]) + self.signature.encode())
        return b"".join(parts) + self.rest


def decode_report(edition: Edition, data: bytes) -> Report:
    """The report; BadStructure where a body ends early."""
    if len(data) < beijing.SIZE:
        raise BadStructure(f"report of {len(data)} bytes; its time alone has {beijing.SIZE}")
    items, at = [], beijing.SIZE
    signature: Body | None = None
    while at < len(data):
        kind = data[at]
        if edition is Edition.E2025 and kind == edition_2025.SIGNATURE_MARK:
            signature, at = edition_2025.SIGNATURE.read(data, at + 1)
            break
        layout = TYPES[edition].get(kind)
        if layout is None:
            break
        body, at = layout.read(data, at + 1)
        items.append(Item(type=kind, body=body))
    return Report(
        clock=data[: beijing.SIZE], items=tuple(items), signature=signature, rest=data[at:]
    )
