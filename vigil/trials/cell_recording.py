"""How good is the cell watch on one recording: what it flagged, when, against the car's own alarm.

The watch is fed the rows in time order, piece by piece, and is asked nothing but what it says.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from domain.health import Finding, Severity
from domain.vehicle import Chemistry
from models.base import Array, moment
from models.battery.cells.watch import CellWatch
from models.battery.pack_rows import Float32, PackRows

DAY_S = 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """One car's table: sorted rows, the car's own alarm level [n] (NaN without), column names,
    and how many rows the file has."""

    rows: PackRows
    level: Array
    cell_names: tuple[str, ...]
    rows_in: int


def trial(recording: Recording, *, chunk: int = 1000) -> dict[str, object]:
    """The car's entry of `evaluate weak-cell`; `lead_days` counts to the first level 3.

    False alarms are findings at orange or above on a table without level 3, or on a cell that is
    neither lowest nor highest in any level-3 row.
    """
    rows = recording.rows
    watch = CellWatch(
        chemistry=Chemistry.UNKNOWN, name=lambda number: recording.cell_names[number - 1]
    )
    pieces = list(rows.chunks(chunk))
    started = time.process_time()
    for piece in pieces:
        watch.update(piece)
    cpu_s = time.process_time() - started
    first = {str(n): _first(recording, n) for n in (1, 2, 3)}
    days = float(rows.t_ms[-1] - rows.t_ms[0]) / 1000 / DAY_S if len(rows) else 0.0
    findings = watch.findings()
    false = [f for f in findings if f.severity >= Severity.ORANGE and not _backed(f, recording)]
    alarm_ms = _first_ms(recording, 3)
    return {
        "rows": recording.rows_in,
        "rows_used": len(rows),
        "days": round(days, 3),
        "cells": len(recording.cell_names),
        "first_level": first,
        "flagged": [_flag(f, alarm_ms) for f in findings],
        "false_alarms": len(false),
        "false_alarms_per_day": round(len(false) / max(days, 1e-9), 5) if days else 0.0,
        "late_rows": watch.late_rows,
        "cpu_us_per_row": round(cpu_s / max(len(rows), 1) * 1e6, 3),
    }


def _first_ms(recording: Recording, level: int) -> int | None:
    at = np.flatnonzero(recording.level == level)
    return int(recording.rows.t_ms[at[0]]) if len(at) else None


def _first(recording: Recording, level: int) -> str | None:
    at = _first_ms(recording, level)
    return None if at is None else moment(at).isoformat()


def _flag(finding: Finding, alarm_ms: int | None) -> Mapping[str, object]:
    since_s = finding.since.timestamp()
    lead = None if alarm_ms is None else round((alarm_ms / 1000 - since_s) / DAY_S, 3)
    return {
        "cell": finding.component,
        "since": finding.since.isoformat(),
        "lead_days": lead,
        "kind": finding.cause,
        "severity": finding.severity.word,
        "method": finding.method.value,
        "recovered": finding.recovered,
        "values": dict(finding.values),
        "alarm_expected": [
            None if finding.due_low is None else finding.due_low.isoformat(),
            None if finding.due_high is None else finding.due_high.isoformat(),
        ],
    }


def _backed(finding: Finding, recording: Recording) -> bool:
    """Was the cell the lowest or the highest of its pack in any level-3 row?"""
    alarmed = recording.rows.cells_v[recording.level == 3]
    extremes = _extremes(alarmed)
    return any(recording.cell_names[cell] == finding.component for cell in extremes)


def _extremes(cells_v: Float32) -> set[int]:
    known = cells_v[~np.isnan(cells_v).all(axis=1)] if len(cells_v) else cells_v
    if not len(known):
        return set()
    lowest = known == np.nanmin(known, axis=1, keepdims=True)
    highest = known == np.nanmax(known, axis=1, keepdims=True)
    return set(np.flatnonzero((lowest | highest).any(axis=0)).tolist())
