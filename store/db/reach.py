"""Whose eyes a transaction has: tenant and reach, set for the transaction and gone with it.

Row-level security and the reading functions of migration 0014 look at these settings; without
them nothing is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from psycopg.rows import class_row
from psycopg.sql import SQL

from store.db.pool import Connection, Pool
from store.db.sql import queries

_Q = queries("reach")
T = TypeVar("T")


class Kind(StrEnum):
    """How far: own cars, the centre's cars under mandate or open work, all cars of the tenant."""

    OWNER = "owner"
    CENTRE = "centre"
    GROUP = "group"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Who asks. `person_id` is always the signed-in person; `centre_id` only for centre staff."""

    tenant_id: int
    kind: Kind
    person_id: int | None = None
    centre_id: int | None = None


@contextmanager
def reaching(pool: Pool, reach: Reach) -> Iterator[Connection]:
    """One transaction that sees what `reach` may see."""
    with pool.transaction() as connection:
        connection.execute(
            _Q["set_reach"],
            {
                "tenant": str(reach.tenant_id),
                "kind": reach.kind.value,
                "person": str(reach.person_id or ""),
                "centre": str(reach.centre_id or ""),
            },
        )
        yield connection


def rows(
    connection: Connection, query: SQL, parameters: Mapping[str, object], kind: type[T]
) -> list[T]:
    """All rows, each as one `kind`: a dataclass with a field for every column, by name.

    A column that `kind` does not know, or lacks, is a TypeError: SQL and record agree exactly.
    """
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, parameters).fetchall()


def row(
    connection: Connection, query: SQL, parameters: Mapping[str, object], kind: type[T]
) -> T | None:
    """The first row as one `kind`, or None."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, parameters).fetchone()


def value(connection: Connection, query: SQL, parameters: Mapping[str, object]) -> Any:
    """The first column of the first row; None without a row."""
    found = connection.execute(query, parameters).fetchone()
    return None if found is None else found[0]
