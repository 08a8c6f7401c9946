"""Recordings as the models see them: the reader of `vigil replay`, sorted as windows are.

Rows without a readable time are left out; of rows with equal times the last one stands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from domain.errors import BadInput
from domain.readings import Column, Matrix, Window
from firmware_contracts.signals import BY_NAME
from models.battery.pack_rows import SIGNALS, pack_rows
from vigil.replay import checks
from vigil.replay.mapping import load
from vigil.replay.readings import Readings
from vigil.replay.table import numbered
from vigil.replay.table import read as read_table
from vigil.replay.values import Turned
from vigil.trials.cell_recording import Recording


def read(path: Path, mapping: str = "tbox") -> Recording:
    """The recording in `path` (parquet or csv) by a built-in mapping or a mapping file.

    BadInput names the file, the column and the remedy.
    """
    rules = load(mapping)
    readings = Readings(recording=read_table(path, rules), mapping=rules)
    checks.run(readings)
    cells = readings.get("cells")
    if cells is None or rules.cells is None:
        sought = (
            ", ".join(rules.cells.patterns) if rules.cells else "none: the mapping has no cells"
        )
        raise BadInput(
            "file",
            path.name,
            f"has no readable cell voltages (looked for {sought})",
            remedy="give one column a cell, and name it under cells.pattern of a mapping file",
        )
    times = readings.recording.times_ms
    order = _order(times, readings.recording.timed)
    ticks = times[order]
    _readable(path.name, readings, cells, len(ticks))

    def matrix(turned: Turned | None) -> Matrix | None:
        if turned is None:
            return None
        values = turned.values[order].astype(np.float32)
        return Matrix(ticks_ms=ticks, values=values, reasons=turned.reasons[order])

    scalar = {name: turned for name, turned in readings.all().items() if name in BY_NAME}
    window = Window(
        vehicle_id=0,
        start_ms=int(ticks[0]) if len(ticks) else 0,
        end_ms=int(ticks[-1]) + 1 if len(ticks) else 0,
        ticks_ms=ticks,
        columns={
            name: Column(values=scalar[name].values[order], reasons=scalar[name].reasons[order])
            for name in SIGNALS
            if name in scalar
        },
        cells=matrix(cells),
        probes=matrix(readings.get("probes")),
    )
    level = scalar["alarm_level"].values[order] if "alarm_level" in scalar else None
    found = numbered(list(readings.recording.columns), *rules.cells.patterns)
    names = (found.get(n, str(n)) for n in range(1, cells.values.shape[1] + 1))
    return Recording(
        rows=pack_rows(window),
        level=np.full(len(ticks), np.nan) if level is None else level,
        cell_names=tuple(names),
        rows_in=readings.recording.rows,
    )


def _readable(name: str, readings: Readings, cells: Turned, rows: int) -> None:
    """BadInput where not one row, or not one cell in a hundred, can be read."""
    if readings.recording.rows and not rows:
        raise BadInput(
            "file",
            name,
            "has no row with a readable time",
            remedy="write times like 2024-05-01 08:30:00, and name the column under time.column",
        )
    if np.isfinite(cells.values).mean() < 0.01:
        middle = np.nanmedian(np.concatenate(readings.raw_parts("cells")))
        raise BadInput(
            "file",
            name,
            f"has cells around {middle:.4g}, which are neither V nor mV",
            remedy="give cells.scale and cells.offset in a mapping file",
        )


def _order(times: np.ndarray, timed: np.ndarray) -> np.ndarray:
    """Rows by time, the last of those with equal times."""
    rows = np.flatnonzero(timed)
    rows = rows[np.argsort(times[rows], kind="stable")]
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = times[rows[1:]] != times[rows[:-1]]
    return np.asarray(rows[last])
