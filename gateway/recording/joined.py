"""Answers of several frames for which a DBC has one long message: joined, then decoded as one.

Loggers describe diagnosis so: the message is longer than a classic frame, its first byte is the
length as the first frame says it, the answer follows. Single frames carry the same after their
length byte.
"""

from __future__ import annotations

import numpy as np

from gateway.decode.isotp import CLASSIC, Assembler
from gateway.recording.figures import Figures
from gateway.recording.survey import Book
from gateway.recording.unknown import Key


class Joined:
    """Messages of a DBC that no classic frame can hold, on ids that are not J1939."""

    replaces_layout = True

    def __init__(self, book: Book) -> None:
        self._long = {
            key: layout
            for key, layout in book.by_id.items()
            if layout.length > CLASSIC and layout not in book.by_pgn.values()
        }
        self._joint: dict[Key, Assembler] = {}

    def wants(self, key: Key) -> bool:
        """Ids of long messages."""
        return key in self._long

    def take(self, key: Key, t_s: float, data: bytes, figures: Figures) -> None:
        """One frame; CAN FD frames are whole as they are and not joined."""
        if len(data) > CLASSIC:
            return
        heard = self._joint.setdefault(key, Assembler()).feed(data, round(1000 * t_s))
        if heard.pdu is None:
            return
        layout = self._long[key]
        body = bytes([len(heard.pdu) & 0xFF]) + heard.pdu
        packed = np.frombuffer(body, dtype=np.uint8).reshape(1, -1)
        for reading in layout.decode(packed, np.array([len(body)])):
            figures.note(reading.column.name, reading.values, message=layout.name)

    def close(self, figures: Figures) -> None:
        """Begin the next recording afresh."""
        self._joint = {}
