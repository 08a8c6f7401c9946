"""The charges of one car, day by day: windows found, and the rows of a charge that goes on.

    | day k          | day k+1        |
         [#####]         [####]          found: their rows are let go
                  [######|###]           open over midnight: its rows wait for the next day

What is found depends on the rows alone, never on when somebody looked. A charge that has lasted
for two midnights is cut there, so that a car that always charges does not keep its rows for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from firmware_contracts.durations import DAY_MS
from models.base import Gone
from models.battery.capacity.charge_windows import (
    PAUSE_S,
    ChargeWindow,
    charge_windows,
    charging,
)
from models.battery.capacity.incremental_capacity import SlowCharge, slow_charges
from models.battery.pack_rows import PackRows, joined, rows_of, rows_state
from models.state import State, items, table

Charge = TypeVar("Charge", ChargeWindow, SlowCharge)
LONGEST_MS = 2 * DAY_MS
"""A charge is cut at its second midnight, so that nothing waits for ever (ADR 0005)."""
_COLUMNS = (
    "t_ms",
    "voltage_v",
    "current_a",
    "soc_pct",
    "temperature_c",
    "odometer_m",
    "speed_kmh",
)
"""What a window and a slow charge are made from."""


class ChargeLog:
    """Windows and slow charges so far; rows go in by whole days, in order."""

    def __init__(self, rated_ah: float | None = None) -> None:
        self._rated_ah = rated_ah
        self._windows: list[ChargeWindow] = []
        self._slow: list[SlowCharge] = []
        self._open: PackRows | None = None

    def add(self, day: PackRows, edge_ms: int, cells: int) -> None:
        """The rows of the next day, which ends at `edge_ms`; `cells` in series, 0 if unknown."""
        rows = day if self._open is None else joined([self._open, day])
        cut = _open_from(rows, edge_ms)
        windows, slow = _found(rows.take(slice(0, cut)), cells, self._rated_ah)
        self._windows += windows
        self._slow += slow
        self._open = rows.take(slice(cut, None)) if cut < len(rows) else None

    def windows(self, cells: int) -> tuple[list[ChargeWindow], list[SlowCharge]]:
        """Everything found, a charge that still goes on as far as it went."""
        windows, slow = (
            ([], []) if self._open is None else _found(self._open, cells, self._rated_ah)
        )
        return [*self._windows, *windows], [*self._slow, *slow]

    def carry(self, before: State, gone: Gone) -> None:
        """Take over what an earlier log found on days that are gone."""
        self._windows += _carried(items(before["windows"], ChargeWindow), gone)
        self._slow += _carried(items(before["slow"], SlowCharge), gone)
        self._windows.sort(key=lambda w: w.start_ms)
        self._slow.sort(key=lambda s: s.start_ms)

    def state(self) -> State:
        """A snapshot for `restore`."""
        return {
            "windows": table(self._windows, ChargeWindow),
            "slow": table(self._slow, SlowCharge),
            "open": None if self._open is None else rows_state(self._open, _COLUMNS),
        }

    @classmethod
    def restore(cls, state: State, rated_ah: float | None = None) -> ChargeLog:
        """The log as it was."""
        log = cls(rated_ah)
        log._windows = items(state["windows"], ChargeWindow)
        log._slow = items(state["slow"], SlowCharge)
        log._open = None if state["open"] is None else rows_of(state["open"])
        return log


def _carried(old: Sequence[Charge], gone: Gone) -> list[Charge]:
    return [charge for charge in old if gone(charge.start_ms) and gone(charge.end_ms)]


def _found(
    rows: PackRows, cells: int, rated_ah: float | None
) -> tuple[Sequence[ChargeWindow], Sequence[SlowCharge]]:
    windows = charge_windows(rows, rated_ah)
    return windows, slow_charges(rows, windows, cells)


def _open_from(rows: PackRows, edge_ms: int) -> int:
    """The first row of a charge that rows after `edge_ms` may still belong to; len without one."""
    at = np.flatnonzero(charging(rows))
    if not len(at) or edge_ms - rows.t_ms[at[-1]] > PAUSE_S * 1000:
        return len(rows)
    pauses = np.flatnonzero(np.diff(rows.t_ms[at]) > PAUSE_S * 1000)
    first = int(at[pauses[-1] + 1] if len(pauses) else at[0])
    return len(rows) if edge_ms - rows.t_ms[first] > LONGEST_MS else first
