"""A vehicle's folder of the OBDb kind: signal sets by model year, captures with expected values.

signalsets/v3/default.json, 2008-2009.json, 2015.json       the narrowest range wins
tests/test_cases/2023/commands/7C6.7CE.22B002|fc=1.yaml     one command each
tests/test_cases/2023.yaml                                  older: one file a year
tests/test_responses.py                                     oldest: a list in Python, not run
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_YEARS = re.compile(r"(?:.*-)??(\d{4})(?:-(\d{4}))?\Z")
_ALWAYS = (0, 9999)
"""Model years of a set without a range."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One captured answer with the values that it stands for."""

    command: str
    year: int | None
    text: str
    extended_address: bool
    expected: Mapping[str, Any]

    @property
    def id_digits(self) -> int | None:
        """Digits of the ids in the text, as the command's header tells; None = it has none."""
        header = self.command.partition(".")[0]
        return {3: 3, 4: 8}.get(len(header)) if "." in self.command else None


def set_for(folder: Path, year: int | None) -> Path:
    """The signal set of a model year. ValueError where the folder has none."""
    found = sorted((folder / "signalsets").glob("v*/*.json"))
    if not found:
        raise ValueError(f"{folder} has no signalsets/v3/*.json: name a vehicle's folder")
    fitting = [p for p in found if _covers(p, year)]
    default = [p for p in found if p.stem == "default"]
    return min(fitting or default or found, key=lambda p: _span(p)[1] - _span(p)[0])


def _span(path: Path) -> tuple[int, int]:
    years = _YEARS.match(path.stem)
    if years is None:
        return _ALWAYS
    return int(years[1]), int(years[2] or years[1])


def _covers(path: Path, year: int | None) -> bool:
    first, last = _span(path)
    return (first, last) == _ALWAYS if year is None else first <= year <= last


def cases(folder: Path) -> Iterator[Case]:
    """Every capture. ValueError names a file that cannot be read."""
    for path in sorted((folder / "tests").rglob("*.y*ml")):
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: {error}") from error
        if isinstance(raw, Mapping):
            yield from _cases(path, raw)
    for path in sorted((folder / "tests").glob("*.py")):
        yield from _listed(path)


def _listed(path: Path) -> Iterator[Case]:
    """Captures that stand as plain literals in a Python file: it is read, never run."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            yield from _groups(path, node.value)


def _groups(path: Path, value: ast.expr) -> Iterator[Case]:
    try:
        groups = ast.literal_eval(value)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return  # not a plain list: something else of that file
    for group in groups:
        if not isinstance(group, Mapping) or "tests" not in group:
            continue
        year = str(group.get("model_year", ""))
        for text, expected in group["tests"]:
            yield Case(
                command=path.stem,
                year=int(year) if year.isdigit() else None,
                text=text,
                extended_address=_shows_address_byte(text),
                expected=expected,
            )


def _shows_address_byte(text: str) -> bool:
    """Toyota's body units answer on 758 with the unit's address before each frame."""
    return text.strip().startswith("758")


def _cases(path: Path, raw: Mapping[str, Any]) -> Iterator[Case]:
    command = str(raw.get("command_id", path.stem))
    year = _year(path, raw)
    for item in raw.get("test_cases") or ():
        extended = item.get("extended_addressing_enabled", raw.get("extended_addressing_enabled"))
        yield Case(
            command=command,
            year=year,
            text=str(item.get("response", "")),
            extended_address=bool(extended) or _has_address_byte(command),
            expected=item.get("expected_values") or {},
        )


def _has_address_byte(command: str) -> bool:
    """`...|e=07,fc=1`: extended addressing, as the command's own name says."""
    return any(p.startswith("e=") for p in command.partition("|")[2].split(","))


def _year(path: Path, raw: Mapping[str, Any]) -> int | None:
    said = raw.get("model_year")
    if said is None:
        said = next((p for p in (*path.parts[::-1], path.stem) if re.fullmatch(r"\d{4}", p)), None)
    return int(str(said)) if str(said).isdigit() else None
