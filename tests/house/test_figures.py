"""The house stays at least as good as the best codebases it is held to (`tests.house.figures`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import figures

ROOMS = {name: figures.measure(name) for name in figures.ROOMS}
TABLES = 6
"""`# fmt: skip` is for tables that people read in columns; there are six."""


@pytest.mark.parametrize("room", figures.ROOMS)
def test_no_room_has_circles_or_overfull_folders(room: str) -> None:
    assert ROOMS[room].circles == 0
    assert ROOMS[room].modules_per_folder <= 25


@pytest.mark.parametrize("room", figures.ROOMS)
def test_functions_and_files_of_a_room_stay_short(room: str) -> None:
    assert ROOMS[room].function_lines.median <= 10
    assert ROOMS[room].function_lines.p90 <= 25
    assert ROOMS[room].function_lines.max <= 65
    assert ROOMS[room].file_lines.p90 <= 320
    assert ROOMS[room].file_lines.max <= 450


@pytest.mark.parametrize("room", figures.ROOMS)
def test_everything_public_in_a_room_has_a_docstring(room: str) -> None:
    assert ROOMS[room].public_docstrings == 1.0


def test_the_formatter_is_obeyed_but_for_tables() -> None:
    assert sum(room.fmt_skip for room in ROOMS.values()) <= TABLES


def test_tests_use_real_parts_instead_of_mocks() -> None:
    assert figures.mocks_per_test() <= 0.01


def test_circles_finds_a_ring_of_three_and_no_line() -> None:
    ring = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}
    assert figures.circles(ring) == [["a", "b", "c"]]
    assert figures.circles({"a": ["b"], "b": ["c"], "c": []}) == []


NOT_FILE_NAMES = frozenset(
    {
        "accounts", "alertbook", "asking", "bodies", "counter", "deadletters", "desk", "dice",
        "fates", "found", "freshest", "garage", "gather", "given", "guard", "house", "kept",
        "known", "letters", "living", "look", "making", "manager", "managers", "misc", "multiplier",
        "parts", "said", "seen", "stretch", "stuff", "told", "tools", "twins", "utils", "words",
    }
)  # fmt: skip
"""Participles, moods and drawers: a file is named by the noun that it holds."""
NOT_CLASS_NAMES = frozenset(
    {"Desk", "Fate", "Given", "Kept", "Line", "Manager", "Said", "Told", "Turn"}
)


def test_no_file_is_named_by_a_mood_a_participle_or_a_drawer() -> None:
    found = [p for room in figures.ROOMS for p in figures.modules(room) if p.stem in NOT_FILE_NAMES]
    assert [path.relative_to(figures.ROOT).as_posix() for path in found] == []


def test_no_class_has_a_name_that_says_nothing_or_that_several_share() -> None:
    pattern = re.compile(r"^class (\w+)", re.MULTILINE)
    found = [
        f"{path.relative_to(figures.ROOT).as_posix()}: {name}"
        for room in figures.ROOMS
        for path in figures.modules(room)
        for name in pattern.findall(path.read_text(encoding="utf-8"))
        if name in NOT_CLASS_NAMES
    ]
    assert found == []


def test_the_page_on_the_house_shows_the_table_that_figures_prints() -> None:
    page = (figures.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    head, _ = figures.text(figures.table([ROOMS["domain"]]), markdown=True).split("\n", 1)
    assert head in page
    for room in figures.ROOMS:
        assert re.search(rf"^\| {room} \|", page, re.MULTILINE), f"{room} is not in the table"


def test_figures_are_those_of_files_that_exist() -> None:
    assert all(path.exists() for room in figures.ROOMS for path in figures.modules(room))
    assert isinstance(figures.ROOT, Path)
