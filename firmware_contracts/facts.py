"""Events, records and gaps on the wire, and their canonical text for the digest.

Fields that hold their default are left out on both, so a field that a later release adds does
not change the digest of what was said before.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from firmware_contracts.errors import Unreadable
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge, Crank, Parked, Record, Trip
from firmware_contracts.telemetry import Gap

if TYPE_CHECKING:
    from firmware_contracts import telemetry_pb2 as pb

KINDS: dict[str, type[Record]] = {"trip": Trip, "charge": Charge, "crank": Crank, "parked": Parked}
_NAMES = {kind: name for name, kind in KINDS.items()}
_SPAN = ("start_ms", "end_ms", "coverage")
_CAST = {"int": int, "int | None": int, "bool | None": bool, "float | None": float}


_FIELDS = {
    kind: {f.name: str(f.type) for f in dataclasses.fields(kind) if f.name not in _SPAN}
    for kind in KINDS.values()
}
"""Own fields of each record class with their type, as written in its source."""


def write_event(event: Event, out: pb.EventFact) -> None:
    """Fill the message; an OTHER event goes on under the word it came with."""
    notes = dict(event.notes)
    out.kind = event.kind.value
    if event.kind is EventKind.OTHER:
        out.kind = notes.pop("kind", event.kind.value)
    out.t_ms, out.code, out.component = event.t_ms, event.code, event.component
    out.level, out.over = event.level, not event.active
    out.values.update(event.values)
    out.notes.update(notes)


def read_event(message: pb.EventFact) -> Event:
    """The event; a kind from a newer release becomes OTHER with its word in notes["kind"]."""
    notes = dict(message.notes)
    known = message.kind in EventKind._value2member_map_
    if not known:
        notes["kind"] = message.kind
    return Event(
        kind=EventKind(message.kind) if known else EventKind.OTHER,
        t_ms=message.t_ms,
        code=message.code,
        component=message.component,
        level=message.level,
        active=not message.over,
        values=dict(message.values),
        notes=notes,
    )


def write_record(record: Record, out: pb.RecordFact) -> None:
    """Fill the message; None stays out."""
    out.kind, out.start_ms, out.end_ms = _NAMES[type(record)], record.start_ms, record.end_ms
    out.coverage = record.coverage
    for name in _FIELDS[type(record)]:
        value = getattr(record, name)
        if value is not None:
            out.fields[name] = value


def read_record(message: pb.RecordFact) -> Record:
    """The record; fields of a newer minor stay in the body's bytes."""
    kind = KINDS.get(message.kind)
    if kind is None:
        raise Unreadable(f"record kind {message.kind!r} is none of {', '.join(KINDS)}")
    types = _FIELDS[kind]
    given: dict[str, Any] = {
        name: _CAST[types[name]](value) for name, value in message.fields.items() if name in types
    }
    try:
        return kind(
            start_ms=message.start_ms, end_ms=message.end_ms, coverage=message.coverage, **given
        )
    except (ValueError, OverflowError) as wrong:
        raise Unreadable(f"{message.kind} record: {wrong}") from wrong


def write_gap(gap: Gap, out: pb.GapFact) -> None:
    """Fill the message."""
    out.stream, out.first, out.last = gap.stream, gap.first, gap.last


def read_gap(message: pb.GapFact) -> Gap:
    """The gap."""
    if len(message.stream) != 16 or message.last < message.first:
        raise Unreadable("gap without a 16-byte stream, or upside down")
    return Gap(stream=message.stream, first=message.first, last=message.last)


def canonical(facts: tuple[Event | Record | Gap, ...]) -> bytes:
    """Text that is equal exactly where the facts are: sorted JSON of non-default fields."""
    said = [[type(fact).__name__, _said(fact)] for fact in facts]
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _said(fact: Event | Record | Gap) -> dict[str, object]:
    out: dict[str, object] = {}
    for f in dataclasses.fields(fact):
        value = getattr(fact, f.name)
        default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
        if value != default:
            out[f.name] = value.hex() if isinstance(value, bytes) else value
    return out
