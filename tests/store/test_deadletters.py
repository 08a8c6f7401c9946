"""What waits is counted, listed, and stored once its reason is gone."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.readings import Accepted, Quarantine, Rejected
from store.db.pool import Pool
from store.sink.dead_letters import DeadLetters
from store.sink.sink import Telemetry
from tests.store.fleet import NOON, Car, accepted, unbound

pytestmark = pytest.mark.database


def rejected(reason: Quarantine, payload: bytes = b"bytes") -> Rejected:
    return Rejected(
        topic="v1/demo/stranger/telemetry",
        payload=payload,
        received_at=NOON,
        reason=reason,
        detail="said",
        rows=3,
    )


def test_letters_are_counted_and_listed(ingest: Pool, worker: Pool, car: Car) -> None:
    sink, book = Telemetry(ingest), DeadLetters(worker)
    sink.commit(
        [unbound(accepted(car, 0, [0, 1], {"soc_pct": [50, 51]}), [1])],
        [rejected(Quarantine.UNKNOWN_DEVICE), rejected(Quarantine.UNREADABLE)],
    )
    sink.commit([], [rejected(Quarantine.UNKNOWN_DEVICE)])  # the same letter again
    assert [(w.reason, w.letters, w.rows) for w in book.counts()] == [
        ("unbound", 1, 1),
        ("unknown_device", 1, 3),
        ("unreadable", 1, 3),
    ]
    letters = book.open(reasons=[Quarantine.UNKNOWN_DEVICE])
    assert [(x.payload, x.row_count, x.tenant_id) for x in letters] == [(b"bytes", 3, None)]
    assert [w.reason for w in book.counts(car.tenant_id)] == ["unbound"]


def test_driving_again_stores_what_may_pass_and_keeps_the_rest(
    ingest: Pool, worker: Pool, car: Car
) -> None:
    sink, book = Telemetry(ingest), DeadLetters(worker)
    whole = accepted(car, 0, [0, 1, 2], {"soc_pct": [50, 51, 52]})
    stranger = accepted(car, 1, [5], {"soc_pct": [55]})
    sink.commit(
        [unbound(whole, [1, 2])],
        [rejected(Quarantine.UNKNOWN_DEVICE, b"known later"), rejected(Quarantine.UNREADABLE)],
    )

    def partly(topic: str, payload: bytes, received_at: datetime) -> Accepted | Rejected:
        return (
            unbound(whole, [2])
            if payload == whole.payload
            else rejected(Quarantine.UNKNOWN_DEVICE, payload)
        )

    def fully(topic: str, payload: bytes, received_at: datetime) -> Accepted | Rejected:
        return whole if payload == whole.payload else stranger

    first = book.redrive(partly, sink)
    assert (first.closed, first.waiting, first.rows_stored) == (0, 2, 1)
    second = book.redrive(fully, sink)
    assert (second.closed, second.waiting, second.rows_stored) == (2, 0, 2)
    assert book.redrive(fully, sink).closed == 0
    assert [w.reason for w in book.counts()] == ["unreadable"]
    with worker.transaction() as line:
        assert line.execute("SELECT count(*) FROM telemetry").fetchone() == (4,)
