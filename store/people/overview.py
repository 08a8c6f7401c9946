"""Four figures of the whole store, for the operator: nothing about a single car."""

from __future__ import annotations

from store.db.pool import Pool
from store.db.sql import queries

_Q = queries("overview")


def overview(pool: Pool, *, fresh_s: int) -> dict[str, int]:
    """`vehicles`, `fresh` (event time younger than `fresh_s`), `alerts_open`, `offers_open`.

    Connects as vigil_worker; StoreUnavailable when the database does not answer.
    """
    with pool.transaction() as connection:
        row = connection.execute(_Q["figures"], {"fresh_s": fresh_s}).fetchone()
    names = ("vehicles", "fresh", "alerts_open", "offers_open")
    return dict(zip(names, row, strict=True)) if row else dict.fromkeys(names, 0)
