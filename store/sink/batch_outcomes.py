"""What became of each message of a transaction, counted in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.readings import Accepted, Outcome, Quarantine, Rejected, Stored
from firmware_contracts.topics import parse
from store.sink.ledger import Key, LedgerVerdict, key_of
from store.sink.rows import Bool, Rows

TO_WRITE = frozenset({LedgerVerdict.NEW, LedgerVerdict.RETRY})
"""Verdicts on batches whose content is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """Rows of one batch by what became of them; `urgent` counts events."""

    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    urgent: int = 0


def count_rows(
    batches: Sequence[Accepted], rows: Rows, has_vehicle: Bool, stored: Bool, urgent: Sequence[int]
) -> dict[Key, RowCount]:
    """Counts per batch: stored, equal to another row, without a vehicle."""
    stored_rows = np.bincount(rows.batch[stored], minlength=len(batches))
    with_vehicle = np.bincount(rows.batch[has_vehicle], minlength=len(batches))
    return {
        key_of(a): RowCount(
            stored=int(stored_rows[i]),
            duplicate=int(with_vehicle[i] - stored_rows[i]),
            quarantined=a.batch.rows - int(with_vehicle[i]),
            urgent=urgent[i],
        )
        for i, a in enumerate(batches)
    }


def outcome_of(
    accepted: Accepted, verdict: LedgerVerdict, written: Mapping[Key, RowCount]
) -> Stored:
    """The word of the ledger about one batch."""
    outcome, count, quarantined = _outcome(accepted, verdict, written)
    topic = parse(accepted.topic)
    return Stored(
        outcome=outcome,
        tenant=topic.tenant,
        device=topic.device,
        stream=accepted.batch.stream,
        seq=accepted.batch.seq,
        rows_stored=count.stored,
        rows_duplicate=count.duplicate,
        rows_quarantined=quarantined,
        urgent=count.urgent,
    )


def _outcome(
    accepted: Accepted, verdict: LedgerVerdict, written: Mapping[Key, RowCount]
) -> tuple[Outcome, RowCount, dict[str, int]]:
    waiting = dict(accepted.waiting)
    if verdict in TO_WRITE:
        return Outcome.COMMITTED, written[key_of(accepted)], waiting
    if verdict is LedgerVerdict.DUPLICATE:
        already_stored = accepted.batch.rows - sum(waiting.values())
        return Outcome.DUPLICATE, RowCount(duplicate=already_stored), waiting
    return Outcome.CONFLICT, RowCount(), {Quarantine.STREAM_CONFLICT.value: accepted.batch.rows}


def refusal_of(rejected: Rejected) -> Stored:
    """The word about a message that became a dead letter whole."""
    try:
        topic = parse(rejected.topic)
        tenant, device = topic.tenant, topic.device
    except ValueError:
        tenant = device = ""
    return Stored(
        outcome=Outcome.REFUSED,
        tenant=tenant,
        device=device,
        stream=rejected.stream,
        seq=rejected.seq,
        rows_quarantined={rejected.reason.value: rejected.rows},
    )
