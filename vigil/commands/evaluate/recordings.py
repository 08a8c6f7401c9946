"""T-BOX tables as pack rows for the evaluations: columns, units and signs by the mapping file.

One file of the kind is read whole, sorted by time. What is a filler or not physical becomes NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import yaml
from pyarrow import csv, parquet

from domain.errors import BadInput
from models.battery.cell_trial import Recording
from models.features.rows import CELL_HIGH_V, CELL_LOW_V, PROBE_HIGH_C, PROBE_LOW_C, PackRows

Mapped = Mapping[str, Any]


def read(path: Path, mapping: Path | None = None) -> Recording:
    """The recording in `path` (parquet or csv); BadInput names what is missing."""
    rules = _rules(mapping)
    table = _table(path)
    t_ms = _times(table, rules["time"])
    order = np.argsort(t_ms, kind="stable")

    def signal(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        for column in rules["columns"]:
            if column["signal"] == name:
                return _column(table, column, len(order))[order]
        return np.full(len(order), np.nan)

    cell_names = _numbered(table, rules["cells"]["pattern"])
    if not cell_names:
        raise BadInput(
            "file", path.name, f"has no cell columns like {rules['cells']['pattern']}",
            remedy="give a table with one column per cell, or another mapping",
        )  # fmt: skip
    cells = _matrix(table, cell_names)[order]
    if np.nanmedian(cells) > 100:
        cells = cells / 1000
    cells[~((cells > CELL_LOW_V) & (cells < CELL_HIGH_V))] = np.nan
    high, low = signal("probe_max_c"), signal("probe_min_c")
    probes = _probes(table, rules, order, high)
    soc = signal("soc_pct")
    return Recording(
        rows=PackRows(
            t_ms=t_ms[order],
            voltage_v=signal("pack_voltage_v"),
            current_a=signal("pack_current_a"),
            soc_pct=soc * 100 if np.nanmax(soc, initial=0) <= 1.5 else soc,
            temperature_c=(high + low) / 2,
            odometer_m=signal("odometer_m"),
            insulation_kohm=signal("insulation_kohm"),
            bms_soh_pct=signal("bms_soh_pct"),
            onboard_soce_pct=signal("onboard_soce_pct"),
            speed_kmh=signal("vehicle_speed_kmh"),
            charge_kind=signal("charge_kind"),
            ambient_c=signal("ambient_temperature_c"),
            cells_v=np.ascontiguousarray(cells, dtype=np.float32),
            probes_c=probes,
        ),
        level=signal("alarm_level"),
        cell_names=tuple(cell_names),
    )


def _rules(mapping: Path | None) -> Mapped:
    text = (
        mapping.read_text(encoding="utf-8")
        if mapping
        else resources.files("vigil.mappings").joinpath("tbox.yaml").read_text(encoding="utf-8")
    )
    rules: Mapped = yaml.safe_load(text)
    return rules


def _table(path: Path) -> pa.Table:
    try:
        return csv.read_csv(path) if path.suffix == ".csv" else parquet.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput(
            "file", str(path), f"cannot be read: {error}", remedy="give a parquet or csv table"
        ) from error


def _times(table: pa.Table, rule: Mapped) -> np.ndarray[Any, np.dtype[np.int64]]:
    """UTC ms; times that name no zone are read in the mapping's zone."""
    name = next(
        (n for n in [rule["column"], *rule.get("aliases", [])] if n in table.schema.names), ""
    )
    if not name:
        raise BadInput("column", rule["column"], "is missing", remedy="name the time column")
    column = table[name].combine_chunks()
    if not pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms"))
    if column.null_count:
        raise BadInput("column", name, f"has {column.null_count} rows without a time")
    zoned = column.type.tz is not None
    ms = column.cast(pa.timestamp("ms", tz=column.type.tz), safe=False).cast(pa.int64()).to_numpy()
    if zoned:
        return np.asarray(ms, dtype=np.int64)
    return _to_utc(np.asarray(ms, dtype=np.int64), rule)


def _to_utc(
    local_ms: np.ndarray[Any, np.dtype[np.int64]], rule: Mapped
) -> np.ndarray[Any, np.dtype[np.int64]]:
    if "zone" not in rule:
        raise BadInput(
            "column", rule["column"], "names no time zone", remedy="add `zone` to the mapping"
        )
    from datetime import UTC, datetime

    zone = ZoneInfo(rule["zone"])
    hours, inverse = np.unique(local_ms // 3_600_000, return_inverse=True)
    shift = []
    for hour in hours:
        wall = datetime.fromtimestamp(int(hour) * 3600, tz=UTC).replace(tzinfo=zone)
        offset = wall.utcoffset()
        shift.append(0 if offset is None else int(offset.total_seconds() * 1000))
    return local_ms - np.array(shift, dtype=np.int64)[inverse]


def _column(table: pa.Table, rule: Mapped, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    names = [rule["column"], *rule.get("aliases", [])]
    name = next((n for n in names if n in table.schema.names), None)
    if name is None:
        return np.full(rows, np.nan)
    raw = _numbers(table, name)
    for filler in rule.get("fillers", []):
        raw[np.isclose(raw, filler)] = np.nan
    value: np.ndarray[Any, np.dtype[np.float64]] = rule.get("sign", 1) * (
        raw * rule.get("scale", 1) + rule.get("offset", 0)
    )
    return value


def _numbers(table: pa.Table, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    column = table[name].combine_chunks()
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.array(values, dtype=np.float64)


def _numbered(table: pa.Table, pattern: str) -> list[str]:
    """Columns of the pattern by number, from 1 without holes."""
    names = set(table.schema.names)
    found: list[str] = []
    while (name := pattern.replace("{n}", str(len(found) + 1))) in names:
        found.append(name)
    return found


def _matrix(table: pa.Table, names: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.stack([_numbers(table, name) for name in names], axis=1)


def _probes(
    table: pa.Table, rules: Mapped, order: np.ndarray[Any, Any], high_c: np.ndarray[Any, Any]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    names = _numbered(table, rules["probes"]["pattern"])
    if not names:
        return np.empty((len(order), 0), dtype=np.float32)
    probes = _matrix(table, names)[order]
    apart = np.nanmedian(np.nanmax(probes, axis=1) - high_c)
    if 30 < apart < 50:  # some sources add 40 to keep the byte positive
        probes -= 40
    probes[~((probes > PROBE_LOW_C) & (probes < PROBE_HIGH_C))] = np.nan
    return np.asarray(probes, dtype=np.float32)
