"""Dead letters as ingest writes them: what waits or was refused, each kept once: whole where
it may be stored one day, else its beginning and its digest.

A letter's key is made of what it says, not of when it came: the same letter twice is one letter.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

from domain.readings import REDRIVABLE, Accepted, Quarantine, Rejected

HOPELESS = frozenset(
    {Quarantine.UNREADABLE, Quarantine.TOO_LARGE, Quarantine.VALUE_REFUSED, Quarantine.BAD_TOPIC}
)
EVIDENCE_BYTES = 1024
"""Enough to see who wrote what kind of thing; nobody fills the store by sending nonsense."""


def key(*parts: object) -> bytes:
    """128-bit key of a letter."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def waiting_key(accepted: Accepted) -> bytes:
    """Key of the letter that holds a batch's waiting rows."""
    batch = accepted.batch
    return key("waits", accepted.tenant_id, accepted.device_id, batch.stream, batch.seq)


def waiting_letter(accepted: Accepted) -> dict[str, Any]:
    """The letter of a batch of which something waits: all of it, and which rows for what reason."""
    rows: dict[str, list[int]] = {reason: [] for reason in accepted.waiting}
    positions = defaultdict(list, rows)
    for position, reason in enumerate(accepted.waiting_reason):
        if reason:
            positions[reason].append(position)
    first = min(accepted.waiting, key=lambda reason: (reason not in REDRIVABLE, reason))
    return {
        **_of_batch(accepted),
        "reason": first,
        "detail": ", ".join(f"{n} {r}" for r, n in sorted(accepted.waiting.items())),
        "key": waiting_key(accepted),
        "rows": dict(positions),
        "count": sum(accepted.waiting.values()),
    }


def conflict_letter(accepted: Accepted) -> dict[str, Any]:
    """The letter of a batch whose key is taken by other content."""
    batch = accepted.batch
    return {
        **_of_batch(accepted),
        "reason": Quarantine.STREAM_CONFLICT.value,
        "detail": f"sequence {batch.seq} was stored with other content",
        "key": key("conflict", accepted.device_id, batch.stream, batch.seq, accepted.digest),
        "rows": {},
        "count": batch.rows,
    }


def _of_batch(accepted: Accepted) -> dict[str, Any]:
    return {
        "tenant": accepted.tenant_id,
        "device": accepted.device_id,
        "topic": accepted.topic,
        "payload": accepted.payload,
        "stream": accepted.batch.stream,
        "seq": accepted.batch.seq,
        "digest": accepted.digest,
        "received": accepted.received_at,
    }


def refused_letter(rejected: Rejected) -> dict[str, Any]:
    """The letter of a message that cannot be stored as rows."""
    if rejected.stream is not None and rejected.digest is not None:
        content: tuple[object, ...] = (rejected.stream, rejected.seq, rejected.digest)
    else:
        content = (hashlib.blake2b(rejected.payload, digest_size=16).digest(),)
    return {
        "tenant": rejected.tenant_id,
        "device": rejected.device_id,
        "topic": rejected.topic,
        "reason": rejected.reason.value,
        "detail": rejected.detail,
        "payload": rejected.payload[: _kept_bytes(rejected.reason)],
        "key": key("refused", rejected.reason.value, rejected.topic, *content),
        "stream": rejected.stream,
        "seq": rejected.seq,
        "digest": rejected.digest or hashlib.blake2b(rejected.payload, digest_size=16).digest(),
        "rows": {},
        "count": rejected.rows,
        "received": rejected.received_at,
    }


def _kept_bytes(reason: Quarantine) -> int | None:
    """Of what no later day can store, its digest and its beginning are evidence enough."""
    return EVIDENCE_BYTES if reason in HOPELESS else None


def clean(letter: dict[str, Any]) -> dict[str, Any]:
    """The letter without what no database column takes: NUL in text, a sequence over 63 bits."""
    texts = {k: v.replace("\0", "\\0") for k, v in letter.items() if isinstance(v, str)}
    seq = letter["seq"]
    return {**letter, **texts, "seq": seq if seq is None or seq < 2**63 else None}
