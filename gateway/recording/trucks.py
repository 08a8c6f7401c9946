"""J1939 in a recording: long messages joined for a DBC, and a truck profile's own values."""

from __future__ import annotations

import numpy as np

from firmware_contracts.signals import BY_ID
from gateway.decode import j1939
from gateway.decode.fast_packet import FastPackets
from gateway.decode.isotp import CLASSIC
from gateway.decode.j1939_faults import ACTIVE
from gateway.decode.j1939_transport import CONNECTION, DATA, Transport
from gateway.decode.truck import ADDRESS_CLAIMED, Truck
from gateway.frames import RawFrame
from gateway.profiles import Profile
from gateway.recording.figures import Figures
from gateway.recording.survey import Book
from gateway.recording.unknown import Key


class LongMessages:
    """Messages of more than 8 bytes whose parameter group a DBC knows: by transport, or (NMEA
    2000) as fast packets on their own id."""

    replaces_layout = True

    def __init__(self, book: Book) -> None:
        self._book = book
        self._transport = Transport()
        self._packets: dict[Key, FastPackets] = {}

    def wants(self, key: Key) -> bool:
        """Connection and data frames, and groups that no single frame can hold."""
        if not self._book.by_pgn or not key[1]:
            return False
        pgn = j1939.pgn_of(key[0])
        known = self._book.by_pgn.get(pgn)
        return pgn in (CONNECTION, DATA) or (known is not None and known.length > CLASSIC)

    def take(self, key: Key, t_s: float, data: bytes, figures: Figures) -> None:
        """One frame; a whole message is decoded as its layout says."""
        where = j1939.address(key[0])
        if where.pgn not in (CONNECTION, DATA):
            self._read(where.pgn, self._packets.setdefault(key, FastPackets()).feed(data), figures)
            return
        whole = self._transport.feed(where, data, round(1000 * t_s))
        if whole is not None:
            self._read(whole.pgn, whole.data, figures)

    def _read(self, pgn: int, data: bytes | None, figures: Figures) -> None:
        layout = self._book.by_pgn.get(pgn)
        if not data or layout is None:
            return
        packed = np.frombuffer(data, dtype=np.uint8).reshape(1, -1)
        for reading in layout.decode(packed, np.array([len(data)])):
            figures.note(
                reading.column.name, reading.values, message=layout.name, null=reading.unmeant
            )

    def close(self, figures: Figures) -> None:
        """Begin the next recording afresh."""
        self._transport = Transport()
        self._packets = {}


class TruckProfile:
    """Values of a J1939 profile, by catalogue name."""

    replaces_layout = False

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known = {*profile.groups, CONNECTION, DATA, ACTIVE, ADDRESS_CLAIMED}
        self._truck = self._fresh()

    def wants(self, key: Key) -> bool:
        """Every group of the profile, faults and address claims."""
        return key[1] and j1939.pgn_of(key[0]) in self._known

    def take(self, key: Key, t_s: float, data: bytes, figures: Figures) -> None:
        """One frame."""
        frame = RawFrame(bus="", id=key[0], data=data, t_ms=round(1000 * t_s), extended=True)
        for sample in self._truck.hear(frame).samples:
            value = np.nan if sample.value is None else sample.value
            figures.note(BY_ID[sample.signal].name, np.array([value]))

    def close(self, figures: Figures) -> None:
        """Begin the next recording afresh."""
        self._truck = self._fresh()

    def _fresh(self) -> Truck:
        return Truck(self._profile.groups, older_method=self._profile.older_spn_method)
