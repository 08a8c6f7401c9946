"""A recording as it lies in a file: raw columns by header, event times in UTC. Judges no value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from domain.errors import BadInput
from firmware_contracts.telemetry import Float64, Int64
from vigil.replay.mapping import Mapping

NO_TIME = np.iinfo(np.int64).min
NULLS = ["", "NaN", "nan", "NULL", "null", "None", "N/A", "NA", "#N/A"]
BLOCK_MS = 900_000
"""Zones change their offset at multiples of 15 minutes only."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """Rows in the order of the file. `times_ms` is NO_TIME where a row has no readable time."""

    digest: bytes
    times_ms: Int64
    columns: dict[str, Float64]
    not_numbers: dict[str, int]

    @property
    def rows(self) -> int:
        """Number of rows, those without a time included."""
        return len(self.times_ms)

    @property
    def timed(self) -> npt.NDArray[np.bool_]:
        """Which rows have a time."""
        timed: npt.NDArray[np.bool_] = self.times_ms != NO_TIME
        return timed

    def column(self, *names: str) -> Float64 | None:
        """The first column that is there under one of these names."""
        found = find(list(self.columns), names)
        return None if found is None else self.columns[found]


def read(path: Path, mapping: Mapping) -> Recording:
    """Every column the mapping speaks of. BadInput for a file or times nobody can read."""
    table = _table(path)
    time_name = find(table.column_names, (mapping.time.column, *mapping.time.aliases))
    if time_name is None:
        raise BadInput(
            str(path),
            mapping.time.column,
            "has no such time column",
            remedy=f"it has: {', '.join(table.column_names[:8])} ...; name the right one in the "
            "mapping",
        )
    columns: dict[str, Float64] = {}
    not_numbers: dict[str, int] = {}
    for name in _wanted(table.column_names, mapping):
        columns[name], bad = _numbers(table[name])
        if bad:
            not_numbers[name] = bad
    return Recording(
        digest=file_digest(path),
        times_ms=_times(table[time_name], time_name, mapping),
        columns=columns,
        not_numbers=not_numbers,
    )


def file_digest(path: Path) -> bytes:
    """16 bytes over the file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()


def numbered(names: Sequence[str], *patterns: str) -> dict[int, str]:
    """Headers that fit the first pattern with {n} that any fits, by number."""
    for pattern in patterns:
        before, after = pattern.split("{n}")
        shape = re.compile(rf"{re.escape(before)}0*([1-9][0-9]*){re.escape(after)}\Z")
        found = {int(match[1]): name for name in names if (match := shape.match(name))}
        if found:
            return found
    return {}


def find(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The header meant by the first of `wanted` that is there; letter case, blanks and
    punctuation count only where headers differ in nothing else."""
    exact = next((name for name in wanted if name in names), None)
    if exact is not None:
        return exact
    squeezed = {_squeezed(name): name for name in reversed(names)}
    return next((squeezed[_squeezed(w)] for w in wanted if _squeezed(w) in squeezed), None)


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _table(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix.lower() == ".parquet":
            return parquet.read_table(path)
        options = csv.ConvertOptions(null_values=NULLS, strings_can_be_null=True)
        return csv.read_csv(path, convert_options=options)
    except FileNotFoundError as problem:
        raise BadInput("FILE", str(path), "is not there", remedy="name a file") from problem
    except (pa.ArrowException, OSError) as problem:
        raise BadInput(
            "FILE", str(path), f"cannot be read: {problem}", remedy="give a parquet or csv table"
        ) from problem


def _wanted(names: Sequence[str], mapping: Mapping) -> list[str]:
    found = [find(names, (c.column, *c.aliases)) for c in mapping.columns]
    found += [name for name in mapping.witnesses if name in names]
    for pack in (mapping.cells, mapping.probes):
        found += numbered(names, *pack.patterns).values() if pack else ()
    return list(dict.fromkeys(filter(None, found)))


def _numbers(column: Any) -> tuple[Float64, int]:
    """float64 with NaN for null, and how many entries are text that is no number."""
    import pyarrow as pa

    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan), 0
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.array(values, dtype=np.float64), 0
    said = column.to_pylist()
    values = np.array([_number(text) for text in said], dtype=np.float64)
    empty = sum(text is None or text.strip() in NULLS for text in said)
    return values, int(np.isnan(values).sum()) - empty


def _number(text: str | None) -> float:
    try:
        return float(text) if text is not None else np.nan
    except ValueError:
        return np.nan


def _times(column: Any, name: str, mapping: Mapping) -> Int64:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        raw = column.cast(pa.timestamp("ms"), safe=False)
        local = np.array(raw.cast(pa.int64()).fill_null(NO_TIME).to_numpy(), dtype=np.int64)
        return local if column.type.tz else _to_utc(local, name, mapping)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _parsed(column.to_pylist(), name, mapping)
    raise BadInput(
        name,
        str(column.type),
        "does not hold times",
        remedy="give dates with time of day, like 2024-05-01 08:30:00+08:00",
    )


def _parsed(texts: Sequence[str | None], name: str, mapping: Mapping) -> Int64:
    """Times written as text, each with or without its own zone."""
    moments = [_moment(text) for text in texts]
    aware = np.array([m is not None and m.tzinfo is not None for m in moments], dtype=bool)
    stamps = np.array([_ms(m) for m in moments], dtype=np.int64)
    naive = ~aware & (stamps != NO_TIME)
    if naive.any():
        stamps[naive] = _to_utc(stamps[naive], name, mapping)
    return stamps


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip().replace("/", "-")) if text else None
    except ValueError:
        return None


def _ms(moment: datetime | None) -> int:
    if moment is None:
        return int(NO_TIME)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _to_utc(local_ms: Int64, name: str, mapping: Mapping) -> Int64:
    """Wall-clock ms of the mapping's zone as UTC; an hour that comes twice means the first."""
    if mapping.time.zone is None:
        raise BadInput(
            name,
            "",
            "holds times that name no zone, and the mapping names none",
            remedy="add time.zone to the mapping, e.g. zone: Asia/Shanghai",
        )
    zone = ZoneInfo(mapping.time.zone)
    timed = local_ms != NO_TIME
    blocks, place = np.unique(local_ms[timed] // BLOCK_MS, return_inverse=True)
    offsets = np.array([_offset_ms(int(block) * BLOCK_MS, zone) for block in blocks], np.int64)
    utc = local_ms.copy()
    utc[timed] -= offsets[place] if len(blocks) else 0
    return utc


def _offset_ms(local_ms: int, zone: ZoneInfo) -> int:
    wall = datetime(1970, 1, 1) + timedelta(milliseconds=local_ms)
    offset = wall.replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)
