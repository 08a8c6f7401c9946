"""Yardsticks for ingest: the same rows by the shortest ways into tables beside the real ones.

    raw        a prebuilt binary COPY, no index; nothing else
    ledger     arrays into binary COPY, plain index, a ledger entry per message, one transaction
    naive      one INSERT per row, one transaction per message

Durable: every batch is a commit. The tables are cut into days as the real ones are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from psycopg.sql import SQL, Identifier, Placeholder

from domain.readings import Accepted
from store.db.arrays import int4, int8, keys
from store.db.edition import Edition, adopt, create_spans
from store.db.pgcopy import Group, pg_time, scalars, stream
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.sink.copy import part_groups, value_groups
from store.sink.rows import Rows, lay_out

RAW, RAW_CELLS, INDEXED, INDEXED_CELLS, NAIVE = (
    "bench_raw",
    "bench_raw_cells",
    "bench_indexed",
    "bench_indexed_cells",
    "bench_naive",
)
_Q = queries("bench_ingest")
_COPY = queries("sink")["copy"]
_HEAD = ("ts", "vehicle_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """COPY streams of some rows: (columns, bytes) for the wide table, and for cells if any."""

    wide: tuple[tuple[str, ...], bytes]
    cells: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Messages as arrays, decoded and side by side."""

    batches: Sequence[Accepted]
    rows: Rows


class BenchTables:
    """Makes the tables on `open`, drops them on `close`; connects as vigil_owner."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def open(self, columns: Sequence[str], day: date) -> None:
        """Fresh tables with these columns of the catalogue and room for a day."""
        self.close()
        wide = (*_HEAD, *columns)
        with self._pool.transaction() as connection:
            for table in (RAW, INDEXED, NAIVE):
                _make(connection, table, "telemetry", wide)
            for table in (RAW_CELLS, INDEXED_CELLS):
                _make(connection, table, "cells", (*_HEAD, "first", "readings"))
            connection.execute(_Q["ledger_table"])
            adopt(connection, Edition.ask(connection))
            for table in (INDEXED, INDEXED_CELLS, NAIVE):
                connection.execute(_Q["index"].format(table=Identifier(table)))
            for table in (RAW, RAW_CELLS, INDEXED, INDEXED_CELLS, NAIVE):
                create_spans(connection, table, [day])

    def close(self) -> None:
        """Nothing is left of them."""
        tables = [RAW, RAW_CELLS, INDEXED, INDEXED_CELLS, NAIVE]
        with self._pool.transaction() as connection:
            for table in (*tables, "bench_ledger"):
                connection.execute(_Q["drop"].format(table=Identifier(table)))
            connection.execute(_Q["uncut"], {"tables": tables})

    def raw(self, copies: Copies) -> None:
        """One commit of prebuilt bytes."""
        with self._pool.transaction() as connection:
            _write(connection, RAW, RAW_CELLS, copies)

    def with_ledger(self, laid: Laid, first_seq: int) -> None:
        """One commit from arrays; the messages' sequences begin at `first_seq`."""
        batches = laid.batches
        with self._pool.transaction() as connection:
            connection.execute(
                _Q["ledger"],
                {
                    "tenants": int4(a.tenant_id for a in batches),
                    "devices": int4(a.device_id for a in batches),
                    "streams": keys(a.batch.stream for a in batches),
                    "seqs": int8(first_seq for _ in batches),
                    "digests": keys(a.digest for a in batches),
                    "rows": int4(a.batch.rows for a in batches),
                },
            )
            _write(connection, INDEXED, INDEXED_CELLS, copies_of(laid.rows))

    def insert(self, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
        """One commit of single INSERTs; `rows` by column name, ts as text."""
        statement = _Q["insert_row"].format(
            table=Identifier(NAIVE),
            columns=SQL(", ").join(map(Identifier, columns)),
            values=SQL(", ").join(map(Placeholder, (*_HEAD, *columns))),
        )
        with self._pool.transaction() as connection, connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def laid(batches: Sequence[Accepted]) -> Laid:
    """The messages as arrays."""
    return Laid(batches=batches, rows=lay_out(batches))


def copies_of(rows: Rows) -> Copies:
    """The COPY streams of all rows."""
    where = np.arange(rows.count, dtype=np.int64)
    names, groups = value_groups(rows, where)
    head = _head(rows, where)
    cells = [
        stream([*_head(rows, at), *found])
        for _, at, found in part_groups(rows.cells, np.ones(rows.count, dtype=np.bool_))
    ]
    return Copies(
        wide=((*_HEAD, *names), stream([*head, *groups])), cells=cells[0] if cells else None
    )


def _head(rows: Rows, where: np.ndarray) -> list[Group]:
    return [scalars(pg_time(rows.utc_ms[where]), ">i8"), scalars(rows.vehicle[where], ">i8")]


def _make(connection: Connection, table: str, other: str, columns: Sequence[str]) -> None:
    connection.execute(
        _Q["like"].format(
            table=Identifier(table),
            columns=SQL(", ").join(map(Identifier, columns)),
            other=Identifier(other),
        )
    )
    connection.execute(_Q["cut"], {"table": table})


def _write(connection: Connection, wide: str, cells: str, copies: Copies) -> None:
    streams = [(wide, *copies.wide)]
    if copies.cells is not None:
        streams.append((cells, (*_HEAD, "first", "readings"), copies.cells))
    for table, columns, data in streams:
        statement = _COPY.format(
            table=Identifier(table), columns=SQL(", ").join(map(Identifier, columns))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(data)


def register(
    pool: Pool, tenant_id: int, names: Sequence[str], vehicles: Sequence[int]
) -> list[int]:
    """Many cars with their devices in one go, as vigil_worker; ids of the devices."""
    given = {"tenant": tenant_id, "names": list(names), "vehicles": list(vehicles)}
    with pool.transaction() as connection:
        connection.execute(_Q["vehicles"], given)
        devices = [number for (number,) in connection.execute(_Q["devices"], given).fetchall()]
        connection.execute(_Q["marks"], {**given, "devices": devices})
        connection.execute(_Q["bindings"], {**given, "devices": devices})
    return devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Rows of a tenant by the ledger, and those that really are in the table."""

    stored: int
    duplicate: int
    waiting: int
    counted: int


def stored_of(pool: Pool, tenant_id: int) -> Stored:
    """What there is of a tenant; any role that reads."""
    with pool.transaction() as connection:
        sums = connection.execute(_Q["stored"], {"tenant": tenant_id}).fetchone() or (0, 0, 0)
        count = connection.execute(_Q["counted"], {"tenant": tenant_id}).fetchone() or (0,)
    return Stored(stored=sums[0], duplicate=sums[1], waiting=sums[2], counted=count[0])


def written(pool: Pool) -> tuple[int, int]:
    """Bytes of WAL ever written, and bytes of the database."""
    with pool.transaction() as connection:
        row = connection.execute(_Q["written"]).fetchone() or (0, 0)
    return int(row[0]), int(row[1])


def configuration(pool: Pool) -> dict[str, str]:
    """Edition and settings of the server that matter for speed."""
    with pool.transaction() as connection:
        edition = Edition.ask(connection)
        found = dict(connection.execute(_Q["configuration"]).fetchall())
    return {"edition": str(edition), **found}


def day_of(utc_ms: int) -> date:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).date()
