"""Brings a database to the newest shape: runs `migrations/NNNN_what.sql` as vigil_owner.

Every file runs in one transaction and is recorded with its digest; a file that changed after it
ran is refused. An advisory lock lets many processes start at once. Tables that a migration lists
in `span_tables` are then cut into days the way the server's edition does it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL

from domain.errors import Refused
from store.db.edition import Edition, adopt
from store.db.errors import translated
from store.db.pool import Connection
from store.db.sql import queries

FOLDER = Path(__file__).parents[1] / "migrations"
_Q = queries("migrate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file: its number, what it does, its SQL and the SHA-256 of that."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """All migrations by number; ValueError when two share one."""
    found = [
        Migration(number=int(path.stem[:4]), name=path.stem[5:], sql=path.read_text("utf-8"))
        for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]
    numbers = [migration.number for migration in found]
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"two migrations share a number: {numbers}")
    return tuple(found)


def migrate(owner_url: str, *, folder: Path = FOLDER, upto: int | None = None) -> list[str]:
    """Run what is missing (up to a number); returns the names that ran, in order.

    Raises Refused when a file changed after it ran or the database is newer than this program.
    """
    with translated(), psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_Q["lock"])
        connection.execute(_Q["make_book"])
        wanted = [m for m in migrations(folder) if upto is None or m.number <= upto]
        missing = _missing(connection, wanted, all_known=upto is None)
        return [_run(connection, migration) for migration in missing]


def pending(owner_url: str, *, folder: Path = FOLDER) -> list[str]:
    """Names of the migrations that have not run yet."""
    with translated(), psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_Q["make_book"])
        return [_title(m) for m in _missing(connection, list(migrations(folder)), all_known=False)]


def _missing(
    connection: Connection, wanted: list[Migration], *, all_known: bool
) -> list[Migration]:
    done: dict[int, str] = dict(connection.execute(_Q["done"]).fetchall())
    known = {m.number for m in wanted}
    if all_known and (newer := sorted(set(done) - known)):
        raise Refused(
            f"the database has migrations this program does not know: {newer}",
            remedy="run the newer release of vigil that made them",
        )
    for migration in wanted:
        if done.get(migration.number, migration.digest) != migration.digest:
            raise Refused(
                f"migration {_title(migration)} changed after it ran",
                remedy="restore the file and put the change into a new migration",
            )
    return [m for m in wanted if m.number not in done]


def _run(connection: Connection, migration: Migration) -> str:
    with connection.transaction():
        connection.execute(SQL(migration.sql))
        adopt(connection, Edition.ask(connection))
        connection.execute(
            _Q["record"],
            {"number": migration.number, "name": migration.name, "digest": migration.digest},
        )
    return _title(migration)


def _title(migration: Migration) -> str:
    return f"{migration.number:04d}_{migration.name}"
