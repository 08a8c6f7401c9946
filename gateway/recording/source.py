"""Which format a file has, and its frames in blocks; how far the reading is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from gateway.errors import RecordingWrong
from gateway.recording import binary, logs, tables
from gateway.recording.block import Block, Kind, Row, blocks

Lines = Callable[[Iterable[str]], Iterator[Row]]
_MAGIC = {b"LOGG": "blf", b"MDF ": "mf4", b"UnFi": "mf4"}
_SUFFIXES = {
    ".asc": "asc",
    ".trc": "trc",
    ".csv": "csv",
    ".tsv": "csv",
    ".mf4": "mf4",
    ".blf": "blf",
}
_TEXT: dict[str, Lines] = {**logs.LOGS, "csv": tables.table, "plain": tables.plain}
_GUESSES = ("candump", "asc", "trc", "plain")
_SNIFFED_LINES = 400
"""Lines looked at to tell a format: past any header we met."""
FORMATS = (*_TEXT, "blf", "mf4")


def format_of(path: Path) -> str:
    """By its first bytes, its ending, else by what most of its first lines are.

    RecordingWrong where it is missing, or holds nothing that looks like frames.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise RecordingWrong(f"{path}: {error.strerror}") from error
    known = _MAGIC.get(magic) or _SUFFIXES.get(path.suffix.lower())
    return known or _guess(path)


def _guess(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = list(islice(file, _SNIFFED_LINES))
    best = max(_GUESSES, key=lambda name: _fit(_TEXT[name], lines))
    if _fit(_TEXT[best], lines):
        return best
    if lines and _looks_like_table(lines[0]):
        return "csv"
    raise RecordingWrong(f"{path.name}: no line looks like a frame; known are {', '.join(FORMATS)}")


def _fit(read: Lines, lines: list[str]) -> int:
    return sum(row[3] != Kind.MALFORMED for row in read(lines))


def _looks_like_table(header: str) -> bool:
    try:
        next(tables.table([header, ""]), None)
    except ValueError:
        return False
    return True


def read(path: Path, progress: Callable[[int], None] = lambda done: None) -> Iterator[Block]:
    """Frames of a recording. `progress` is told the bytes read so far."""
    kind = format_of(path)
    if kind == "mf4":
        yield from binary.mf4(path)
    elif kind == "blf":
        yield from blocks(binary.blf(path))
    else:
        yield from _text(path, _TEXT[kind], progress)
    progress(path.stat().st_size)


def _text(path: Path, rows: Lines, progress: Callable[[int], None]) -> Iterator[Block]:
    with path.open("rb") as raw:
        lines = (line.decode("utf-8", "replace") for line in raw)
        try:
            for block in blocks(rows(lines)):
                progress(raw.tell())
                yield block
        except ValueError as error:
            raise RecordingWrong(f"{path.name}: {error}") from error
