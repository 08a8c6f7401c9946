"""Frames of every type and edition, drawn at random from the tables themselves."""

from __future__ import annotations

from hypothesis import strategies as st

from firmware_contracts.gbt32960.edition_2025 import SIGNATURE
from firmware_contracts.gbt32960.frame import Edition, Encryption, Flag, Frame
from firmware_contracts.gbt32960.layout import (
    Blob,
    Body,
    Codes,
    Counted,
    Layout,
    Many,
    One,
    Packs,
    Part,
    Rest,
    Series,
    Text,
    Value,
)
from firmware_contracts.gbt32960.message import REPORTS, UNITS, Message
from firmware_contracts.gbt32960.report import TYPES, Item, Report

VIN = b"LTESTVN00S0000001"
CLOCK = bytes.fromhex("190A1B140202")
MOST = 6


def numbers(width: int) -> st.SearchStrategy[int]:
    full = (1 << 8 * width) - 1
    return st.integers(0, full) | st.sampled_from((0, full - 1, full))


def counted(width: int, items: st.SearchStrategy[tuple[int, ...]]) -> st.SearchStrategy[Value]:
    """A list under its count, or a count that is none."""
    none = (1 << 8 * width) - 1
    return items.map(lambda many: Counted(len(many), many)) | st.sampled_from(
        (Counted(none), Counted(none - 1))
    )


def values(part: Part) -> st.SearchStrategy[Value]:
    match part:
        case One():
            return numbers(part.field.width)
        case Text():
            return st.binary(min_size=part.size, max_size=part.size)
        case Blob() | Rest():
            return st.binary(max_size=40)
        case Series():
            items = st.lists(numbers(part.of.width), max_size=MOST).map(tuple)
            return counted(part.width, items)
        case Many():
            return st.lists(bodies(part.of), max_size=3).map(lambda m: Counted(len(m), tuple(m)))
        case Codes():
            return st.integers(0, 3).flatmap(
                lambda n: st.integers(0, 24).flatmap(
                    lambda m: _codes(bytes((n, m)), n if m else 0, m)
                )
            )
        case Packs():
            return st.lists(st.integers(0, 2), max_size=3).flatmap(
                lambda counts: _codes(bytes((len(counts), *counts)), sum(counts), Packs.SIZE)
            )
    raise TypeError(part)


def _codes(head: bytes, count: int, size: int) -> st.SearchStrategy[Value]:
    code = st.binary(min_size=size, max_size=size)
    return st.lists(code, min_size=count, max_size=count).map(lambda codes: (head, *codes))


def bodies(layout: Layout) -> st.SearchStrategy[Body]:
    parts = st.tuples(*map(values, layout.parts))
    return parts.map(lambda held: Body(layout=layout, values=held))


def items(edition: Edition) -> st.SearchStrategy[Item]:
    kinds = st.sampled_from(sorted(TYPES[edition]))
    return kinds.flatmap(
        lambda kind: bodies(TYPES[edition][kind]).map(lambda body: Item(type=kind, body=body))
    )


@st.composite
def reports(draw: st.DrawFn, edition: Edition) -> Report:
    """Any information in any order; 2025 with or without signature; sometimes an unknown type."""
    signed = edition is Edition.E2025 and draw(st.booleans())
    strange = not signed and draw(st.booleans())
    return Report(
        clock=draw(st.just(CLOCK) | st.binary(min_size=6, max_size=6)),
        items=tuple(draw(st.lists(items(edition), max_size=4))),
        signature=draw(bodies(SIGNATURE)) if signed else None,
        rest=b"\x7f" + draw(st.binary(max_size=20)) if strange else b"",
    )


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A command of either edition with a data unit that follows its table."""
    edition = draw(st.sampled_from(Edition))
    command = draw(st.sampled_from(sorted({*UNITS[edition], *REPORTS})))
    drawn = {number: bodies(layout) for number, layout in UNITS[edition].items()}
    units: st.SearchStrategy[Report | Body] = (
        reports(edition) if command in REPORTS else drawn[command]
    )
    unit = draw(units)
    frame = Frame(
        edition=edition,
        command=command,
        flag=Flag.COMMAND,
        vin=draw(st.just(VIN) | st.binary(min_size=17, max_size=17)),
        encryption=Encryption.NONE,
        data=unit.encode(),
    )
    return Message(frame=frame, unit=unit)
