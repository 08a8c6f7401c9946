"""Broadcast frames by DBC: a file of cantools' kind and a map from its names to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cantools.database
from cantools.database.can import Database

from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME
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
    """Decoder of one bus' broadcast. `errors` counts frames that their own DBC cannot decode."""

    def __init__(self, database: Database, meanings: Mapping[str, Meaning]) -> None:
        self._messages = {m.frame_id: m for m in database.messages}
        self._meanings = dict(meanings)
        self.errors = 0
        self.unknown = 0

    def decode(self, frame: RawFrame) -> list[SignalSample]:
        """Samples of one frame; an empty list for frames the DBC does not know."""
        message = self._messages.get(frame.id)
        if message is None:
            self.unknown += 1
            return []
        try:
            values = message.decode(frame.data, decode_choices=False)
        except (ValueError, KeyError, cantools.database.errors.Error):
            self.errors += 1
            return []
        return [
            _sample(self._meanings[name], float(value), frame.t_ms)
            for name, value in values.items()  # type: ignore[union-attr]
            if name in self._meanings
            and isinstance(value, int | float)
            and not _is(value, self._meanings[name].absent)
        ]


def _is(value: float, absent: float | None) -> bool:
    return absent is not None and abs(value - absent) < 1e-6


def _sample(meaning: Meaning, physical: float, t_ms: int) -> SignalSample:
    field = Field(signal=meaning.signal, start=0, part=meaning.part)
    value = physical * meaning.scale + meaning.offset
    if value != value:
        return field.null(t_ms, Reason.INVALID)
    return field.sample(value, t_ms)


def load(path: Path, names: Mapping[str, str | Mapping[str, object]]) -> Broadcast:
    """Read a DBC; `names` maps its signals to catalogue names.

    A key with `{n}` stands for a family: `Cell{n}` -> cell 1, 2, ... Raises ValueError for a
    catalogue name that does not exist.
    """
    database = cantools.database.load_file(path)
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
