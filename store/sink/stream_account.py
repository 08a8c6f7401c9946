"""What became of one stream and of its vehicle: ledger, dead letters, offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from store.db.pool import Pool
from store.db.sql import queries

_Q = queries("stream_account")


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceAccount:
    """Rows of one sequence. `waiting` counts the rows of its open dead letters by reason."""

    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    entered: bool = False
    waiting: Mapping[str, int] = field(default_factory=dict)


def accounts_of(
    pool: Pool, tenant_id: int, device_id: int, stream: bytes
) -> dict[int, SequenceAccount]:
    """The fate of every sequence of the stream that the store has heard of."""
    key = {"tenant": tenant_id, "device": device_id, "stream": stream}
    with pool.transaction() as connection:
        entries = connection.execute(_Q["entries"], key).fetchall()
        letters = connection.execute(_Q["letters"], key).fetchall()
    waiting: dict[int, Counter[str]] = {}
    for seq, reason, rows, count in letters:
        by_reason = {name: len(positions) for name, positions in rows.items()}
        waiting.setdefault(seq, Counter()).update(by_reason or {reason: count})
    found = {
        seq: SequenceAccount(
            stored=stored,
            duplicate=duplicate,
            quarantined=quarantined,
            entered=True,
            waiting=dict(waiting.pop(seq, {})),
        )
        for seq, stored, duplicate, quarantined in entries
    }
    return found | {seq: SequenceAccount(waiting=dict(reasons)) for seq, reasons in waiting.items()}


def open_offers(pool: Pool, tenant_id: int, vehicle_id: int) -> tuple[int, int]:
    """Open offers of a vehicle, and its open alerts on which nobody has decided yet."""
    key = {"tenant": tenant_id, "vehicle": vehicle_id}
    with pool.transaction() as connection:
        counts = [connection.execute(_Q[name], key).fetchone() for name in ("offers", "undecided")]
    offers, undecided = (int(row[0]) if row else 0 for row in counts)
    return offers, undecided
