"""Broadcast frames by DBC: a file of cantools' kind and a map from its names to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cantools.database
from cantools.database.can import Database, Message

from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME
from gateway.decode import j1939
from gateway.decode.field import Field
from gateway.frames import RawFrame, SignalSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a DBC signal is to us: value = physical * scale + offset. A pattern numbers parts."""

    signal: Signal
    scale: float = 1.0
    offset: float = 0.0
    part: int = 0
    absent: float | None = None  # the physical value that says "not fitted": no sample at all


class Broadcast:
    """Decoder of one bus' broadcast.

    The extended flag is part of a message's id; a message of J1939 is found by its parameter group
    whoever says it, and its reserved numbers are nulls. Signals behind the end of a short frame are
    absent and counted in `short`; `errors` counts frames of which nothing could be decoded.
    """

    def __init__(self, database: Database, meanings: Mapping[str, Meaning]) -> None:
        self._messages = {(m.frame_id, m.is_extended_frame): m for m in database.messages}
        self._groups = {j1939.pgn_of(m.frame_id): m for m in database.messages if is_j1939(m)}
        self._meanings = dict(meanings)
        self.errors = 0
        self.unknown = 0
        self.short = 0

    def decode(self, frame: RawFrame) -> list[SignalSample]:
        """Samples of one frame; an empty list for frames the DBC does not know."""
        message = self._messages.get((frame.id, frame.extended))
        if message is None and frame.extended:
            message = self._groups.get(j1939.pgn_of(frame.id))
        if message is None:
            self.unknown += 1
            return []
        try:
            values = message.decode(
                frame.data, decode_choices=False, scaling=False, allow_truncated=True
            )
        except (ValueError, KeyError, cantools.database.errors.Error):
            self.errors += 1
            return []
        self.short += len(frame.data) < message.length
        return list(self._samples(message, values, frame.t_ms))  # type: ignore[arg-type]

    def _samples(
        self, message: Message, raws: Mapping[str, float], t_ms: int
    ) -> Iterator[SignalSample]:
        for signal in message.signals:
            meaning, raw = self._meanings.get(signal.name), raws.get(signal.name)
            if meaning is None or raw is None:
                continue
            if is_j1939(message) and not signal.is_float:
                why = j1939.reason(int(raw), signal.length)
                if why is not Reason.VALID:
                    yield _field(meaning).null(t_ms, why)
                    continue
            physical = float(raw * signal.scale + signal.offset)
            if not _is(physical, meaning.absent):
                yield _sample(meaning, physical, t_ms)


def is_j1939(message: Message) -> bool:
    """Said by the file, or by a source address that no unit sends from."""
    if not message.is_extended_frame:
        return False
    return message.protocol == "j1939" or message.frame_id & 0xFF == j1939.NULL_ADDRESS


def _is(value: float, absent: float | None) -> bool:
    return absent is not None and abs(value - absent) < 1e-6


def _field(meaning: Meaning) -> Field:
    return Field(signal=meaning.signal, start=0, part=meaning.part)


def _sample(meaning: Meaning, physical: float, t_ms: int) -> SignalSample:
    field = _field(meaning)
    value = physical * meaning.scale + meaning.offset
    if value != value:
        return field.null(t_ms, Reason.INVALID)
    return field.sample(value, t_ms)


def load(path: Path, names: Mapping[str, str | Mapping[str, object]]) -> Broadcast:
    """Read a DBC; `names` maps its signals to catalogue names.

    A key with `{n}` stands for a family: `Cell{n}` -> cell 1, 2, ... Raises ValueError for a
    catalogue name that does not exist.
    """
    database = cantools.database.load_file(path, strict=False)
    if not isinstance(database, Database):
        raise ValueError(f"{path.name} is not a CAN database")
    known = [s.name for m in database.messages for s in m.signals]
    meanings: dict[str, Meaning] = {}
    for key, target in names.items():
        meanings.update(_expand(key, target, known))
    return Broadcast(database, meanings)


def _expand(key: str, target: str | Mapping[str, object], known: list[str]) -> dict[str, Meaning]:
    spec: Mapping[str, object] = {"signal": target} if isinstance(target, str) else target
    name = str(spec["signal"])
    if name not in BY_NAME:
        raise ValueError(f"{key}: {name!r} is not in the catalogue")
    pattern = re.compile(re.escape(key).replace(r"\{n\}", r"(\d+)") + r"\Z")
    found = ((s, pattern.match(s)) for s in known)
    return {
        s: Meaning(
            signal=BY_NAME[name],
            scale=float(str(spec.get("scale", 1.0))),
            offset=float(str(spec.get("offset", 0.0))),
            part=int(m.group(1)) if m.groups() else 0,
            absent=None if spec.get("absent") is None else float(str(spec["absent"])),
        )
        for s, m in found
        if m
    }
