"""Bytes written by hand from the standard's tables mean what they say there, and come out again."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_contracts.gbt32960 import edition_2016, edition_2025
from firmware_contracts.gbt32960.field import Null
from firmware_contracts.gbt32960.frame import Edition
from firmware_contracts.gbt32960.layout import Body, Layout, Many, One, Series
from firmware_contracts.gbt32960.report import TYPES
from tests.firmware_contracts.gbt32960.vectors import VECTORS, Vector


def said(body: Body, name: str) -> Any:
    """A field as its value or its null, a series as its readings, codes as they are."""
    part = body.layout.part(name)
    if isinstance(part, One):
        return body.null(name) or body.value(name)
    if isinstance(part, Series):
        return body.readings(name)
    if isinstance(part, Many):
        return [(row.value("flag"), row.value("level")) for row in body.many(name)]
    return body.held(name)


def meaning(vector: Vector, body: Body) -> dict[str, Any]:
    parts = body.layout.parts
    if len(parts) == 1 and isinstance(parts[0], Many):
        bodies = body.many(parts[0].name)
        return {name: [said(one, name) for one in bodies] for name in vector.means}
    return {name: said(body, name) for name in vector.means}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v.edition.year}-{v.type:02x}-{v.name}")
def test_a_body_of_the_standard_is_read_and_written_again(vector: Vector) -> None:
    body = TYPES[vector.edition][vector.type].whole(vector.content)
    assert body.layout.name == vector.name
    assert meaning(vector, body) == vector.means
    assert body.encode() == vector.content


@pytest.mark.parametrize("edition", Edition)
def test_every_information_type_has_a_vector(edition: Edition) -> None:
    own = {vector.type for vector in VECTORS if vector.edition is edition}
    named = {kind for kind, layout in TYPES[edition].items() if layout.name != "custom"}
    assert named <= own
    assert 0x80 in own


def test_every_field_of_a_vector_is_stated() -> None:
    for vector in VECTORS:
        layout = TYPES[vector.edition][vector.type]
        only = layout.parts[0]
        repeated = len(layout.parts) == 1 and isinstance(only, Many)
        parts = only.of.parts if repeated and isinstance(only, Many) else layout.parts
        assert {part.name for part in parts} == set(vector.means), vector.name


@pytest.mark.parametrize(("width", "abnormal"), [(1, 0xFE), (2, 0xFFFE), (4, 0xFFFFFFFE)])
def test_the_codes_for_null_hold_at_every_width(width: int, abnormal: int) -> None:
    rows = [
        part.field
        for module in (edition_2016, edition_2025)
        for layout in vars(module).values()
        if isinstance(layout, Layout)
        for part in layout.parts
        if isinstance(part, One) and part.field.width == width and part.field.coded
    ]
    assert rows
    for row in rows:
        assert row.null(abnormal) in (Null.ABNORMAL, Null.INVALID)
        assert row.null(abnormal + 1) is Null.INVALID
        assert row.value(abnormal) is row.value(abnormal + 1) is None


def test_a_number_above_the_range_of_its_field_is_null_but_stays_on_the_wire() -> None:
    body = edition_2025.ENGINE.whole(bytes.fromhex("EA61"))
    assert body.value("crank_rpm") is None
    assert body.null("crank_rpm") is Null.OUT_OF_RANGE
    assert body.raw("crank_rpm") == 60001
    assert body.encode() == bytes.fromhex("EA61")
