"""Which messages are new: the ledger's answer for the batches of one transaction.

no entry                       NEW        store it
same digest                    KNOWN      a duplicate, it gets its receipt
same digest, something waits   AGAIN      try the waiting rows once more
other digest                   CONFLICT   keep it as a dead letter; the stream must end
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from domain.readings import REDRIVABLE, Accepted
from store.db.arrays import int4, int8, keys
from store.db.pool import Connection
from store.db.sql import queries

_Q = queries("telemetry")
Key = tuple[int, bytes, int]


class Fate(Enum):
    """What to do with a batch."""

    NEW = "new"
    KNOWN = "known"
    AGAIN = "again"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A ledger row as far as it decides; `rows_stored` of earlier transactions."""

    digest: bytes
    rows_stored: int
    waits: bool


def key_of(accepted: Accepted) -> Key:
    """Device, stream and sequence."""
    return accepted.device_id, accepted.batch.stream, accepted.batch.seq


def lookup(line: Connection, batches: Sequence[Accepted]) -> dict[Key, Entry]:
    """Ledger entries of the batches that have one."""
    rows = line.execute(
        _Q["ledger_lookup"],
        {
            "tenants": int4(a.tenant_id for a in batches),
            "devices": int4(a.device_id for a in batches),
            "streams": keys(a.batch.stream for a in batches),
            "seqs": int8(a.batch.seq for a in batches),
        },
    ).fetchall()
    return {
        (device, bytes(stream), seq): Entry(digest=bytes(digest), rows_stored=stored, waits=waits)
        for device, stream, seq, digest, stored, waits in rows
    }


def fates(batches: Sequence[Accepted], known: dict[Key, Entry]) -> list[Fate]:
    """The fate of each batch, in order; the second of two equal batches here is KNOWN."""
    seen: dict[Key, Entry] = dict(known)
    found = []
    for accepted in batches:
        entry = seen.get(key_of(accepted))
        found.append(_fate(accepted, entry))
        if found[-1] in (Fate.NEW, Fate.AGAIN):
            seen[key_of(accepted)] = Entry(digest=accepted.digest, rows_stored=0, waits=False)
    return found


def _fate(accepted: Accepted, entry: Entry | None) -> Fate:
    if entry is None:
        return Fate.NEW
    if entry.digest != accepted.digest:
        return Fate.CONFLICT
    return Fate.AGAIN if entry.waits else Fate.KNOWN


def waits(accepted: Accepted) -> bool:
    """True where something of the batch may still be stored later."""
    return any(reason in REDRIVABLE for reason in accepted.waiting)
