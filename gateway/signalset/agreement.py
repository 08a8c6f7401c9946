"""Every capture of a vehicle's folder decoded by its signal set, value by value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from gateway.signalset import repository
from gateway.signalset.capture import Response, responses
from gateway.signalset.commands import Command, load
from gateway.signalset.format import Reading
from gateway.signalset.repository import Case

RELATIVE, ABSOLUTE = 1e-6, 5.1e-6
"""Expected values are written to five decimals: half a step of the last one, or a millionth."""
GENERIC_SERVICE = 0x01
LISTED = 50
"""Disagreements that are listed: enough to see the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A value that was not read as the capture's author says."""

    command: str
    signal: str
    raw: str
    expected: object
    got: Reading

    def shown(self) -> dict[str, object]:
        """For --json."""
        names = ("command", "signal", "raw", "expected", "got")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True, kw_only=True)
class Agreement:
    """Counts over all captures; the first disagreements in full. `broken` captures lost characters
    on the way: the gateway in a car would read none of their values."""

    captures: int = 0
    broken: int = 0
    values: int = 0
    agree: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)

    def shown(self) -> dict[str, object]:
        """For --json; `agreement` is 0 where there was nothing to compare."""
        return {
            "captures": self.captures,
            "broken_captures": self.broken,
            "values": self.values,
            "agree": self.agree,
            "agreement": self.agree / self.values if self.values else 0.0,
            "disagreements": [d.shown() for d in self.disagreements[:LISTED]],
        }

    def note(self, case: Case, got: dict[str, Reading]) -> None:
        """Compare one capture."""
        self.captures += 1
        for signal, expected in case.expected.items():
            self.values += 1
            if equal(expected, got.get(signal)):
                self.agree += 1
            elif len(self.disagreements) < LISTED:
                self._list(case, signal, expected, got.get(signal))

    def _list(self, case: Case, signal: str, expected: object, got: Reading) -> None:
        self.disagreements.append(
            Disagreement(
                command=case.command, signal=signal, raw=case.text, expected=expected, got=got
            )
        )


def equal(expected: Any, got: Reading) -> bool:
    """Numbers as they are written, words and nulls exactly."""
    if expected is None or got is None:
        return expected is None and got is None
    if isinstance(got, str) or isinstance(expected, str):
        return str(expected) == str(got)
    return math.isclose(float(expected), got, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def measure(folder: Path, generic: Path | None = None) -> Agreement:
    """Compare all captures under a folder. `generic` is the folder of the set that explains the
    legislated identifiers; without one a neighbour that holds nothing else is taken.

    ValueError where the folder holds no signal set or no capture.
    """
    generic = generic or _neighbour(folder)
    common = _generic(generic) if generic else ()
    out = Agreement()
    for case in repository.cases(folder):
        if case.expected:
            own = load_cached(repository.set_for(folder, case.year))
            heard = list(heard_in(case))
            out.broken += any(r.broken for r in heard)
            out.note(case, decode(heard, case.year, own + common))
    if not out.captures:
        raise ValueError(f"{folder} has no captures under tests/: nothing to compare")
    return out


load_cached = lru_cache(maxsize=32)(load)


def _generic(folder: Path) -> tuple[Command, ...]:
    """The legislated identifiers: any unit may answer them, 11 or 29 bit."""
    listed = load_cached(repository.set_for(folder, None))
    return tuple(replace(c, answer="") for c in listed)


def _neighbour(folder: Path) -> Path | None:
    """A folder beside this one whose signal set speaks of the legislated service alone."""
    for other in sorted(folder.resolve().parent.iterdir()):
        path = other / "signalsets" / "v3" / "default.json"
        if other != folder.resolve() and path.exists() and _legislated(path):
            return other
    return None


def _legislated(path: Path) -> bool:
    try:
        listed = load_cached(path)
    except ValueError:
        return False
    return bool(listed) and all(c.service == GENERIC_SERVICE for c in listed)


def heard_in(case: Case) -> Iterator[Response]:
    """The answers of a capture."""
    return responses(case.text, width=case.id_digits, extended_address=case.extended_address)


def decode(
    heard: Iterable[Response], year: int | None, commands: tuple[Command, ...]
) -> dict[str, Reading]:
    """All readings of some answers; of two answers to one request the later one counts."""
    out: dict[str, Reading] = {}
    for response in heard:
        for command in _fitting(response, year, commands):
            out |= command.read(response.pdu)
    return out


def _fitting(response: Response, year: int | None, commands: tuple[Command, ...]) -> list[Command]:
    """Commands that this may answer, the most specific last, so that its values stand."""
    asked = [
        c
        for c in commands
        if response.pdu[0] == c.service + 0x40
        and response.pdu[1 : len(c.request)] == c.request[1:]
        and c.answers_from(response.can_id)
    ]
    return sorted(asked, key=lambda c: (c.years.match(year), len(c.answer)))
