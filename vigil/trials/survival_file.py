"""A survival table read from a file of separated values: columns of text, and where rows stand."""

from __future__ import annotations

import csv
from pathlib import Path

from domain.errors import BadInput

_SEPARATORS = (",", ";", "\t", "|")


def read_columns(path: Path) -> tuple[dict[str, list[str]], list[int]]:
    """Columns by header and the line of each row; blank lines are passed over.

    BadInput names the line of a row that has too many or too few values.
    """
    text = _text(path)
    separator = max(_SEPARATORS, key=text.lstrip().split("\n", 1)[0].count)
    reader = csv.reader(text.lstrip().splitlines(), delimiter=separator, skipinitialspace=True)
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        remedy = "give a header, then one row per life"
        raise BadInput("FILE", str(path), "holds no table", remedy=remedy)
    _check_header(header, path)
    columns: dict[str, list[str]] = {name: [] for name in header}
    lines = []
    for row in reader:
        if not any(value.strip() for value in row):
            continue
        if len(row) != len(header):
            where = f"{path.name} line {reader.line_num}"
            problem = f"holds {len(row)} values for {len(header)} columns"
            remedy = f"part values by {separator!r} and quote those that hold it"
            raise BadInput(where, separator.join(row)[:40], problem, remedy=remedy)
        lines.append(reader.line_num)
        for name, value in zip(header, row, strict=True):
            columns[name].append(value)
    return columns, lines


def _check_header(header: list[str], path: Path) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        remedy = "give every column a name of its own"
        raise BadInput(f"{path.name} line 1", twice[0], "names two columns", remedy=remedy)


def _text(path: Path) -> str:
    try:
        held = path.read_bytes()
    except OSError as error:
        remedy = "give a file of separated values with a header"
        raise BadInput("FILE", str(path), f"cannot be read ({error})", remedy=remedy) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return held.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("FILE", str(path), "is no text", remedy="give a file of separated values")
