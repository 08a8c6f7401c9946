"""A survival table as it was written: which column says what, and lives out of its rows.

Forgiving where it is plain what was meant: words for events and censoring, a column of modes, a
count of equal rows, recurrent events of watched units. What is unclear is refused with its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from models.lab.survival.column_roles import (
    NOTHING,
    Names,
    blank,
    check_names,
    count_column,
    ended_of,
    feature_columns,
    is_recurrent,
    mode_column,
    modes_of,
    numbers_of,
    said_of,
)
from models.lab.survival.columns import UNKNOWN, Features, Texts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MOST_LIVES = 1_000_000
"""Lives of a table written out one by one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LifeTable:
    """Lives [n]: `event` 0 for those still going on, else 1 + the index of `modes`.

    `found_ended` marks lives that had ended before their time (left-censored). `amount` is what
    the count column says of an event of a `recurrent` table, whose times are ages of units.
    """

    time: Floats
    event: Ints
    found_ended: npt.NDArray[np.bool_]
    group: Texts
    amount: Floats
    features: Features
    modes: tuple[str, ...]
    recurrent: bool
    left_out: int
    notes: tuple[str, ...]


def life_table(
    columns: Mapping[str, Sequence[str]], lines: Sequence[int], names: Names
) -> LifeTable:
    """Lives out of columns of text of equal length; `lines` are where the rows stand in the file.

    Rows without a time or an event are left out and counted. BadInput names line and column.
    """
    check_names(columns, names)
    table = {name: np.array([text.strip() for text in column]) for name, column in columns.items()}
    rows, left_out = _usable(table, names)
    if not rows.any():
        remedy = "give times and events"
        raise BadInput("--time", names.time, "is known in no row", remedy=remedy)
    kept = {name: column[rows] for name, column in table.items()}
    at = np.array(lines)[rows]
    time = _from_zero(kept[names.time], names.time, at, "length of life")
    said = said_of(kept, names)
    ended, found_ended = ended_of(said)
    group = kept[names.group] if names.group else np.arange(len(time)).astype(np.str_)
    recurrent = names.group is not None and is_recurrent(group, time, ended)
    notes = [f"{names.group} names units whose events recur: times are ages"] if recurrent else []
    mode = names.mode or mode_column(kept, names, ended, notes)
    modes, event = modes_of(kept[mode] if mode else said, ended)
    count = names.count or (None if recurrent else count_column(kept, names, notes))
    amount = _from_zero(kept[count], count, at, "count") if count else np.ones(len(time))
    others = feature_columns(kept, names, (mode, count), ended, notes) if not recurrent else {}
    found = LifeTable(
        time=time,
        event=event,
        found_ended=found_ended,
        group=group,
        amount=amount,
        features=_as_features(others, len(time)),
        modes=modes,
        recurrent=recurrent,
        left_out=left_out,
        notes=tuple(notes),
    )
    return found if recurrent or count is None else _repeated(found, own=names.group is None)


def _usable(table: Mapping[str, Texts], names: Names) -> tuple[npt.NDArray[np.bool_], int]:
    known = ~blank(table[names.time])
    event = names.event or names.mode
    if event is not None:
        empty = np.array([text.lower() in NOTHING - {"none"} for text in table[event].tolist()])
        known &= ~empty
    return known, int((~known).sum())


def _from_zero(column: Texts, name: str, lines: npt.NDArray[np.intp], what: str) -> Floats:
    """Numbers from 0 up; BadInput names the first line that holds none."""
    numbers = numbers_of(column)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        where = f"line {lines[row]} column {name}"
        remedy = "give numbers from 0 up, in one unit"
        raise BadInput(where, str(column[row]), f"is no {what}", remedy=remedy)
    return numbers


def _as_features(columns: Mapping[str, Texts], rows: int) -> Features:
    numbers: dict[str, Floats] = {}
    texts: dict[str, Texts] = {}
    for name, column in columns.items():
        unknown = blank(column)
        values = numbers_of(np.where(unknown, "nan", column))
        if np.isfinite(values[~unknown]).all():
            numbers[name] = values
        else:
            texts[name] = np.where(unknown, UNKNOWN, column)
    return Features(rows=rows, numbers=numbers, texts=texts)


def _repeated(table: LifeTable, own: bool) -> LifeTable:
    """Every row as often as it counts; without groups each repetition is a life of its own."""
    if (table.amount != np.round(table.amount)).any() or table.amount.sum() > _MOST_LIVES:
        problem = f"gives {table.amount.sum():g} lives"
        remedy = f"give whole numbers, {_MOST_LIVES:,} in all at most"
        raise BadInput("--count", float(table.amount.max()), problem, remedy=remedy)
    often = np.repeat(np.arange(len(table.time)), table.amount.astype(np.int64))
    if not len(often):
        raise BadInput(
            "--count", 0, "counts no life", remedy="give how many lives a row stands for"
        )
    return LifeTable(
        time=table.time[often],
        event=table.event[often],
        found_ended=table.found_ended[often],
        group=np.arange(len(often)).astype(np.str_) if own else table.group[often],
        amount=np.ones(len(often)),
        features=Features(
            rows=len(often),
            numbers={name: column[often] for name, column in table.features.numbers.items()},
            texts={name: column[often] for name, column in table.features.texts.items()},
        ),
        modes=table.modes,
        recurrent=False,
        left_out=table.left_out,
        notes=table.notes,
    )
