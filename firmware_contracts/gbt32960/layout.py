"""How values lie behind each other, as data: a layout reads bytes into a Body and writes it back.

    Field                      one number
    Text(size)                 characters of a fixed length
    Blob(width)                a length of `width` bytes, then that many bytes
    Rest()                     whatever is left: a maker's own, or empty
    Series(width, of)          a count, then that many equal fields
    Many(width, of)            a count, then that many bodies of one layout
    Codes(), Packs()           the battery codes of a login, 2016 and 2025

A count that says abnormal or invalid counts nothing and is kept as it came.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeVar, cast

from firmware_contracts.gbt32960.errors import BadStructure
from firmware_contracts.gbt32960.field import Field, Null

_FORMS = {1: "B", 2: "H", 4: "I"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted:
    """Values under a count; `count` differs from their number only where it is no count."""

    count: int
    items: tuple[int, ...] | tuple[Body, ...] = ()


Value = int | bytes | Counted | tuple[bytes, ...]
"""What a part holds: a raw number, characters, a list, codes."""


class Part(Protocol):
    """One part of a layout."""

    @property
    def name(self) -> str:
        """Its name in the body."""
        ...

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """Value at this place and the place behind it; BadStructure where the data end early."""
        ...

    def write(self, value: Value) -> bytes:
        """The bytes of a value."""
        ...


def _taken(data: bytes, at: int, size: int, name: str) -> bytes:
    found = data[at : at + size]
    if len(found) < size:
        raise BadStructure(f"{name}: {size} bytes announced, {len(found)} there")
    return found


def _numbers(data: bytes, at: int, width: int, count: int, name: str) -> tuple[int, ...]:
    return struct.unpack(f">{count}{_FORMS[width]}", _taken(data, at, width * count, name))


def _count(data: bytes, at: int, width: int, name: str) -> tuple[int, int]:
    """The count as it came, and what it counts: nothing where it says abnormal or invalid."""
    raw = _numbers(data, at, width, 1, name)[0]
    return raw, 0 if raw >= (1 << 8 * width) - 2 else raw


def _bytes(width: int, *numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}{_FORMS[width]}", *numbers)


def _as(kind: type[T], value: object, name: str) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{name} holds {type(value).__name__}, not {kind.__name__}")
    return value


@dataclass(frozen=True, slots=True)
class One:
    """One number."""

    field: Field

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field.name

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """One raw number."""
        return _numbers(data, at, self.field.width, 1, self.name)[0], at + self.field.width

    def write(self, value: Value) -> bytes:
        """Its bytes."""
        return _bytes(self.field.width, _as(int, value, self.name))


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of a fixed length, kept as bytes."""

    name: str
    size: int

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """The characters with whatever fills them up."""
        return _taken(data, at, self.size, self.name), at + self.size

    def write(self, value: Value) -> bytes:
        """The same characters."""
        return _as(bytes, value, self.name)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes behind their length."""

    name: str
    width: int = 2

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """The bytes; here a length of 0xFFFF is a length."""
        size = _numbers(data, at, self.width, 1, self.name)[0]
        start = at + self.width
        return _taken(data, start, size, self.name), start + size

    def write(self, value: Value) -> bytes:
        """Length and bytes."""
        content = _as(bytes, value, self.name)
        return _bytes(self.width, len(content)) + content


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to the end of the data."""

    name: str

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """Everything from here on."""
        return data[at:], len(data)

    def write(self, value: Value) -> bytes:
        """The same bytes."""
        return _as(bytes, value, self.name)


@dataclass(frozen=True, slots=True)
class Series:
    """Equal numbers behind their count."""

    name: str
    width: int
    of: Field

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """The raw numbers."""
        raw, count = _count(data, at, self.width, self.name)
        start = at + self.width
        items = _numbers(data, start, self.of.width, count, self.name)
        return Counted(raw, items), start + count * self.of.width

    def write(self, value: Value) -> bytes:
        """Count and numbers."""
        counted = _as(Counted, value, self.name)
        numbers = cast(tuple[int, ...], counted.items)
        return _bytes(self.width, counted.count) + _bytes(self.of.width, *numbers)


@dataclass(frozen=True, slots=True)
class Many:
    """Bodies of one layout behind their count."""

    name: str
    width: int
    of: Layout

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """The bodies, one after the other."""
        raw, count = _count(data, at, self.width, self.name)
        at += self.width
        bodies = []
        for _ in range(count):
            body, at = self.of.read(data, at)
            bodies.append(body)
        return Counted(raw, tuple(bodies)), at

    def write(self, value: Value) -> bytes:
        """Count and bodies."""
        counted = _as(Counted, value, self.name)
        bodies = [_as(Body, item, self.name) for item in counted.items]
        return _bytes(self.width, counted.count) + b"".join(body.encode() for body in bodies)


@dataclass(frozen=True, slots=True)
class Codes:
    """Login 2016: number n of subsystems, length m of a code, then n codes (table 6)."""

    name: str

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """Head (n, m as they came), then the codes."""
        head = _taken(data, at, 2, self.name)
        (_, count), (_, size) = (_count(head, place, 1, self.name) for place in (0, 1))
        body = _taken(data, at + 2, count * size, self.name)
        codes = [body[i * size : (i + 1) * size] for i in range(count)] if size else []
        return (head, *codes), at + 2 + count * size

    def write(self, value: Value) -> bytes:
        """Head and codes."""
        return b"".join(_as(tuple, value, self.name))


@dataclass(frozen=True, slots=True)
class Packs:
    """Login 2025: n management systems, packs of each, then 24 characters a pack (table 6)."""

    name: str
    SIZE: ClassVar[int] = 24  # GB/T 34014

    def read(self, data: bytes, at: int) -> tuple[Value, int]:
        """Head (n and n counts as they came), then the codes."""
        _, systems = _count(data, at, 1, self.name)
        head = _taken(data, at, 1 + systems, self.name)
        count = sum(_count(head, 1 + i, 1, self.name)[1] for i in range(systems))
        at += len(head)
        body = _taken(data, at, count * self.SIZE, self.name)
        codes = [body[i * self.SIZE : (i + 1) * self.SIZE] for i in range(count)]
        return (head, *codes), at + len(body)

    def write(self, value: Value) -> bytes:
        """Head and codes."""
        return b"".join(_as(tuple, value, self.name))


@dataclass(frozen=True, slots=True)
class Layout:
    """Parts in the standard's order under unique names."""

    name: str
    parts: tuple[Part, ...]
    index: dict[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {p.name: i for i, p in enumerate(self.parts)})
        if len(self.index) < len(self.parts):
            raise ValueError(f"layout {self.name} names a part twice")

    def read(self, data: bytes, at: int = 0) -> tuple[Body, int]:
        """Body at this place and the place behind it."""
        values = []
        for part in self.parts:
            value, at = part.read(data, at)
            values.append(value)
        return Body(layout=self, values=tuple(values)), at

    def whole(self, data: bytes) -> Body:
        """The body that fills the data; BadStructure where bytes are left."""
        body, end = self.read(data)
        if end < len(data):
            raise BadStructure(f"{self.name}: {len(data) - end} bytes behind its end")
        return body

    def part(self, name: str) -> Part:
        """One part; KeyError where there is none of this name."""
        return self.parts[self.index[name]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Values of a layout as they lay on the wire."""

    layout: Layout
    values: tuple[Value, ...]

    def encode(self) -> bytes:
        """The bytes it was read from."""
        pairs = zip(self.layout.parts, self.values, strict=True)
        return b"".join(part.write(value) for part, value in pairs)

    def __contains__(self, name: str) -> bool:
        return name in self.layout.index

    def held(self, name: str) -> Value:
        """What a part holds, as it lay on the wire."""
        return self.values[self.layout.index[name]]

    def raw(self, name: str) -> int:
        """The raw number of a field."""
        return _as(int, self.held(name), name)

    def field(self, name: str) -> Field:
        """The table's row of a field."""
        return _as(One, self.layout.part(name), name).field

    def value(self, name: str) -> float | int | None:
        """The value of a field in the standard's unit and sign; None where it is null."""
        return self.field(name).value(self.raw(name))

    def null(self, name: str) -> Null | None:
        """Why a field has no value."""
        return self.field(name).null(self.raw(name))

    def text(self, name: str) -> str:
        """Characters without what fills them up."""
        return plain(_as(bytes, self.held(name), name))

    def many(self, name: str) -> tuple[Body, ...]:
        """Bodies under a count."""
        counted = _as(Counted, self.held(name), name)
        return tuple(_as(Body, item, name) for item in counted.items)

    def series(self, name: str) -> tuple[int, ...]:
        """Raw numbers under a count."""
        self.element(name)  # a list of numbers, then, not of bodies
        return cast(tuple[int, ...], _as(Counted, self.held(name), name).items)

    def element(self, name: str) -> Field:
        """The table's row of a series' numbers."""
        return _as(Series, self.layout.part(name), name).of

    def readings(self, name: str) -> tuple[float | int | None, ...]:
        """Values of a series, null where there is none."""
        of = self.element(name)
        return tuple(of.value(raw) for raw in self.series(name))

    def count(self, name: str) -> int | None:
        """A count as it was said; None where it says abnormal or invalid."""
        counted = _as(Counted, self.held(name), name)
        return counted.count if counted.count == len(counted.items) else None

    def codes(self, name: str) -> tuple[bytes, ...]:
        """Battery codes, each as its characters."""
        return tuple(_as(tuple, self.held(name), name)[1:])

    def head(self, name: str) -> bytes:
        """The counts before battery codes."""
        return _as(bytes, _as(tuple, self.held(name), name)[0], name)


def plain(text: bytes) -> str:
    """Characters without trailing zeros and blanks; what is not GB 18030 becomes U+FFFD.

    >>> plain(b"898\\0 ")
    '898'
    """
    return text.rstrip(b"\0 ").decode("gb18030", "replace")
