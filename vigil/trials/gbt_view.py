"""A decoded frame as a tree of named values, in the standard's unit and sign.

    Node frame: command, flag, vin, ... | vehicle Node | motors Node [Node, Node] | cells Node ...

What a body does not say itself but follows from it (set bits, smallest and largest cell) is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firmware_contracts.gbt32960 import beijing
from firmware_contracts.gbt32960.alarms import set_bits
from firmware_contracts.gbt32960.field import Field, Null
from firmware_contracts.gbt32960.frame import Frame, check_byte
from firmware_contracts.gbt32960.layout import Blob, Body, Codes, Many, One, Packs, Rest, Series
from firmware_contracts.gbt32960.message import Message
from firmware_contracts.gbt32960.report import Report

Scalar = float | int | str | bool | None
GROUP = "group"
"""The same statistics as a node of their own: some files write them so."""
_GEARS = {0: "N", 13: "R", 14: "D", 15: "P"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value. `also` are other ways to write it; `number` is what a null would be if it were
    a value; `coded` says that the standard has a code for its null."""

    value: Scalar | tuple[object, ...]
    raw: int | None = None
    null: Null | None = None
    step: float = 1.0
    number: float | None = None
    coded: bool = False
    also: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Named values of one kind; `items` where it is a list."""

    kind: str
    children: dict[str, Leaf | Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()


def view(message: Message) -> Node:
    """The tree of a message."""
    found = header(message.frame)
    unit = message.unit
    if message.clock is not None:
        found.children["clock"] = _moment(message.clock)
    found.children.update(_report(unit) if isinstance(unit, Report) else _unit(unit))
    return found


def header(frame: Frame) -> Node:
    """The envelope, which is known even where the data unit cannot be read."""
    encoded = frame.encode()
    numbers = {
        "command": frame.command,
        "flag": frame.flag,
        "encryption": frame.encryption,
        "length": len(frame.data),
        "check": check_byte(encoded[2:-1]),
    }
    children: dict[str, Leaf | Node] = {
        name: Leaf(value=number, raw=number, also=(f"{number:02x}", f"{number:#04x}"))
        for name, number in numbers.items()
    }
    start = frame.edition.value
    children["edition"] = Leaf(value=frame.edition.year, also=(start.decode(), start.hex()))
    children["vin"] = Leaf(value=frame.vin_text)
    return Node(kind="frame", children=children)


def _unit(body: Body) -> dict[str, Leaf | Node]:
    """Fields of a command stand beside those of the envelope, under the command's own names."""
    return {f"{body.layout.name}.{name}": leaf for name, leaf in _body(body).children.items()}


def _report(report: Report) -> dict[str, Leaf | Node]:
    kinds = list(dict.fromkeys(item.name for item in report.items))
    found: dict[str, Leaf | Node] = {
        kind: _group(kind, [item.body for item in report.items if item.name == kind])
        for kind in kinds
        if kind != "custom"
    }
    custom = {
        f"{item.type:#04x}": _content(item.body.held("content"))
        for item in report.items
        if item.name == "custom"
    }
    if custom:
        found["custom"] = Node(kind="custom", children=dict(custom))
    types = tuple(item.type for item in report.items)
    found["types"] = Leaf(value=types, also=(tuple(f"{kind:#04x}" for kind in types),))
    if report.signature is not None:
        found["signature"] = _body(report.signature)
    if report.rest:
        found["unknown"] = _content(report.rest)
    return found


def _content(held: object) -> Leaf:
    """Bytes without a table of ours: their number, or they themselves as hex."""
    content = held if isinstance(held, bytes) else b""
    return Leaf(value=len(content), raw=len(content), also=(content.hex(),))


def _group(kind: str, bodies: Sequence[Body]) -> Node:
    pages = _pages(bodies)
    if kind in ("cells", "probes"):
        return _packs([_pack(page) for page in pages])
    if kind in ("motors", "stacks"):
        count = Leaf(value=len(pages), raw=len(pages))
        return Node(kind=kind, children={"count": count}, items=tuple(map(_body, pages)))
    nodes = tuple(map(_body, bodies))
    return nodes[0] if len(nodes) == 1 else Node(kind=kind, items=nodes)


def _pages(bodies: Sequence[Body]) -> list[Body]:
    """Bodies under the one count of each; the bodies themselves where there is none."""
    found: list[Body] = []
    for body in bodies:
        counts = [part.name for part in body.layout.parts if isinstance(part, Many)]
        whole = len(body.layout.parts) == len(counts)
        found += body.many(counts[0]) if whole and counts else [body]
    return found


def _packs(pages: Sequence[Node]) -> Node:
    """One pack stands for itself; several are listed, and summed over."""
    count = Leaf(value=len(pages), raw=len(pages))
    if len(pages) == 1:
        only = dict(pages[0].children)
        return Node(kind="group", children={"subsystems": count, **only}, items=tuple(pages))
    values = [_values(page) for page in pages]
    everything = tuple(value for part in values for value in part)
    steps = [leaf.step for page in pages if isinstance(leaf := page.children["values"], Leaf)]
    return Node(
        kind="group",
        children={
            "subsystems": count,
            "cells": _total(pages),
            **_statistics(everything, min(steps, default=1.0)),
        },
        items=tuple(pages),
    )


def _total(pages: Sequence[Node]) -> Leaf:
    """Cells of all subsystems: each page says those of its own; null where one is not known."""
    totals: dict[object, object] = {}
    for page in pages:
        number, cells = (page.children[name] for name in ("number", "cells"))
        if isinstance(number, Leaf) and isinstance(cells, Leaf):
            totals[number.raw] = cells.value
    known = [value for value in totals.values() if isinstance(value, int)]
    return Leaf(value=sum(known) if len(known) == len(totals) else None)


def _values(page: Node) -> tuple[object, ...]:
    leaf = page.children["values"]
    found = leaf.value if isinstance(leaf, Leaf) else ()
    return found if isinstance(found, tuple) else ()


def _pack(body: Body) -> Node:
    """A page of cells or a pack's probes, with the names both have in common."""
    children = dict(_body(body).children)
    name = next(part.name for part in body.layout.parts if isinstance(part, Series))
    children |= _series("", body, name)
    if "first_cell" not in children:
        children["cells"] = children["count"]
    return Node(kind="group", children=children)


def _statistics(values: Iterable[object], step: float, prefix: str = "") -> dict[str, Leaf | Node]:
    """Number, values, smallest and largest; null where not one is a value."""
    every = tuple(values)
    valid = [value for value in every if isinstance(value, float | int)]
    mean = sum(valid) / len(valid) if valid else None
    spread = max(valid) - min(valid) if valid else None
    return {
        f"{prefix}count": Leaf(value=len(every), raw=len(every)),
        f"{prefix}values": Leaf(value=every, step=step),
        f"{prefix}min": Leaf(value=min(valid, default=None), step=step),
        f"{prefix}max": Leaf(value=max(valid, default=None), step=step),
        f"{prefix}mean": Leaf(value=mean, step=step),
        f"{prefix}spread": Leaf(value=spread, step=step),
        f"{prefix}nulls": Leaf(value=len(every) - len(valid)),
    }


_SERIES = {
    ("fuel_cell", "probes"): ("", {"values": "probes"}),
    ("stack", "coolant_temperatures"): ("", {}),
    ("supercapacitor", "voltages"): ("cell_", {"cell_values": "voltages"}),
    ("supercapacitor", "temperatures"): ("probe_", {"probe_values": "temperatures"}),
}
"""(kind, series) -> prefix of its statistics, and what is called otherwise."""


def _series(prefix: str, body: Body, name: str) -> dict[str, Leaf | Node]:
    step = 1 / body.element(name).steps
    found = _statistics(body.readings(name), step, prefix)
    nulls = {body.element(name).null(raw) for raw in body.series(name)}
    if len(nulls) == 1 and (null := nulls.pop()) is not None:
        for edge in (f"{prefix}min", f"{prefix}max"):
            found[edge] = Leaf(value=None, null=null, step=step, coded=True)
    return found | {f"{prefix}{GROUP}": Node(kind="group", children=_without(prefix, found))}


def _without(prefix: str, found: dict[str, Leaf | Node]) -> dict[str, Leaf | Node]:
    return {name.removeprefix(prefix): leaf for name, leaf in found.items()}


def _body(body: Body) -> Node:
    kind = body.layout.name
    children: dict[str, Leaf | Node] = {}
    for part in body.layout.parts:
        if isinstance(part, One):
            children[part.name] = _number(part.field, body.raw(part.name))
        elif isinstance(part, Series):
            children |= _list(kind, body, part)
        elif isinstance(part, Many):
            children |= _flag_levels(body)
        elif isinstance(part, Codes | Packs):
            children |= _codes(body, part)
        elif isinstance(part, Blob | Rest):
            children[part.name] = _content(body.held(part.name))
        elif part.name in ("valid_from", "valid_until"):
            children[part.name] = _moment(_held_bytes(body, part.name))
        elif part.name != "clock":
            children[part.name] = Leaf(value=body.text(part.name))
    if kind == "activation":
        signed = {name: children[name] for name in ("algorithm", "r", "s")}
        children[f"signature_{GROUP}"] = Node(kind="signature", children=signed)
    return Node(kind=kind, children=children | _derived(kind, body))


def _number(row: Field, raw: int) -> Leaf:
    value = row.value(raw)
    dead = row.coded and value is None
    return Leaf(
        value=value,
        raw=raw,
        null=row.null(raw),
        step=1 / row.steps,
        number=row.number(raw),
        coded=row.coded and (row.name != "gear" or dead),
    )


def _list(kind: str, body: Body, part: Series) -> dict[str, Leaf | Node]:
    if not part.of.coded:
        codes = tuple(f"{raw:0{2 * part.of.width}x}" for raw in body.series(part.name))
        count = f"{part.name.removesuffix('s')}_count"
        return {
            part.name: Leaf(value=codes, also=(body.series(part.name),)),
            count: Leaf(value=len(codes), raw=len(codes)),
        }
    prefix, other = _SERIES.get((kind, part.name), ("", {}))
    found = _series(prefix, body, part.name)
    return {other.get(name, name): leaf for name, leaf in found.items()}


def _flag_levels(body: Body) -> dict[str, Leaf | Node]:
    rows = body.many("flag_levels")
    pairs = tuple((row.value("flag"), row.value("level")) for row in rows)
    raw = tuple((row.raw("flag"), row.raw("level")) for row in rows)
    as_objects = tuple({"bit": bit, "level": level} for bit, level in pairs)
    by_bit = {str(bit): level for bit, level in pairs}
    return {
        "flag_levels": Leaf(value=pairs, also=(raw, as_objects, by_bit)),
        "flag_level_count": Leaf(value=len(pairs), raw=len(pairs)),
    }


def _codes(body: Body, part: Codes | Packs) -> dict[str, Leaf | Node]:
    """n, and m: the length of a code in 2016, the packs of every system in 2025."""
    head = body.head(part.name)
    codes = tuple(code.decode("ascii", "replace") for code in body.codes(part.name))
    size = head[1] if isinstance(part, Codes) else tuple(head[1:])
    return {
        "systems": Leaf(value=head[0], raw=head[0]),
        "size": Leaf(value=size, also=(sum(head[1:]),)),
        "codes": Leaf(value=codes, also=(_by_system(head[1:], codes),)),
    }


def _by_system(counts: bytes, codes: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Codes of each management system."""
    ends = [sum(counts[: i + 1]) for i in range(len(counts))]
    return tuple(codes[end - count : end] for end, count in zip(ends, counts, strict=True))


def _derived(kind: str, body: Body) -> dict[str, Leaf | Node]:
    """What follows from bit fields."""
    if kind == "vehicle":
        return _gear(body)
    if kind == "alarm":
        return _alarm(body)
    if kind == "position":
        return _signs(body)
    return {}


def _alarm(body: Body) -> dict[str, Leaf | Node]:
    flags = body.raw("flags")
    lists = [part for part in body.layout.parts if isinstance(part, Series)]
    faults = {name: leaf for part in lists for name, leaf in _list("alarm", body, part).items()}
    return {
        "flags": Leaf(value=flags, raw=flags, also=(f"{flags:08x}",)),
        "bits": Leaf(value=set_bits(flags)),
        f"fault_{GROUP}": Node(kind="alarm", children=faults),
    }


def _gear(body: Body) -> dict[str, Leaf | Node]:
    raw, null = body.raw("gear"), body.null("gear")
    if null is not None:
        return {}
    position = raw & 15
    letter = _GEARS.get(position, str(position))
    where = Leaf(value=position, raw=raw, also=(letter, f"gear{letter}"))
    forces = {"braking": Leaf(value=bool(raw & 16)), "driving": Leaf(value=bool(raw & 32))}
    parts: dict[str, Leaf | Node] = {"position": where, **forces}
    return {"gear": where, **forces, f"gear_{GROUP}": Node(kind="gear", children=parts)}


def _signs(body: Body) -> dict[str, Leaf | Node]:
    """South and west may also be written as negative degrees."""
    status = body.raw("status")
    found: dict[str, Leaf | Node] = {
        "valid": Leaf(value=not status & 1),
        "south": Leaf(value=bool(status & 2)),
        "west": Leaf(value=bool(status & 4)),
        "north_south": Leaf(value="S" if status & 2 else "N"),
        "east_west": Leaf(value="W" if status & 4 else "E"),
    }
    for name, bit in (("latitude_deg", 2), ("longitude_deg", 4)):
        leaf = _number(body.field(name), body.raw(name))
        if status & bit and isinstance(leaf.value, float | int):
            found[name] = Leaf(value=leaf.value, raw=leaf.raw, step=leaf.step, also=(-leaf.value,))
    return found


def _moment(clock: bytes) -> Leaf:
    moment = beijing.to_utc(clock)
    if moment is None:
        return Leaf(value=None, null=Null.INVALID, also=(clock.hex(),))
    return Leaf(value=local(moment), also=(clock.hex(),))


def local(moment: datetime) -> str:
    """Beijing time as text."""
    return moment.astimezone(beijing.BEIJING).isoformat()


def _held_bytes(body: Body, name: str) -> bytes:
    held = body.held(name)
    return held if isinstance(held, bytes) else b""
