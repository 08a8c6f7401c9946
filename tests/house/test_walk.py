"""The walk of one reading and the glossary name things that exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WALK = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
ROOMS = "firmware_contracts|domain|store|gateway|ingest|models|care|api|simulators|vigil"
NAMES = sorted(set(re.findall(rf"`((?:{ROOMS})(?:\.\w+)+)`", WALK)))
FOLDERS = sorted(set(re.findall(rf"`((?:{ROOMS})(?:/\w+)+(?:\.py)?)`", WALK)))
TERMS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$",
    (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)[2:]


def exists(name: str) -> bool:
    """A module, or a name of one, or a method of one of its classes."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


def test_the_walk_names_enough_to_follow_a_reading() -> None:
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_the_walk_names_exists(name: str) -> None:
    assert exists(name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_place_that_the_walk_names_exists(folder: str) -> None:
    place = ROOT / folder
    assert place.exists() or place.with_suffix(".py").exists()


def test_the_glossary_explains_the_terms_of_the_field_in_both_languages() -> None:
    assert len(TERMS) >= 80
    assert len({term for term, *_ in TERMS}) == len(TERMS)
    for term, meaning, chinese, _ in TERMS:
        assert len(meaning) > 10, term
        assert re.search(r"[\u4e00-\u9fff]", chinese), term


@pytest.mark.parametrize(("term", "where"), [(t, w) for t, _, _, w in TERMS])
def test_a_term_of_the_glossary_is_used_where_it_says(term: str, where: str) -> None:
    for place in re.findall(r"`([^`]+)`", where):
        assert (ROOT / place).exists(), f"{term}: {place}"
