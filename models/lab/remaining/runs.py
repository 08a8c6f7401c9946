"""One machine's run, cycle by cycle, and the tables it is read from.

A table has 26 columns without a header, parted by blanks (or commas): unit, cycle, three operating
settings, 21 sensors, as NASA's C-MAPSS sets are laid out (Saxena and others 2008, PHM08).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput

Floats = npt.NDArray[np.float64]
SETTINGS, SENSORS = 3, 21
COLUMNS = (
    "unit",
    "cycle",
    *(f"setting {n}" for n in range(1, SETTINGS + 1)),
    *(f"sensor {n}" for n in range(1, SENSORS + 1)),
)
LIFE_CAP = 125.0
"""Cycles above which life is not told apart: a healthy machine shows no wear (Heimes 2008)."""
_TWICE, _FEW = (
    0.1,
    20,
)  # share of cycles written twice, of enough rows, that two machines would have
_UNKNOWN = frozenset({"nan", "na", "null", "-", "?"})


class NoRows(BadInput):
    """The table is there and empty: there is nothing to learn from or to score."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """Cycles [n] ascending, settings [n, 3] and sensors [n, 21] without gaps of one machine."""

    unit: int
    cycles: Floats
    settings: Floats
    sensors: Floats

    def until(self, last: int) -> Run:
        """The run as it was known after its first `last` rows."""
        return Run(
            unit=self.unit,
            cycles=self.cycles[:last],
            settings=self.settings[:last],
            sensors=self.sensors[:last],
        )

    def remaining(self) -> Floats:
        """Cycles to the last row, capped, [n]; true only of a run to failure."""
        return np.asarray(np.minimum(self.cycles[-1] - self.cycles, LIFE_CAP))


def read_runs(path: Path, option: str) -> list[Run]:
    """Every machine of a table, in the order of the file; BadInput names line and column.

    A cycle written twice counts as last written, but one in ten is refused; an unknown sensor keeps
    its last known value.
    """
    lines = _lines(path, option)
    rows = [_row(number, parts, path) for number, parts in lines]
    if not rows:
        remedy = "give one row per machine and cycle"
        raise NoRows(option, str(path), "holds no rows", remedy=remedy)
    table = np.array(rows)
    _check_keys(table, [number for number, _ in lines], path)
    units = dict.fromkeys(table[:, 0])
    return [_run(table[table[:, 0] == unit], path) for unit in units]


def read_lives(path: Path, machines: int) -> Floats:
    """Remaining cycles [machines] of test machines, one number a line, in the order of the test."""
    lines = _lines(path, "--rul")
    for number, parts in lines:
        if len(parts) != 1:
            where = f"{path.name} line {number}"
            problem = f"holds {len(parts)} columns instead of one"
            remedy = "give the remaining cycles of one test machine a line"
            raise BadInput(where, " ".join(parts[:4]), problem, remedy=remedy)
    lives = np.array([_life(number, parts[0], path) for number, parts in lines])
    if len(lives) != machines:
        problem = f"holds {len(lives)} lives for {machines} test machines"
        raise BadInput("--rul", str(path), problem, remedy="give one line per machine of --test")
    return lives


def _lines(path: Path, option: str) -> list[tuple[int, list[str]]]:
    """Numbered lines cut into columns; blank ones are passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "give a text table of 26 columns parted by blanks"
        raise BadInput(option, str(path), f"cannot be read ({error})", remedy=remedy) from error
    cut = ((n, line.replace(",", " ").split()) for n, line in enumerate(text.splitlines(), 1))
    return [(number, parts) for number, parts in cut if parts]


def _row(number: int, parts: list[str], path: Path) -> list[float]:
    if len(parts) != len(COLUMNS):
        where = f"{path.name} line {number}"
        problem = f"holds {len(parts)} columns instead of {len(COLUMNS)}"
        remedy = "give unit, cycle, 3 settings and 21 sensors, parted by blanks, without a header"
        raise BadInput(where, " ".join(parts[:6]), problem, remedy=remedy)
    try:
        return [float(part) for part in parts]
    except ValueError:
        return [_number(number, at, part, path) for at, part in enumerate(parts)]


def _number(line: int, at: int, text: str, path: Path) -> float:
    if text.lower() in _UNKNOWN:
        return float("nan")
    try:
        return float(text)
    except ValueError as error:
        where = f"{path.name} line {line} column {at + 1} ({COLUMNS[at]})"
        remedy = "give a number, nan for an unknown one, and no header"
        raise BadInput(where, text, "is no number", remedy=remedy) from error


def _life(number: int, text: str, path: Path) -> float:
    try:
        life = float(text)
    except ValueError:
        life = float("nan")
    if not (np.isfinite(life) and life >= 0):
        where = f"{path.name} line {number} column 1"
        remedy = "give the cycles that were left, 0 or more"
        raise BadInput(where, text, "is no remaining life", remedy=remedy)
    return life


def _check_keys(table: Floats, numbers: list[int], path: Path) -> None:
    """Unit and cycle are whole numbers, cycles from 0 up."""
    keys = table[:, :2]
    whole = np.isfinite(keys) & (keys == np.round(keys)) & (keys >= 0)
    if not whole.all():
        row, at = np.argwhere(~whole)[0]
        where = f"{path.name} line {numbers[row]} column {at + 1} ({COLUMNS[at]})"
        remedy = "give whole numbers for machine and cycle"
        raise BadInput(where, float(keys[row, at]), "is no count", remedy=remedy)


def _run(rows: Floats, path: Path) -> Run:
    ordered = rows[np.argsort(rows[:, 1], kind="stable")]
    last = np.append(ordered[1:, 1] != ordered[:-1, 1], True)
    if len(rows) > _FEW and (~last).mean() > _TWICE:
        problem = f"has {int((~last).sum())} of {len(rows)} cycles twice in {path.name}"
        remedy = "number machines apart where tables were put together"
        raise BadInput("unit", int(rows[0, 0]), problem, remedy=remedy)
    kept = _without_gaps(ordered[last])
    return Run(
        unit=int(kept[0, 0]),
        cycles=kept[:, 1],
        settings=kept[:, 2 : 2 + SETTINGS],
        sensors=kept[:, 2 + SETTINGS :],
    )


def _without_gaps(rows: Floats) -> Floats:
    """Unknown values as last known; before the first known one as that; NaN where none ever was."""
    known = np.isfinite(rows)
    at = np.maximum.accumulate(np.where(known, np.arange(len(rows))[:, None], -1), axis=0)
    first = np.where(known.any(axis=0), known.argmax(axis=0), 0)
    held = np.take_along_axis(rows, np.where(at < 0, first, at), axis=0)
    return np.where(np.isfinite(held), held, np.nan)
