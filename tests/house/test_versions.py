"""One version everywhere, and pages for contributors that name files which exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
LOCKS = ("requirements.lock", "requirements-dev.lock", "deploy/car/requirements.lock")


def test_car_images_and_changelog_speak_of_the_version_of_pyproject() -> None:
    car = tomllib.loads((ROOT / "deploy" / "car" / "pyproject.toml").read_text())
    assert car["project"]["version"] == VERSION
    for name in ("docker-compose.yml", "Dockerfile"):
        tags = re.findall(r"\bvigil(?:-gateway)?:(\d[\w.]*)", (ROOT / name).read_text())
        assert tags, name
        assert set(tags) == {VERSION}, name
    assert re.search(rf"^## .*{re.escape(VERSION)}$", (ROOT / "CHANGELOG.md").read_text(), re.M)


def test_every_package_of_every_lock_has_a_hash_and_no_lock_names_an_index() -> None:
    for name in LOCKS:
        text = (ROOT / name).read_text()
        packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert len(packages) > 20, name
        assert [p.split("==")[0] for p in packages if "--hash=sha256:" not in p] == [], name
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text), name


def test_files_that_contributing_names_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    named = {
        place
        for place in re.findall(r"`([\w./-]+)`", page)
        if "/" in place or place.endswith((".py", ".toml"))
    }
    assert len(named) > 20
    assert sorted(place for place in named if not (ROOT / place).exists()) == []


def test_each_decision_says_context_decision_and_consequence() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert len(pages) >= 19
    numbers = [int(page.name[:4]) for page in pages]
    assert len(set(numbers)) == len(numbers)
