"""Which database this is, and how a table is cut into spans of a day.

    community   TimescaleDB under its own licence: chunks, columnstore
    apache      TimescaleDB's Apache edition: chunks
    plain       PostgreSQL 16 or newer: native partitions by day

Nothing outside this file and `queries/edition.sql` knows the difference. Ingest makes spans,
the worker drops them; both only through functions that the owner made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from psycopg.sql import Identifier

from store.db.pool import Connection
from store.db.sql import queries

_Q = queries("edition")


class Edition(StrEnum):
    """The kind of server."""

    COMMUNITY = "community"
    APACHE = "apache"
    PLAIN = "plain"

    @classmethod
    def ask(cls, connection: Connection) -> Edition:
        """What the connected database is."""
        row = connection.execute(_Q["license"]).fetchone()
        licence = row[0] if row else None
        if licence is None:
            return cls.PLAIN
        return cls.APACHE if licence == "apache" else cls.COMMUNITY

    @property
    def timescale(self) -> bool:
        """True where spans are chunks."""
        return self is not Edition.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One piece of a table: rows with low <= time < high."""

    name: str
    low: datetime
    high: datetime


def adopt(connection: Connection, edition: Edition) -> None:
    """Cut every table listed in `span_tables` that is not cut yet; run by the owner."""
    if connection.execute(_Q["has_list"]).fetchone() is None:
        return
    functions = "timescale" if edition.timescale else "plain"
    for name in ("create", "list", "drop"):
        connection.execute(_Q[f"{functions}_span_{name}"])
    connection.execute(_Q["close_functions"])
    for table, column in connection.execute(_Q["uncut"]).fetchall():
        if edition.timescale:
            connection.execute(_Q["hypertable"], {"table": table, "column": column})
        else:
            connection.execute(
                _Q["partitioned"].format(
                    table=Identifier(table),
                    old=Identifier(f"{table}_uncut"),
                    column=Identifier(column),
                )
            )
        connection.execute(_Q["mark_cut"], {"table": table})


def create_spans(connection: Connection, table: str, days: Iterable[date]) -> None:
    """Make room for the given days; days that have room already are left."""
    connection.execute(_Q["create"], {"table": table, "days": list(days)})


def list_spans(connection: Connection, table: str) -> list[Span]:
    """Spans of a table, oldest first."""
    rows = connection.execute(_Q["list"], {"table": table}).fetchall()
    return [Span(name=name, low=low, high=high) for name, low, high in rows]


def drop_spans(connection: Connection, table: str, before: datetime) -> int:
    """Drop the spans that end at or before a moment; returns how many went."""
    row = connection.execute(_Q["drop"], {"table": table, "before": before}).fetchone()
    return int(row[0]) if row else 0
