"""Diagnosis in a recording: answers joined and read by a profile and by the legislated table."""

from __future__ import annotations

import numpy as np

from firmware_contracts.signals import BY_ID
from gateway.decode import addressing, obd
from gateway.decode.isotp import Assembler
from gateway.decode.uds import Identifier
from gateway.frames import SignalSample
from gateway.profiles import Profile, Unit
from gateway.recording.figures import Figures
from gateway.recording.unknown import Key


class Diagnosis:
    """Answers of the units that a profile asks, and of all that speak legislated OBD."""

    replaces_layout = False

    def __init__(self, profile: Profile) -> None:
        self._units: dict[int, Unit] = {}
        self._identifiers: dict[int, list[Identifier]] = {}
        for poll in profile.uds:
            self._units[poll.unit.rx] = poll.unit
            self._identifiers.setdefault(poll.unit.rx, []).extend(poll.identifiers)
        self._asked = {poll.unit.tx for poll in profile.uds}
        self._joint: dict[int, Assembler] = {}

    def wants(self, key: Key) -> bool:
        """Requests and answers of diagnosis."""
        can_id, extended = key
        if extended != (can_id > addressing.STANDARD_TOP):
            return False
        return can_id in self._units or can_id in self._asked or _legislated(can_id)

    def take(self, key: Key, t_s: float, data: bytes, figures: Figures) -> None:
        """One frame; a whole answer gives its values."""
        can_id = key[0]
        unit = self._units.get(can_id)
        if unit is None and not _answer(can_id):
            return
        address = int(unit is not None and unit.target is not None)
        assembler = self._joint.setdefault(can_id, Assembler(address_bytes=address))
        heard = assembler.feed(data, round(1000 * t_s))
        if heard.pdu is not None:
            self._read(can_id, heard.pdu, round(1000 * t_s), figures)

    def close(self, figures: Figures) -> None:
        """Answers that were torn on the way are told."""
        torn = sum(a.errors for a in self._joint.values())
        if torn:
            figures.troubles.append(f"{torn} diagnostic answers were torn; none of them is shown")
        self._joint = {}

    def _read(self, can_id: int, pdu: bytes, t_ms: int, figures: Figures) -> None:
        samples: list[SignalSample] = []
        if pdu[0] == 0x41 and _answer(can_id):
            samples += obd.current(pdu, t_ms).samples
        for identifier in self._identifiers.get(can_id, ()):
            samples += identifier.read(pdu, t_ms)
        for sample in samples:
            value = np.nan if sample.value is None else sample.value
            figures.note(_name(sample), np.array([value]))


def _name(sample: SignalSample) -> str:
    name = BY_ID[sample.signal].name
    return f"{name}_{sample.part}" if sample.part else name


def _answer(can_id: int) -> bool:
    return any(
        addressing.answers_all(f, can_id) for f in (addressing.FUNCTIONAL, addressing.FUNCTIONAL_29)
    )


def _legislated(can_id: int) -> bool:
    """Answers, the questions to all, and those to one unit."""
    return (
        _answer(can_id)
        or can_id in (addressing.FUNCTIONAL, addressing.FUNCTIONAL_29)
        or 0x7E0 <= can_id <= 0x7E7
        or can_id & 0xFFFF00FF == 0x18DA00F1
    )
