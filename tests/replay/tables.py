"""Recordings the tests make themselves: a synthetic electric car with all the dirt of real ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

CELLS, PROBES = 8, 4
START = datetime(2024, 3, 1, 8, 0, 0)
Columns = dict[str, Any]


def drive(rows: int = 900, *, step_s: int = 30, seed: int = 7, plus40: bool = False) -> Columns:
    """A car that drives and charges in turn; current + = discharge, local time without a zone."""
    rng = np.random.default_rng(seed)
    phase = (np.arange(rows) // 60) % 2
    current = np.where(phase == 0, 40.0, -30.0) + rng.normal(0, 2, rows).round(1)
    soc = 70 - np.cumsum(current * step_s / 3600) / 120 * 100
    speed = np.where(phase == 0, 45.0, 0.0)
    odometer = 20_000 + np.cumsum(speed * step_s / 3600)
    rest = 3.5 + soc / 100 * 0.6
    cells = (rest - current * 0.0005)[:, None] + rng.normal(0, 0.002, (rows, CELLS))
    cells = cells.round(3)
    probes = np.full((rows, PROBES), 25.0) + rng.integers(-1, 2, (rows, PROBES))
    columns: Columns = {
        "tboxTime": [START + timedelta(seconds=step_s * i) for i in range(rows)],
        "vehSpeed": speed,
        "BMSBatteryVoltage": cells.sum(axis=1).round(1),
        "BMSBatteryCurrent": current.round(1),
        "vehBMSPackSOC": soc.round(1),
        "BMSCellVoltageMax": cells.max(axis=1),
        "BMSCellVoltageMin": cells.min(axis=1),
        "BMSProbeTempMax": probes.max(axis=1),
        "BMSProbeTempMin": probes.min(axis=1),
        "vehOdo": odometer.round(1),
        "insulationResistance": np.full(rows, 5.0),
        "BMSWarningInformation": np.zeros(rows),
        "BMSCellVoltageM": cells.mean(axis=1),
    }
    columns |= {f"V_{n + 1}": cells[:, n].copy() for n in range(CELLS)}
    columns |= {f"T_{n + 1}": probes[:, n] + (40 if plus40 else 0) for n in range(PROBES)}
    return columns


def soil(columns: Columns, seed: int = 3) -> Columns:
    """All the dirt that is known: fillers, NaN, twins, equal times, unsorted rows, an alarm."""
    rng = np.random.default_rng(seed)
    columns = {name: np.array(values).copy() for name, values in columns.items()}
    rows = len(columns["vehOdo"])
    for filler in (0.0, 5.0, 65.535, np.nan):
        for row in rng.integers(0, rows, 5):
            columns[f"V_{rng.integers(1, CELLS + 1)}"][row] = filler
    top = 165.0 if columns["T_1"][0] > 50 else 125.0
    columns["T_2"][rng.integers(0, rows, 4)] = top
    columns["vehOdo"][rng.integers(0, rows, 4)] = 0
    columns["vehBMSPackSOC"][rng.integers(0, rows, 4)] = np.nan
    columns["BMSWarningInformation"][rows // 2 : rows // 2 + 3] = 3
    for name in columns:
        columns[name][5] = columns[name][4]
    columns["tboxTime"][11] = columns["tboxTime"][10]
    order = np.arange(rows)
    order[20:40] = order[20:40][::-1]
    return {name: values[order] for name, values in columns.items()}


def write(columns: Columns, path: Path) -> Path:
    """As parquet or csv, by the name of the path."""
    table = pa.table(
        {name: pa.array(np.asarray(values).tolist()) for name, values in columns.items()}
    )
    if path.suffix == ".csv":
        csv.write_csv(table, path)
    else:
        parquet.write_table(table, path)
    return path
