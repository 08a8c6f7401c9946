"""Commands of a signal set: what is asked of which unit, in which model years, and its signals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.signalset.format import Format, Reading, parse

SERVICES = ("01", "21", "22")
"""Read services that the format knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """Model years a command is for. `first` above `last` means: outside the gap between them."""

    first: int | None = None
    last: int | None = None
    listed: frozenset[int] = frozenset()

    def match(self, year: int | None) -> bool:
        """Whether a model year is meant; an unknown year is always."""
        if year is None or year in self.listed:
            return True
        if self.first is None and self.last is None:
            return not self.listed
        late = self.first is None or year >= self.first
        early = self.last is None or year <= self.last
        gap = self.first is not None and self.last is not None and self.first > self.last
        return (late or early) if gap else (late and early)


ANY_YEAR = Years()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSignal:
    """One signal of a command."""

    id: str
    name: str
    format: Format
    metric: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One request. `answer` is the end of the hexadecimal answer id, empty where any unit may
    answer; `target` and `tester` are the address bytes of extended addressing."""

    header: str
    answer: str
    service: int
    parameter: int
    signals: tuple[SetSignal, ...]
    period_s: float
    years: Years = ANY_YEAR
    target: int | None = None
    tester: int | None = None

    @property
    def request(self) -> bytes:
        """Service and identifier."""
        return bytes([self.service]) + self.parameter.to_bytes(2 if self.service == 0x22 else 1)

    def answers_from(self, can_id: int) -> bool:
        """Whether a unit with this answer id is the one that was asked."""
        return f"{can_id:X}".endswith(self.answer)

    def read(self, pdu: bytes) -> dict[str, Reading]:
        """Readings of a positive answer that echoes this request; signals beyond its end absent."""
        request = self.request
        if pdu[: len(request)] != bytes([request[0] + 0x40]) + request[1:]:
            return {}
        body = pdu[len(request) :]
        return {s.id: s.format.read(body) for s in self.signals if s.format.raw(body) is not None}


def load(path: Path) -> tuple[Command, ...]:
    """All commands of a signal set. ValueError names file, command and what is wrong."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["commands"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is not a signal set: {error}") from error
    return tuple(_command(path, raw) for raw in listed)


def _command(path: Path, raw: Mapping[str, Any]) -> Command:
    try:
        service, parameter = next((s, raw["cmd"][s]) for s in SERVICES if s in raw["cmd"])
        return Command(
            header=str(raw["hdr"]).upper(),
            answer=str(raw.get("rax", "")).upper(),
            service=int(service, 16),
            parameter=int(str(parameter), 16),
            signals=tuple(_signals(raw["signals"])),
            period_s=float(raw.get("freq", 1)),
            years=_years(raw.get("filter")),
            target=_byte(raw, "eax"),
            tester=_byte(raw, "tst"),
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        what = raw.get("cmd", raw) if isinstance(raw, Mapping) else raw
        raise ValueError(f"{path.name}, command {what}: {error!r}") from error


def _signals(listed: Iterable[Mapping[str, Any]]) -> Iterable[SetSignal]:
    for raw in listed:
        yield SetSignal(
            id=str(raw["id"]),
            name=str(raw.get("name", raw["id"])),
            format=parse(raw["fmt"]),
            metric=str(raw.get("suggestedMetric", "")),
        )


def _years(raw: Mapping[str, Any] | None) -> Years:
    if not raw:
        return ANY_YEAR
    return Years(
        first=raw.get("from"), last=raw.get("to"), listed=frozenset(raw.get("years") or ())
    )


def _byte(raw: Mapping[str, Any], key: str) -> int | None:
    return int(str(raw[key]), 16) if key in raw else None
