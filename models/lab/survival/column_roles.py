"""Which column of a survival table says what: words of ends, modes, counts, units, features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab.survival.columns import Texts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Columns = Mapping[str, Sequence[str]]
_ENDED = frozenset(
    {"1", "true", "yes", "event", "dead", "died", "death", "exact", "action", "fail", "failed"}
    | {"failure", "replacement", "replaced", "repair", "repaired"}
)
_GOING_ON = frozenset(
    {"0", "false", "no", "censor", "censored", "right", "alive", "survived", "survivor", "survival"}
    | {"suspended", "suspension", "running", "end", "eoo", "meoc", "none"}
)
_LEFT = frozenset({"left"})
NOTHING = frozenset({"", "na", "nan", "n/a", "null", "none", "?", "-", "."})
_COUNTS = frozenset({"count", "counts", "freq", "frequency"})
_MOST_MODES = 12
"""Words of an event column beyond which it is free text."""
_ENOUGH = 20  # rows in which a value that parts ended lives from others is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Which columns a person named; the others are features."""

    time: str
    event: str | None = None
    group: str | None = None
    mode: str | None = None
    count: str | None = None
    ignored: tuple[str, ...] = ()


def check_names(columns: Columns, names: Names) -> None:
    """BadInput where a named column is not there."""
    asked = [
        ("--time", names.time),
        ("--event", names.event),
        ("--group", names.group),
        ("--mode", names.mode),
        ("--count", names.count),
        *(("--ignore", name) for name in names.ignored),
    ]
    for option, name in asked:
        if name is not None and name not in columns:
            remedy = f"the file's columns are {', '.join(list(columns)[:20])}"
            raise BadInput(option, name, "is no column of the file", remedy=remedy)


def blank(column: Texts) -> Bools:
    """Which values say nothing, [n]."""
    return np.array([text.lower() in NOTHING for text in column.tolist()])


def numbers_of(column: Texts) -> Floats:
    """Numbers of texts, NaN for what is none; a comma may stand for the point."""
    try:
        return column.astype(np.float64)
    except ValueError:
        return np.array([_number(text) for text in column.tolist()])


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")


def said_of(table: Mapping[str, Texts], names: Names) -> Texts:
    """What each row says about its end, in lower case; without a column all have ended."""
    named = names.event or names.mode
    if named is None:
        return np.full(len(table[names.time]), "1")
    column = table[named]
    numbers = numbers_of(column)
    if np.isfinite(numbers).all() and (numbers == np.round(numbers)).all():
        return np.array([str(int(number)) for number in numbers])
    return np.char.lower(column)


def ended_of(said: Texts) -> tuple[Bools, Bools]:
    """Whether a life ended, and whether it was only found ended, each [n]."""
    words = set(said.tolist())
    unknown = words - _ENDED - _GOING_ON - _LEFT
    if len(unknown) > _MOST_MODES:
        shown = ", ".join(sorted(unknown)[:4])
        remedy = f"give 1 and 0, words as failed and censored, or up to {_MOST_MODES} modes"
        raise BadInput("--event", shown, "are too many words for how a life ends", remedy=remedy)
    found_ended = np.isin(said, list(_LEFT))
    return ~np.isin(said, list(_GOING_ON)), found_ended


def modes_of(said: Texts, ended: Bools) -> tuple[tuple[str, ...], Ints]:
    """Names of modes, and of each life 0 or the number of its mode, [n]."""
    names = tuple(sorted(set(said[ended].tolist())))
    number = {name: at + 1 for at, name in enumerate(names)}
    event = [number[text] if end else 0 for text, end in zip(said.tolist(), ended, strict=True)]
    return names, np.array(event, dtype=np.int64)


def mode_column(
    table: Mapping[str, Texts], names: Names, ended: Bools, notes: list[str]
) -> str | None:
    """A column that names how lives ended: one word for those going on, others for those ended."""
    if ended.all() or not ended.any():
        return None
    for name, column in table.items():
        if name in _named(names) or np.isfinite(numbers_of(column)).any():
            continue
        going_on, how = set(column[~ended].tolist()), set(column[ended].tolist())
        if len(going_on) == 1 and not going_on & how and 2 <= len(how) <= _MOST_MODES:
            notes.append(f"{name} says how lives ended: taken as modes")
            return name
    return None


def count_column(table: Mapping[str, Texts], names: Names, notes: list[str]) -> str | None:
    """A column whose name and whole numbers say how many equal lives a row is."""
    for name, column in table.items():
        if name.lower() in _COUNTS and name not in _named(names):
            numbers = numbers_of(column)
            if np.isfinite(numbers).all() and (numbers == np.round(numbers)).all():
                notes.append(f"{name} is taken as the number of equal lives")
                return name
    return None


def _named(names: Names) -> set[str | None]:
    return {names.time, names.event, names.group, names.mode, names.count, *names.ignored}


def is_recurrent(group: Texts, time: Floats, ended: Bools) -> bool:
    """Every unit is watched until one last row that is no event, and some had several events."""
    _, of, size = np.unique(group, return_inverse=True, return_counts=True)
    last = np.full(len(size), -np.inf)
    np.maximum.at(last, of, time)
    ends = np.bincount(of[~ended], minlength=len(size))
    closing = bool((time[~ended] == last[of[~ended]]).all())
    return bool((ends == 1).all()) and closing and bool((size > 2).any())


def feature_columns(
    table: Mapping[str, Texts],
    names: Names,
    used: tuple[str | None, str | None],
    ended: Bools,
    notes: list[str],
) -> dict[str, Texts]:
    """Columns that may say something: not constant, not names of rows, and not the answer."""
    found = {}
    for name, column in table.items():
        if name in _named(names) | {*used}:
            continue
        levels = len(set(column.tolist()))
        texts = not np.isfinite(numbers_of(column)).any()
        if levels < 2:
            continue
        if texts and levels > max(len(column) // 2, 30):
            notes.append(f"{name} names rows: not used")
        elif _tells_the_end(column, ended):
            notes.append(f"{name} is written only when a life ends: not used")
        else:
            found[name] = column
    return found


def _tells_the_end(column: Texts, ended: Bools) -> bool:
    """One value on all lives still going on, never on an ended one (or the other way round)."""
    if len(column) < _ENOUGH or ended.all() or not ended.any():
        return False
    sides = set(column[~ended].tolist()), set(column[ended].tolist())
    return not sides[0] & sides[1] and min(len(sides[0]), len(sides[1])) == 1
