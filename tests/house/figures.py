"""`python -m tests.house.figures`: the house measured, room by room, beside the best it is held to.

Lines of files and functions, modules per folder, import circles (imports inside functions count),
exceptions from the formatter, `Any`, untyped rows, mocks and docstrings. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "firmware_contracts",
    "domain",
    "store",
    "gateway",
    "ingest",
    "models",
    "care",
    "api",
    "simulators",
    "vigil",
)
GENERATED = ("telemetry_pb2",)
BORDER = ("store/db/", "store/people/", "store/sink/", "store/results/", "store/memory/")
"""Where rows enter and leave the database: a mapping of parameters is no untyped row there."""
DICTS = re.compile(r"\blist\[dict\[str, Any\]\]|-> dict\[str, Any\]")
ALIAS = re.compile(r"vehicle_reads import [^\n]*\bRow\b")
ALIASED = re.compile(r"[:>] ?Row\b|\b(?:list|Sequence)\[Row\]")
"""`Row` of the store is another name of an untyped row, and counts wherever it is a type."""
MOCK = re.compile(r"MagicMock|mocker\.|mock\.patch|Mock\(")
BEST: Mapping[str, str] = {
    "file_lines": "httpx 248/641/2019, procrastinate 45/358/1042",
    "function_lines": "psycopg 5/23/113, procrastinate 8/32/126",
    "modules_per_folder": "httpx 17, python-can 20, procrastinate 25",
    "circles": "httpx, psycopg_pool, scikit-survival 0",
    "fmt_skip": "0 or 1 in all but one",
    "public_docstrings": "33-83 %",
    "mocks_per_test": "scikit-survival 0.00, httpx 0.01",
}
"""The same figures of model codebases (median / 90th percentile / largest)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median, 90th percentile and largest of some lengths in lines."""

    median: int
    p90: int
    max: int

    @classmethod
    def of(cls, lengths: Sequence[int]) -> Spread:
        """All zero for nothing."""
        if not lengths:
            return cls(median=0, p90=0, max=0)
        ordered = sorted(lengths)
        at = min(len(ordered) - 1, int(0.9 * len(ordered)))
        return cls(median=round(median(ordered)), p90=ordered[at], max=ordered[-1])

    def __str__(self) -> str:
        return f"{self.median}/{self.p90}/{self.max}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room's figures."""

    name: str
    files: int
    lines: int
    file_lines: Spread
    function_lines: Spread
    modules_per_folder: int
    circles: int
    fmt_skip: int
    any_tokens: int
    untyped_rows: int
    public_docstrings: float
    comments_per_100: float


def modules(room: str) -> list[Path]:
    """Python files of a room, without what is generated."""
    found = (ROOT / room).rglob("*.py")
    return sorted(p for p in found if p.stem not in GENERATED)


def measure(room: str) -> Room:
    """Figures of one room."""
    paths = modules(room)
    sources = {path: path.read_text(encoding="utf-8") for path in paths}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    counts = [source.count("\n") for source in sources.values()]
    public = [node for tree in trees.values() for node in _public(tree)]
    total = sum(counts)
    comments = sum(len(re.findall(r"^\s*#|\s{2}# ", s, re.M)) for s in sources.values())
    return Room(
        name=room,
        files=len(paths),
        lines=total,
        file_lines=Spread.of([n for n in counts if n > 1]),
        function_lines=Spread.of([n for tree in trees.values() for n in _functions(tree)]),
        modules_per_folder=max(Counter(p.parent for p in paths if p.stem != "__init__").values()),
        circles=len(circles({_module(p): _imports(t) for p, t in trees.items()})),
        fmt_skip=sum(s.count("# fmt: skip") for s in sources.values()),
        any_tokens=sum(_any_tokens(tree) for tree in trees.values()),
        untyped_rows=sum(_untyped_rows(p, s) for p, s in sources.items()),
        public_docstrings=sum(ast.get_docstring(n) is not None for n in public)
        / max(len(public), 1),
        comments_per_100=round(100 * comments / max(total, 1), 1),
    )


def _functions(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef]:
    """Classes, functions and methods whose names do not begin with an underscore."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    inner
                    for inner in node.body
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                )


def _any_tokens(tree: ast.AST) -> int:
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))


def _untyped_rows(path: Path, source: str) -> int:
    where = path.relative_to(ROOT).as_posix()
    if where.startswith(BORDER):
        return 0
    aliased = ALIASED.findall(source) if ALIAS.search(source) else []
    return len(DICTS.findall(source)) + len(aliased)


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.AST) -> set[str]:
    """Every module that may be imported, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Groups of modules that import each other in a ring (Tarjan's strong components)."""
    graph = {
        m: sorted({i for i in found if i in imports and i != m}) for m, found in imports.items()
    }
    graph = {m: [i for i in found if not m.startswith(f"{i}.")] for m, found in graph.items()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for successor in graph[node]:
            if successor not in index:
                visit(successor)
                low[node] = min(low[node], low[successor])
            elif successor in stack:
                low[node] = min(low[node], index[successor])
        if low[node] == index[node]:
            ring = [stack.pop()]
            while ring[-1] != node:
                ring.append(stack.pop())
            if len(ring) > 1:
                found.append(sorted(ring))

    sys.setrecursionlimit(10_000)
    for node in graph:
        if node not in index:
            visit(node)
    return found


def mocks_per_test() -> float:
    """Mock objects per test function."""
    sources = [p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py")]
    tests = sum(len(re.findall(r"^\s*def test_", s, re.M)) for s in sources)
    return round(sum(len(MOCK.findall(s)) for s in sources) / max(tests, 1), 3)


COLUMNS = (
    "name",
    "files",
    "lines",
    "file_lines",
    "function_lines",
    "modules_per_folder",
    "circles",
    "fmt_skip",
    "any_tokens",
    "untyped_rows",
    "public_docstrings",
    "comments_per_100",
)


def table(rooms: Sequence[Room]) -> list[list[str]]:
    """Heading and one row per room, as text."""
    rows = [[name.replace("_", " ") for name in COLUMNS]]
    for room in rooms:
        values = [getattr(room, name) for name in COLUMNS]
        rows.append(
            [
                f"{v:.0%}" if n == "public_docstrings" else str(v)
                for n, v in zip(COLUMNS, values, strict=True)
            ]
        )
    return rows


def text(rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Rows in columns, or as a markdown table."""
    if markdown:
        head, *body = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--markdown", action="store_true", help="the table of the docs")
    given = parser.parse_args()
    rooms = [measure(room) for room in ROOMS]
    mocks = mocks_per_test()
    if given.json:
        result: dict[str, object] = defaultdict(dict)
        result["rooms"] = {room.name: asdict(room) for room in rooms}
        print(json.dumps({**result, "mocks_per_test": mocks, "best": BEST}))
        return 0
    print(text(table(rooms), markdown=given.markdown))
    if not given.markdown:
        print(f"\nmocks per test: {mocks}")
        print("\n".join(f"{name}: {words}" for name, words in BEST.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
