"""Frames of a recording, a column each: what every reader yields and the survey takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

import numpy as np
import numpy.typing as npt

ROWS = 50_000
"""Frames in one block: some 8 MB with classic frames, 30 MB where CAN FD occurs."""
CLASSIC, LONGEST = 8, 64


class Kind(IntEnum):
    """What a line of a recording is."""

    DATA = 0
    FD = 1
    REMOTE = 2
    ERROR = 3
    MALFORMED = 4  # a frame that cannot be read: counted as an error


Row = tuple[float, int, bool, int, str]
"""Seconds, id, extended, kind, data in hexadecimal (two digits a byte, no spaces)."""
MALFORMED: Row = (0.0, 0, False, Kind.MALFORMED, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Columns of equal length; `data` is (frames, 8 or 64), zero behind a frame's own length."""

    t: npt.NDArray[np.float64]
    id: npt.NDArray[np.uint32]
    extended: npt.NDArray[np.bool_]
    kind: npt.NDArray[np.uint8]
    length: npt.NDArray[np.uint8]
    data: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.t)


def blocks(rows: Iterable[Row]) -> Iterator[Block]:
    """Rows gathered into blocks."""
    source = iter(rows)
    while chunk := list(islice(source, ROWS)):
        yield _block(chunk)


def _block(chunk: list[Row]) -> Block:
    t, ids, extended, kinds, texts = zip(*chunk, strict=True)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(chunk)) // 2
    width = CLASSIC if lengths.max(initial=0) <= CLASSIC else LONGEST
    digits = 2 * width
    packed = bytes.fromhex("".join([text.ljust(digits, "0") for text in texts]))
    return Block(
        t=np.array(t, dtype=np.float64),
        id=np.array(ids, dtype=np.uint32),
        extended=np.array(extended, dtype=bool),
        kind=np.array(kinds, dtype=np.uint8),
        length=lengths.astype(np.uint8),
        data=np.frombuffer(packed, dtype=np.uint8).reshape(len(chunk), width),
    )
