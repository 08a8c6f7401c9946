"""The ledger in the database: what stands there for some batches, and what is entered anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.readings import Accepted
from store.db.arrays import int4, int8, keys, times
from store.db.pool import Connection
from store.db.sql import queries
from store.sink.batch_outcomes import RowCount
from store.sink.ledger import Key, LedgerEntry, key_of, still_waits

_Q = queries("sink")


def entries_of(connection: Connection, batches: Sequence[Accepted]) -> dict[Key, LedgerEntry]:
    """Ledger entries of the batches that have one."""
    rows = connection.execute(
        _Q["ledger_lookup"],
        {
            "tenants": int4(a.tenant_id for a in batches),
            "devices": int4(a.device_id for a in batches),
            "streams": keys(a.batch.stream for a in batches),
            "seqs": int8(a.batch.seq for a in batches),
        },
    ).fetchall()
    return {
        (device, bytes(stream), seq): LedgerEntry(
            digest=bytes(digest), rows_stored=stored, waits=waits
        )
        for device, stream, seq, digest, stored, waits in rows
    }


def enter(
    connection: Connection,
    new_batches: Sequence[Accepted],
    counts: Mapping[Key, RowCount],
    entries: Mapping[Key, LedgerEntry],
) -> None:
    """Enter stored batches; a batch stored in two goes has the sum of both in one entry."""
    if not new_batches:
        return
    before = {key: entry.rows_stored for key, entry in entries.items()}
    stored = [counts[key_of(a)].stored + before.get(key_of(a), 0) for a in new_batches]
    waiting = [counts[key_of(a)].quarantined for a in new_batches]
    connection.execute(
        _Q["ledger"],
        {
            "tenants": int4(a.tenant_id for a in new_batches),
            "devices": int4(a.device_id for a in new_batches),
            "streams": keys(a.batch.stream for a in new_batches),
            "seqs": int8(a.batch.seq for a in new_batches),
            "digests": keys(a.digest for a in new_batches),
            "stored": int4(stored),
            "duplicate": int4(
                a.batch.rows - s - w for a, s, w in zip(new_batches, stored, waiting, strict=True)
            ),
            "quarantined": int4(waiting),
            "waits": [still_waits(a) for a in new_batches],
            "received": times(a.received_at for a in new_batches),
        },
    )
