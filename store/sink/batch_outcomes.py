"""What became of each message of a transaction, counted in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.readings import Accepted, Outcome, Quarantine, Rejected, Stored
from firmware_contracts.topics import parse
from store.sink.ledger import Fate, Key, key_of
from store.sink.rows import Bool, Rows

STORED = frozenset({Fate.NEW, Fate.AGAIN})
"""Fates of batches whose content is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Rows of one batch by what became of them; `urgent` counts events."""

    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    urgent: int = 0


def counts(
    batches: Sequence[Accepted], rows: Rows, bound: Bool, stored: Bool, urgent: Sequence[int]
) -> dict[Key, Count]:
    """Counts per batch: stored, equal to another row, without a vehicle."""
    kept = np.bincount(rows.batch[stored], minlength=len(batches))
    with_vehicle = np.bincount(rows.batch[bound], minlength=len(batches))
    return {
        key_of(a): Count(
            stored=int(kept[i]),
            duplicate=int(with_vehicle[i] - kept[i]),
            quarantined=a.batch.rows - int(with_vehicle[i]),
            urgent=urgent[i],
        )
        for i, a in enumerate(batches)
    }


def fate_of(accepted: Accepted, fate: Fate, written: Mapping[Key, Count]) -> Stored:
    """The word of the ledger about one batch."""
    outcome, count, quarantined = _outcome(accepted, fate, written)
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
    accepted: Accepted, fate: Fate, written: Mapping[Key, Count]
) -> tuple[Outcome, Count, dict[str, int]]:
    waiting = dict(accepted.waiting)
    if fate in STORED:
        return Outcome.COMMITTED, written[key_of(accepted)], waiting
    if fate is Fate.KNOWN:
        known = accepted.batch.rows - sum(waiting.values())
        return Outcome.DUPLICATE, Count(duplicate=known), waiting
    return Outcome.CONFLICT, Count(), {Quarantine.STREAM_CONFLICT.value: accepted.batch.rows}


def refused(rejected: Rejected) -> Stored:
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
