"""Connections of one process: a pool, transactions, nothing else.

A pool belongs to one database role. Foreign errors leave it as errors of the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from store.db.errors import translated

Connection = psycopg.Connection[TupleRow]

_SESSION = "-c timezone=UTC -c synchronous_commit=on -c search_path=public"


class Pool:
    """Open connections to one database as one role; `close` it, or use it in a `with`."""

    def __init__(self, inner: ConnectionPool[Connection], url: str) -> None:
        self._inner = inner
        self.url = url

    @classmethod
    def open(
        cls,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 4,
        timeout_s: float = 10.0,
        name: str = "vigil",
    ) -> Pool:
        """Connect as the URL says; StoreUnavailable when that does not work in `timeout_s`."""
        options: dict[str, Any] = {"application_name": name, "options": _SESSION}
        inner: ConnectionPool[Connection] = ConnectionPool(
            url,
            kwargs=options,
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            open=False,
            name=name,
            reconnect_timeout=timeout_s,
            check=ConnectionPool.check_connection,
        )
        try:
            with translated():
                inner.open(wait=True, timeout=timeout_s)
        except BaseException:
            inner.close()
            raise
        return cls(inner, url)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back on any error."""
        with translated(), self._inner.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection in autocommit, for LISTEN and for statements that refuse transactions."""
        with (
            translated(),
            psycopg.connect(self.url, autocommit=True, options=_SESSION) as connection,
        ):
            yield connection

    def close(self) -> None:
        """Give all connections back to the server."""
        self._inner.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()
