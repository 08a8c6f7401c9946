"""Rows of a transaction into the tables of readings, by binary COPY.

Every kind of reading has a live table (cut by event day) and an import table (cut by the day of
reception) for history that was older than 31 days when it came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from psycopg.sql import SQL, Identifier

from domain.readings import Accepted
from firmware_contracts.durations import DAY_MS
from firmware_contracts.signal import Storage
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import Int64, Origin
from store.db.pgcopy import EPOCH_MS, Group, pg_time, scalars, smallint_array, stream
from store.db.pool import Connection
from store.db.schema import POSITION, POSITION_IDS
from store.db.sql import queries
from store.sink.rows import IMPORT_AGE_MS, Bool, Grid, Parts, Rows, unix_us

READINGS = ("telemetry", "cells", "probes", "positions", "rare")
_DAY_MS = DAY_MS
_FIRST_DAY = date(1970, 1, 1)
_HEAD = ("tenant_id", "vehicle_id", "ts", "source_id", "received_at", "origin")
_Q = queries("sink")
_KINDS = {Storage.REAL: ">f4", Storage.DOUBLE: ">f8", Storage.INTEGER: ">i8", Storage.BOOLEAN: "?"}


def days(accepted: Sequence[Accepted]) -> set[tuple[str, date]]:
    """(table, day) of every span that the batches may need."""
    if not accepted:
        return set()
    sizes = [batch.batch.rows for batch in accepted]
    utc_ms = np.concatenate([batch.utc_ms for batch in accepted])
    bound = np.concatenate([batch.vehicle_ids for batch in accepted]) != 0
    received = np.repeat([unix_us(batch.received_at) // 1000 for batch in accepted], sizes)
    imported = np.repeat([batch.batch.origin is Origin.IMPORT for batch in accepted], sizes)
    aged = imported & (utc_ms < received - IMPORT_AGE_MS)
    return {
        (f"{prefix}{table}", _day(number))
        for prefix, chosen, times in (
            ("", bound & ~aged, utc_ms),
            ("import_", bound & aged, received),
        )
        for number in np.unique(times[chosen] // _DAY_MS).tolist()
        for table in READINGS
    }


def _day(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number)


def copy_rows(connection: Connection, rows: Rows, fresh: Bool) -> None:
    """Write the fresh rows with their cells, probes, positions and rare signals."""
    aged = rows.aged_import
    for prefix, chosen in (("", fresh & ~aged), ("import_", fresh & aged)):
        if not chosen.any():
            continue
        where = np.flatnonzero(chosen)
        _copy_wide(connection, f"{prefix}telemetry", rows, where)
        _copy_positions(connection, f"{prefix}positions", rows, where)
        _copy_parts(connection, f"{prefix}cells", rows, rows.cells, chosen)
        _copy_parts(connection, f"{prefix}probes", rows, rows.probes, chosen)
        _copy_rare(connection, f"{prefix}rare", rows, chosen)


def _head(rows: Rows, where: Int64) -> list[Group]:
    """tenant_id, vehicle_id, ts, source_id, received_at, origin."""
    return [
        scalars(rows.tenant[where], ">i4"),
        scalars(rows.vehicle[where], ">i8"),
        scalars(pg_time(rows.utc_ms[where]), ">i8"),
        scalars(rows.source[where], ">i4"),
        scalars(rows.received_us[where] - EPOCH_MS * 1000, ">i8"),
        scalars(rows.origin[where], ">i2"),
    ]


def _copy(
    connection: Connection, table: str, columns: Sequence[str], groups: Sequence[Group]
) -> None:
    statement = _Q["copy"].format(
        table=Identifier(table), columns=SQL(", ").join(map(Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(stream(groups))


def _copy_wide(connection: Connection, table: str, rows: Rows, where: Int64) -> None:
    digest = scalars(rows.digest[where], ">i8")
    names, groups = value_groups(rows, where)
    _copy(connection, table, (*_HEAD, "row_digest", *names), [*_head(rows, where), digest, *groups])


def value_groups(rows: Rows, where: Int64) -> tuple[list[str], list[Group]]:
    """Names and fields of the wide row's signals. Columns that have no value in any of these rows
    are left to the database: null."""
    names: list[str] = []
    groups: list[Group] = []
    for grid in (rows.real.take(where), rows.wide.take(where)):
        for storage, kind in _KINDS.items():
            columns = _filled(grid, storage)
            if columns:
                names += [BY_ID[grid.ids[c]].name for c in columns]
                groups.append(_typed(grid, columns, kind))
    return names, groups


def _filled(grid: Grid, storage: Storage) -> list[int]:
    """Columns of one storage type with at least one value."""
    if not grid.ids:
        return []
    filled: Bool = ~np.all(grid.null, axis=0)
    return [
        c
        for c, signal in enumerate(grid.ids)
        if filled[c] and signal not in POSITION_IDS and BY_ID[signal].storage is storage
    ]


def _typed(grid: Grid, columns: list[int], kind: str) -> Group:
    null = grid.null[:, columns]
    values = grid.values[:, columns]
    if kind in (">i8", "?"):
        values = np.where(null, 0, values)
    return scalars(values, kind, null)


def _copy_positions(connection: Connection, table: str, rows: Rows, where: Int64) -> None:
    grid = rows.wide
    columns = [c for c, signal in enumerate(grid.ids) if signal in POSITION_IDS]
    if not columns:
        return
    where = where[~grid.null[where][:, columns].all(axis=1)]
    if not where.shape[0]:
        return
    part = grid.take(where)
    names = [BY_ID[grid.ids[c]].name for c in columns]
    assert set(names) <= {s.name for s in POSITION}
    _copy(connection, table, (*_HEAD, *names), [*_head(rows, where), _typed(part, columns, ">f8")])


def _copy_parts(
    connection: Connection, table: str, rows: Rows, packs: Sequence[Parts], chosen: Bool
) -> None:
    """All packs of one width in one stream."""
    for _, where, groups in part_groups(packs, chosen):
        _copy(connection, table, (*_HEAD, "first", "readings"), [*_head(rows, where), *groups])


def part_groups(
    packs: Sequence[Parts], chosen: Bool
) -> Iterator[tuple[tuple[int, int], Int64, list[Group]]]:
    """(width and first part, rows, fields `first` and `readings`) of the packs' chosen rows."""
    by_shape: dict[tuple[int, int], list[Parts]] = {}
    for pack in (p for p in packs if p.values.shape[1]):
        by_shape.setdefault((pack.values.shape[1], pack.first), []).append(pack)
    for shape, same in by_shape.items():
        where = np.concatenate([p.rows for p in same])
        keep = chosen[where]
        if keep.any():
            values = np.concatenate([p.values for p in same])[keep]
            null = np.concatenate([p.null for p in same])[keep]
            first = scalars(np.full(values.shape[0], shape[1]), ">i2")
            yield shape, where[keep], [first, smallint_array(values, null)]


def _copy_rare(connection: Connection, table: str, rows: Rows, chosen: Bool) -> None:
    keep = chosen[rows.rare.rows]
    if not keep.any():
        return
    groups = [
        *_head(rows, rows.rare.rows[keep]),
        scalars(rows.rare.signals[keep], ">i8"),
        scalars(rows.rare.values[keep], ">f8"),
    ]
    _copy(connection, table, (*_HEAD, "signal_id", "value"), groups)
