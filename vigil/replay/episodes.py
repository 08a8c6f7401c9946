"""Rows of a high alarm level become events: one where an episode begins, one where it ends."""

from __future__ import annotations

import numpy as np

from firmware_contracts.events import Event, EventKind
from firmware_contracts.telemetry import Float64, Int64

CODE = "alarm_level"


def episodes(times_ms: Int64, levels: Float64, from_level: int) -> list[tuple[int, Event]]:
    """(row, event) in order of time; each event belongs to the row at which it shows.

    A null level between two rows of an episode does not end it. An episode that changes its level
    ends and begins anew in the same row. One that the recording leaves open has no end.
    """
    found: list[tuple[int, Event]] = []
    current = 0
    for row in np.argsort(times_ms, kind="stable").tolist():
        if np.isnan(levels[row]):
            continue
        level = int(levels[row]) if levels[row] >= from_level else 0
        if level == current:
            continue
        if current:
            found.append((row, _event(times_ms, row, current, active=False)))
        if level:
            found.append((row, _event(times_ms, row, level, active=True)))
        current = level
    return found


def _event(times_ms: Int64, row: int, level: int, *, active: bool) -> Event:
    return Event(
        kind=EventKind.ALARM, t_ms=int(times_ms[row]), code=CODE, level=level, active=active
    )
