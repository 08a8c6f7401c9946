"""Bodies out of values in the standard's units: for terminals, simulators and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware_contracts.gbt32960.field import Field
from firmware_contracts.gbt32960.layout import Body, Counted, Layout, Many, One, Series, Value


def build(layout: Layout, content: Mapping[str, object]) -> Body:
    """A body of these values. What is missing is invalid, or an empty list.

    ValueError names a value outside its field's range.
    """
    return Body(
        layout=layout,
        values=tuple(_value(part, content.get(part.name)) for part in layout.parts),
    )


def _value(part: object, content: object) -> Value:
    match part:
        case One():
            return _raw(part.field, content)
        case Series():
            numbers = tuple(_raw(part.of, one) for one in _sequence(content))
            return Counted(len(numbers), numbers)
        case Many():
            rows = [row for row in _sequence(content) if isinstance(row, Mapping)]
            return Counted(len(rows), tuple(build(part.of, row) for row in rows))
    return content if isinstance(content, bytes) else b""


def _sequence(content: object) -> Sequence[object]:
    return content if isinstance(content, Sequence) else ()


def _raw(field: Field, content: object) -> int:
    value = content if isinstance(content, int | float) else None
    if not field.coded:
        return int(value or 0)
    return field.raw(value)
