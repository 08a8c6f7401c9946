"""One pass over recordings: every frame is decoded, unknown or an error, and none is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cantools.database
import numpy as np
from cantools.database.can import Database

from gateway.decode import j1939
from gateway.decode.dbc import is_j1939
from gateway.decode.layout import Layout, compile_message
from gateway.errors import RecordingWrong
from gateway.recording.block import Block, Kind
from gateway.recording.figures import Figures
from gateway.recording.source import read
from gateway.recording.unknown import Key


class Listener(Protocol):
    """A decoder that takes the frames of some ids one by one, in order (transport, profiles).

    `replaces_layout`: what the DBC says of such an id is meant for what was joined.
    """

    replaces_layout: bool

    def wants(self, key: Key) -> bool:
        """Whether frames of this id are its business."""
        ...

    def take(self, key: Key, t_s: float, data: bytes, figures: Figures) -> None:
        """One frame; values go to the figures."""
        ...

    def close(self, figures: Figures) -> None:
        """The end of a recording."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Messages by id, and those of J1939 by parameter group, whoever says them."""

    by_id: dict[Key, Layout]
    by_pgn: dict[int, Layout]

    def find(self, key: Key) -> Layout | None:
        """The message of an id: exactly it, else its parameter group."""
        can_id, extended = key
        exact = self.by_id.get(key)
        if exact is not None or not extended:
            return exact
        return self.by_pgn.get(j1939.pgn_of(can_id))


EMPTY = Book(by_id={}, by_pgn={})


def book_of(paths: list[Path]) -> Book:
    """Compile DBC files. RecordingWrong names the file that is not one."""
    by_id: dict[Key, Layout] = {}
    by_pgn: dict[int, Layout] = {}
    for path in paths:
        database = load_dbc(path)
        for message in database.messages:
            shared = is_j1939(message)
            layout = compile_message(message, by_pgn=shared)
            by_id[message.frame_id, message.is_extended_frame] = layout
            if shared:
                by_pgn[j1939.pgn_of(message.frame_id)] = layout
    return Book(by_id=by_id, by_pgn=by_pgn)


def load_dbc(path: Path) -> Database:
    """A DBC; forgiving about overlapping signals, which real files have."""
    try:
        database = cantools.database.load_file(path, strict=False)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, cantools.Error) as error:
        raise RecordingWrong(f"{path.name} is not a DBC that can be read: {error}") from error
    if not isinstance(database, Database):
        raise RecordingWrong(f"{path.name} holds no CAN messages")
    return database


class Survey:
    """Feed it blocks; `figures` is the count."""

    def __init__(self, book: Book = EMPTY, listeners: tuple[Listener, ...] = ()) -> None:
        self.figures = Figures()
        self._book = book
        self._listeners = listeners

    def take(self, block: Block) -> None:
        """Decode one block, the frames of each id together."""
        figures = self.figures
        figures.frames_in += len(block)
        for kind in Kind:
            figures.kinds[kind] += int((block.kind == kind).sum())
        broken = (block.kind == Kind.ERROR) | (block.kind == Kind.MALFORMED)
        remote = block.kind == Kind.REMOTE
        figures.errors += int(broken.sum())
        figures.unknown += int(remote.sum())
        rows = np.flatnonzero(~(broken | remote))
        for key, group in _groups(block, rows):
            self._take(key, block, group)

    def close(self) -> None:
        """The end of a recording."""
        for listener in self._listeners:
            listener.close(self.figures)

    def _take(self, key: Key, block: Block, rows: np.ndarray) -> None:
        heard = [x for x in self._listeners if x.wants(key)]
        for listener in heard:
            for row in rows:
                data = block.data[row, : block.length[row]].tobytes()
                listener.take(key, float(block.t[row]), data, self.figures)
        layout = self._book.find(key)
        joined = any(x.replaces_layout for x in heard)
        if layout is not None and not joined:
            self._decode(layout, block, rows, explained=bool(heard))
        elif heard:
            self.figures.decoded += len(rows)
        else:
            self.figures.unknown += len(rows)
            data, lengths = block.data[rows], block.length[rows]
            self.figures.ids.take(key, block.t[rows], data, lengths)

    def _decode(self, layout: Layout, block: Block, rows: np.ndarray, *, explained: bool) -> None:
        """A frame counts as decoded where at least one signal fits into it and its multiplexor
        selects something; an empty message of the DBC is known too."""
        data, lengths = block.data[rows], block.length[rows]
        least = min((c.needs for c in layout.columns), default=0)
        lost = layout.lost(data, lengths) | (lengths < least)
        hopeless = 0 if explained else int(lost.sum())
        self.figures.short += int((lengths < layout.length).sum())
        self.figures.errors += hopeless
        self.figures.decoded += len(rows) - hopeless
        for reading in layout.decode(data[~lost], lengths[~lost]):
            self.figures.note(
                reading.column.name, reading.values, message=layout.name, null=reading.unmeant
            )


def _groups(block: Block, rows: np.ndarray) -> Iterator[tuple[Key, np.ndarray]]:
    """Rows of each id, in their order; the extended flag is part of an id."""
    if not len(rows):
        return
    keys = block.id[rows].astype(np.int64) << 1 | block.extended[rows]
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    for part in np.split(order, starts[1:]):
        key = int(keys[part[0]])
        yield (key >> 1, bool(key & 1)), rows[part]


def _told(
    progress: Callable[[Path, int, int], None], path: Path, run: Survey
) -> Callable[[int], None]:
    return lambda done: progress(path, done, run.figures.frames_in)


def survey(
    paths: list[Path],
    book: Book = EMPTY,
    listeners: tuple[Listener, ...] = (),
    progress: Callable[[Path, int, int], None] = lambda path, done, frames: None,
) -> Figures:
    """Read recordings one after the other. A file that breaks off is told in `troubles`; what came
    before counts. RecordingWrong where not even the first of its frames could be read."""
    run = Survey(book, listeners)
    for path in paths:
        before = run.figures.frames_in
        try:
            for block in read(path, _told(progress, path, run)):
                run.take(block)
        except RecordingWrong as wrong:
            if run.figures.frames_in == before:
                raise
            run.figures.troubles.append(str(wrong))
        run.close()
    return run.figures
