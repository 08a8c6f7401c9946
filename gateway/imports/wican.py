"""Candidates of a WiCAN vehicle profile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.imports import expression
from gateway.imports.candidate import Candidate, Skipped

_PID = re.compile(r"(22)([0-9A-Fa-f]{4})([0-9A-Fa-f]?)\Z|(21)([0-9A-Fa-f]{2})([0-9A-Fa-f]?)\Z")
_FRAME = 8
_MOST_FRAMES = 600
"""Frames of the longest ISO-TP answer (4095 bytes), rounded up."""


def candidates(path: Path) -> Iterator[Candidate | Skipped]:
    """Fields of every PID. ValueError where the file is not such a profile."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        listed = raw["pids"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is not a WiCAN vehicle profile: {error!r}") from error
    common = str(raw.get("init", ""))
    for entry in listed:
        yield from _of_pid(common + ";" + str(entry.get("pid_init", "")), entry)


def _of_pid(commands: str, entry: Mapping[str, Any]) -> Iterator[Candidate | Skipped]:
    pid = str(entry.get("pid", ""))
    found, units = _PID.match(pid), _units(commands)
    for name, text, unit in _parameters(entry.get("parameters", {})):
        if found is None:
            yield Skipped(name=name, reason=f"request {pid}: only services 21 and 22 are imported")
        elif units is None:
            yield Skipped(name=name, reason=f"request {pid}: no header of a unit (ATSH)")
        else:
            yield _candidate(name, text, unit, found, units)


def _candidate(
    name: str, text: str, unit: str, found: re.Match[str], units: tuple[int, int]
) -> Candidate | Skipped:
    service, did, frames = (found[1], found[2], found[3]) if found[1] else found.groups()[3:]
    try:
        where = places(text, int(frames, 16) if frames else None, 1 + len(did) // 2)
        number = expression.bits(text, where)
    except expression.NotLinear as why:
        return Skipped(name=name, reason=f"expression {text!r}: {why}")
    return Candidate(
        name=name,
        title=name,
        tx=units[0],
        rx=units[1],
        service=int(service, 16),
        did=int(did, 16),
        bits=number,
        unit=unit,
    )


def places(text: str, frames: int | None, echo: int) -> dict[int, int]:
    """Raw byte numbers (length bytes count) -> places after an echo of `echo` bytes.

    One frame has its length in B0; several have it in B0 and B1, and a counter at each eighth.
    NotLinear where nothing tells how many frames the answer has.
    """
    used = [int(n) for n in re.findall(r"[BS](\d+)", text)]
    if not used or max(used) >= _FRAME * _MOST_FRAMES:
        raise expression.NotLinear("it names no byte of an answer")
    if frames is None:
        if max(used) >= _FRAME:
            frames = 2
        elif min(used) == echo + 1:
            frames = 1
        else:
            raise expression.NotLinear("one frame or several? append the number to the request")
    if frames <= 1:
        return {raw: raw - 1 - echo for raw in range(1 + echo, _FRAME)}
    out = {raw: raw - 2 - echo for raw in range(2 + echo, _FRAME)}
    for raw in range(_FRAME, max(used) + 1):
        if raw % _FRAME:
            out[raw] = 6 + 7 * (raw // _FRAME - 1) + raw % _FRAME - 1 - echo
    return out


def _units(commands: str) -> tuple[int, int] | None:
    """Ids that the adapter's commands set; the last of a kind counts."""
    listed = re.split(r"[;\s]+", commands.upper())

    def last(command: str, default: str = "") -> str:
        found = [c[len(command) :] for c in listed if c.startswith(command)]
        return found[-1] if found else default

    header, answer = last("ATSH"), last("ATCRA")
    try:
        tx = int(last("ATCP", "18") + header if len(header) == 6 else header, 16)
        return tx, int(answer, 16) if answer else tx + 8
    except ValueError:
        return None


def _parameters(raw: object) -> Iterator[tuple[str, str, str]]:
    """Name, expression and unit, in either form of the format."""
    if isinstance(raw, Mapping):
        for name, text in raw.items():
            yield str(name), str(text), ""
    elif isinstance(raw, list):
        for item in raw:
            yield str(item.get("name")), str(item.get("expression")), str(item.get("unit", ""))
