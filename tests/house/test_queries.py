"""SQL is written for people too: every query says what it is for, in lines that can be read."""

from __future__ import annotations

import re

from store.db.sql import books, queries
from tests.house.figures import ROOT

FOLDER = ROOT / "store" / "queries"
LONGEST = 100


def test_every_query_says_what_it_is_for() -> None:
    silent = [
        f"{book}: {name}"
        for book in books()
        for name, after in re.findall(
            r"^-- name: *(\w+) *\n(.*)$", (FOLDER / f"{book}.sql").read_text("utf-8"), re.MULTILINE
        )
        if not re.match(r"-- [A-Z]", after)
    ]
    assert silent == []


def test_no_line_of_sql_is_longer_than_the_code_beside_it() -> None:
    long = [
        f"{path.name}:{number}"
        for path in sorted(FOLDER.glob("*.sql"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []


def test_queries_leaves_the_words_at_home() -> None:
    for book in books():
        for name, query in queries(book).items():
            assert not query.as_string().lstrip().startswith("--"), f"{book}: {name}"


def test_no_query_of_people_takes_every_column() -> None:
    for path in sorted(FOLDER.glob("*.sql")):
        assert not re.search(r"SELECT (\w\.)?\*\s*,|SELECT \w\.\*", path.read_text("utf-8")), path
