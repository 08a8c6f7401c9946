"""Which messages are new: the ledger's answer for the batches of one transaction.

no entry                       NEW        store it
same digest                    DUPLICATE  it gets its receipt
same digest, something waits   RETRY      try the waiting rows once more
other digest                   CONFLICT   keep it as a dead letter; the stream must end
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from domain.readings import REDRIVABLE, Accepted

Key = tuple[int, bytes, int]


class LedgerVerdict(Enum):
    """What to do with a batch."""

    NEW = "new"
    DUPLICATE = "duplicate"
    RETRY = "retry"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A ledger row as far as it decides; `rows_stored` of earlier transactions."""

    digest: bytes
    rows_stored: int
    waits: bool


def key_of(accepted: Accepted) -> Key:
    """Device, stream and sequence."""
    return accepted.device_id, accepted.batch.stream, accepted.batch.seq


def verdicts_of(batches: Sequence[Accepted], known: dict[Key, LedgerEntry]) -> list[LedgerVerdict]:
    """The verdict on each batch, in order; the second of two equal batches here is a DUPLICATE."""
    seen: dict[Key, LedgerEntry] = dict(known)
    found = []
    for accepted in batches:
        entry = seen.get(key_of(accepted))
        found.append(_verdict(accepted, entry))
        if found[-1] in (LedgerVerdict.NEW, LedgerVerdict.RETRY):
            seen[key_of(accepted)] = LedgerEntry(digest=accepted.digest, rows_stored=0, waits=False)
    return found


def _verdict(accepted: Accepted, entry: LedgerEntry | None) -> LedgerVerdict:
    if entry is None:
        return LedgerVerdict.NEW
    if entry.digest != accepted.digest:
        return LedgerVerdict.CONFLICT
    return LedgerVerdict.RETRY if entry.waits else LedgerVerdict.DUPLICATE


def still_waits(accepted: Accepted) -> bool:
    """True where something of the batch may still be stored later."""
    return any(reason in REDRIVABLE for reason in accepted.waiting)
