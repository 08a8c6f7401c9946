"""A number without a word is a number that nobody dares to change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house import figures

SPEAK_FOR_THEMSELVES = frozenset(
    {
        "AGAIN",
        "BLANK_VIN",
        "FIRST_PAUSE_S",
        "HOUR_MS",
        "MINUTE_MS",
        "_BOUNDS",
        "_NIBBLE",
        "_P",
        "_RUNS",
        "_STATUS",
    }
)


def test_every_numeric_constant_carries_a_word_of_why_or_a_source() -> None:
    silent = [
        f"{path.relative_to(figures.ROOT)}:{node.lineno} {name}"
        for room in figures.ROOMS
        for path in figures.modules(room)
        for node, name in _silent(path)
    ]
    assert silent == []


def _silent(path: Path) -> Iterator[tuple[ast.Assign, str]]:
    source = path.read_text(encoding="utf-8")
    lines, body = source.splitlines(), ast.parse(source).body
    for at, node in enumerate(body):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if not name.isupper() or name in SPEAK_FOR_THEMSELVES or not _numeric(node.value):
            continue
        if not (_documented(body, at) or _commented(lines, node)):
            yield node, name


def _numeric(value: ast.expr) -> bool:
    """Numbers other than 0 and 1, plain or in arithmetic; tables and objects are not meant."""
    tables = (ast.Dict, ast.Set, ast.List, ast.DictComp)
    if isinstance(value, tables):
        return False
    if isinstance(value, ast.Call) and ast.unparse(value.func) not in ("timedelta", "np.array"):
        return False
    numbers = [n.value for n in ast.walk(value) if isinstance(n, ast.Constant)]
    return any(type(n) in (int, float) and n not in (0, 1) for n in numbers)


def _documented(body: list[ast.stmt], at: int) -> bool:
    """A string behind it, or behind the last of the constants it stands among."""
    last = at
    while last + 1 < len(body) and isinstance(body[last + 1], ast.Assign):
        if body[last + 1].lineno != (body[last].end_lineno or 0) + 1:
            break
        last += 1
    if last + 1 >= len(body):
        return False
    word = body[last + 1]
    return isinstance(word, ast.Expr) and isinstance(word.value, ast.Constant)


def _commented(lines: list[str], node: ast.Assign) -> bool:
    end = node.end_lineno or node.lineno
    above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
    return "#" in lines[node.lineno - 1] or "#" in lines[end - 1] or above.startswith("#")
