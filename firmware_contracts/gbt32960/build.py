"""Bodies out of values in the standard's units: for terminals, simulators and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware_contracts.gbt32960.field import Field
from firmware_contracts.gbt32960.layout import Body, Counted, Layout, Many, One, Series, Value


def build(layout: Layout, given: Mapping[str, object]) -> Body:
    """A body of these values. What is not given is invalid, or an empty list.

    ValueError names a value outside its field's range.
    """
    return Body(
        layout=layout,
        values=tuple(_value(part, given.get(part.name)) for part in layout.parts),
    )


def _value(part: object, given: object) -> Value:
    match part:
        case One():
            return _raw(part.field, given)
        case Series():
            numbers = tuple(_raw(part.of, one) for one in _sequence(given))
            return Counted(len(numbers), numbers)
        case Many():
            rows = [row for row in _sequence(given) if isinstance(row, Mapping)]
            return Counted(len(rows), tuple(build(part.of, row) for row in rows))
    return given if isinstance(given, bytes) else b""


def _sequence(given: object) -> Sequence[object]:
    return given if isinstance(given, Sequence) else ()


def _raw(field: Field, given: object) -> int:
    value = given if isinstance(given, int | float) else None
    if not field.coded:
        return int(value or 0)
    return field.raw(value)
