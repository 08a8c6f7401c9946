"""The documents are true where a machine can tell: links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)|src=\"([^\"]+)\"")
COMMAND = re.compile(r"\bvigil ((?:[a-z][a-z-]+)(?: [a-z][a-z-]+)?)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link, picture in LINK.findall(page.read_text()):
        target = link or picture
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_commands_of_the_readme_and_operations_exist() -> None:
    known = commands()
    for page in (ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "docs" / "operations.md"):
        code = "\n".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL))
        named = {found.split()[0] for found in COMMAND.findall(code)}
        assert named <= known, f"{page.name}: {sorted(named - known)}"


def test_both_readmes_name_the_same_commands_and_places() -> None:
    english, chinese = (
        set(re.findall(r"`((?:make|vigil)[^`\n]*)`", (ROOT / name).read_text()))
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese


def commands() -> set[str]:
    """Names of the top commands."""
    code = "import typer.main, vigil.cli as c; print(*typer.main.get_command(c.app).commands)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
