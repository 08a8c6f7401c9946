"""The border: psycopg's errors become the product's own, once, with the cause kept.

SQLSTATE           becomes            because
08*, 57P0*, 53300  StoreUnavailable   connection lost, server starting, stopping, out of slots
25006, 40*, 55P03  StoreUnavailable   read-only after a failover, deadlock, lock not available
53100, 53200, 54*  StoreFull          disk or a limit of the database
23505, 23P01       Conflict           somebody else was first
22*, 23*, 42501    Refused            the database will never take this content
(none)             StoreUnavailable   the line broke before the server could say why
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from domain.errors import Conflict, Refused, StoreFull, StoreUnavailable, VigilError

_BY_STATE: tuple[tuple[str, type[VigilError], str], ...] = (
    ("08", StoreUnavailable, "check that the database runs and can be reached"),
    ("57P0", StoreUnavailable, "wait until the database is up again"),
    ("57014", StoreUnavailable, "the statement was cancelled; ask for less or allow more time"),
    ("53300", StoreUnavailable, "raise max_connections or run fewer processes"),
    ("25006", StoreUnavailable, "the server is read-only: point the URL at the primary"),
    ("40", StoreUnavailable, "try again"),
    ("55P03", StoreUnavailable, "try again"),
    ("53", StoreFull, "free disk space or raise the limit that the database names"),
    ("54", StoreFull, "the database's own limit was reached; split the content"),
    ("23505", Conflict, "read it again, then decide"),
    ("23P01", Conflict, "end the overlapping period first"),
    ("42501", Refused, "this role may not do that; use the process meant for it"),
    ("22", Refused, "correct the value"),
    ("23", Refused, "correct the value"),
)


def translate(error: Exception) -> VigilError | None:
    """The product's error for a foreign one; None where it is a fault of our own code."""
    if isinstance(error, PoolTimeout | PoolClosed | TooManyRequests):
        return StoreUnavailable(f"database: {error}", remedy="wait, or allow more connections")
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return StoreUnavailable(f"database: {error}", remedy="check that the database runs")
        if isinstance(error, psycopg.DataError):
            return Refused(f"database: {error}", remedy="correct the value")
        return None
    for prefix, kind, remedy in _BY_STATE:
        if error.sqlstate.startswith(prefix):
            return kind(f"database ({error.sqlstate}): {error}", remedy=remedy)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Raise the product's error in place of a foreign one."""
    try:
        yield
    except Exception as error:
        own = translate(error)
        if own is None:
            raise
        raise own from error
