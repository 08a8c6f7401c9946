"""What a device is told after a commit: one receipt per device and transaction.

outcome      the receipt says
committed    closed
duplicate    closed
conflict     renew: start a new stream and send again what is still held
refused      refused, with the reason; the cloud keeps it as a dead letter
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from domain.readings import Committed, Outcome, Quarantine, Stored
from firmware_contracts.receipts import Range, Receipt, Refusal, ranges

CLOSED = frozenset({Outcome.COMMITTED, Outcome.DUPLICATE})

Address = tuple[str, str]
"""Tenant and device name: the two free segments of a topic."""


def receipts(committed: Committed) -> dict[Address, Receipt]:
    """The receipts of one transaction. Messages whose key could not be read have none."""
    by_device: dict[Address, list[Stored]] = defaultdict(list)
    for stored in committed.stored:
        if stored.stream is not None and stored.seq is not None and stored.device:
            by_device[stored.tenant, stored.device].append(stored)
    return {address: _receipt(committed, outcomes) for address, outcomes in by_device.items()}


def _receipt(committed: Committed, outcomes: list[Stored]) -> Receipt:
    point = committed.recovered_to
    renew = {s.stream for s in outcomes if s.outcome is Outcome.CONFLICT and s.stream is not None}
    return Receipt(
        store_epoch=committed.epoch,
        closed=_by_stream(s for s in outcomes if s.outcome in CLOSED),
        refused=_refusals(s for s in outcomes if s.outcome is Outcome.REFUSED),
        renew=tuple(sorted(renew)),
        recovered_to_ms=None if point is None else int(point.timestamp() * 1000),
    )


def _by_stream(outcomes: Iterable[Stored]) -> dict[bytes, tuple[Range, ...]]:
    sequences: dict[bytes, list[int]] = defaultdict(list)
    for stored in outcomes:
        if stored.stream is not None and stored.seq is not None:
            sequences[stored.stream].append(stored.seq)
    return {stream: ranges(found) for stream, found in sequences.items()}


def _refusals(outcomes: Iterable[Stored]) -> tuple[Refusal, ...]:
    by_reason: dict[str, list[Stored]] = defaultdict(list)
    for stored in outcomes:
        by_reason[_reason(stored)].append(stored)
    return tuple(
        Refusal(stream=stream, ranges=found, reason=reason)
        for reason, group in sorted(by_reason.items())
        for stream, found in sorted(_by_stream(group).items())
    )


def _reason(stored: Stored) -> str:
    return next(iter(stored.rows_quarantined), Quarantine.POISON.value)
