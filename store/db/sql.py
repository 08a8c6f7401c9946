"""Named queries: every statement lives in `queries/<book>.sql` under a line `-- name: <query>` and
a line that says what it is for.

Python never joins SQL strings; names of catalogue columns are composed as identifiers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from psycopg.sql import SQL

_FOLDER = Path(__file__).parents[1] / "queries"
_NAME = re.compile(r"^-- name: *([a-z0-9_]+) *$", re.MULTILINE)
_WORDS = re.compile(r"\A(?:\s*--[^\n]*\n)+")
"""The description, which stays at home."""


@cache
def queries(book: str) -> Mapping[str, SQL]:
    """The statements of one book by name; KeyError-free use is checked by the tests."""
    parts = _NAME.split((_FOLDER / f"{book}.sql").read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"queries/{book}.sql holds a name twice")
    return MappingProxyType(
        {n: SQL(_WORDS.sub("", b).strip()) for n, b in zip(names, bodies, strict=True)}
    )


def books() -> tuple[str, ...]:
    """Names of all books."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.sql")))
