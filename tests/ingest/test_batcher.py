"""Groups, back-off and poison: everything offered ends in the store, in order, once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import GiveUp, Refused, StoreFull, StoreUnavailable, VigilError
from domain.readings import Accepted, Committed, Quarantine, Rejected
from firmware_contracts import codec
from ingest.batcher import Batcher, Limits
from ingest.committer import Committer, Message
from ingest.delivery import Delivery
from ingest.intake import Intake
from ingest.patience import Patience, Stopped
from ingest.pipeline import Pipeline
from tests.ingest.parts import NOW, NOW_MS, Register, TellingSink, batch, device

INTAKE = Intake(Register(device()))


def delivery(seq: int) -> Delivery:
    payload = codec.seal(codec.encode(batch([NOW_MS + seq], seq=seq)))
    return Delivery(
        topic="v1/demo/box-1/telemetry", payload=payload, received_at=datetime.now(UTC), mid=seq
    )


def judge(given: Delivery) -> Message:
    return INTAKE.judge(given.topic, given.payload, NOW)


def sequences(messages: Sequence[Message]) -> list[int | None]:
    return [m.batch.seq if isinstance(m, Accepted) else m.seq for m in messages]


class Judge:
    """Intake at a fixed time."""

    def messages_of(self, deliveries: Sequence[Delivery]) -> list[Message]:
        return [judge(delivery) for delivery in deliveries]


class Running:
    """A batcher with its thread, and what it acknowledged."""

    def __init__(self, sink: TellingSink, limits: Limits | None = None) -> None:
        self.sink = sink
        self.done: list[int] = []
        self.groups: list[int] = []
        self.batcher = Batcher(limits)
        self.thread = self.pipeline(Patience())

    def pipeline(self, patience: Patience) -> threading.Thread:
        committer = Committer(self.sink, patience)
        pipeline = Pipeline(self.batcher, Judge(), committer, self, patience)
        return threading.Thread(target=pipeline.run, daemon=True)

    def send(self, group: Sequence[Delivery], commits: Sequence[Committed]) -> None:
        assert sum(len(c.stored) for c in commits) == len(group)
        self.done += [d.mid for d in group]
        self.groups.append(len(group))
        if len(self.done) >= self.wanted:
            self.complete.set()

    def offer_all(self, count: int) -> None:
        self.wanted, self.complete = count, threading.Event()
        self.thread.start()
        for seq in range(count):
            self.batcher.offer(delivery(seq))
        assert self.complete.wait(20)
        self.batcher.stop()
        self.thread.join(5)


def test_many_messages_share_commits_and_keep_their_order() -> None:
    running = Running(TellingSink(), Limits(group=50, wait_s=5))
    running.offer_all(500)
    assert running.done == list(range(500))
    assert sequences(running.sink.kept) == list(range(500))
    assert running.groups == [50] * 10


def test_a_lone_message_does_not_wait_for_company() -> None:
    running = Running(TellingSink(), Limits(group=1000, wait_s=0.01))
    running.offer_all(1)
    assert running.done == [0]


def test_an_alarm_does_not_wait_for_its_group_to_fill() -> None:
    running = Running(TellingSink(), Limits(group=1000, wait_s=60))
    running.wanted, running.complete = 2, threading.Event()
    running.thread.start()
    running.batcher.offer(delivery(0))
    running.batcher.offer(replace(delivery(1), topic="v1/demo/box-1/event"))
    assert running.complete.wait(20)
    running.batcher.stop()
    assert running.done == [0, 1]


def test_the_queue_is_bounded_and_holds_its_sender_back() -> None:
    running = Running(TellingSink(), Limits(group=5, wait_s=0.01, queue_messages=3))
    running.offer_all(60)
    assert running.done == list(range(60))
    assert max(running.groups) <= 3


def test_after_stop_nothing_is_acknowledged_and_nobody_hangs() -> None:
    running = Running(TellingSink(lambda _: StoreUnavailable("gone")))
    stop = threading.Event()
    thread = running.pipeline(Patience(stop))
    thread.start()
    running.batcher.offer(delivery(0))
    running.batcher.stop()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert running.done == []
    running.batcher.offer(delivery(1))


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), StoreFull("disk full")])
def test_passing_trouble_is_waited_out(trouble: VigilError) -> None:
    left = [trouble, trouble]
    sink = TellingSink(lambda _: left.pop() if left else None)
    heard: list[VigilError | None] = []
    messages = [judge(delivery(seq)) for seq in range(4)]
    committed = Committer(sink, Patience(trouble=heard.append)).commit(messages)
    assert sequences(sink.kept) == [0, 1, 2, 3]
    assert len(committed) == 1
    assert heard == [trouble, trouble, None]


def test_told_to_stop_it_gives_up_without_a_word_of_success() -> None:
    stop = threading.Event()
    stop.set()
    sink = TellingSink(lambda _: StoreUnavailable("gone"))
    with pytest.raises(Stopped):
        Committer(sink, Patience(stop)).commit([judge(delivery(0))])


@pytest.mark.parametrize("bad", [{0}, {37}, {99}, {3, 4, 50}, set(range(100))])
def test_poison_is_found_and_its_neighbours_are_stored(bad: set[int]) -> None:
    def trouble(group: Sequence[Message]) -> GiveUp | None:
        poisoned = [m for m in group if isinstance(m, Accepted) and m.batch.seq in bad]
        return Refused("the database will never take this") if poisoned else None

    sink = TellingSink(trouble)
    committed = Committer(sink).commit([judge(delivery(seq)) for seq in range(100)])
    assert {*sequences(sink.kept)} == {*range(100)}
    assert len(sink.kept) == 100
    letters = [m for m in sink.kept if isinstance(m, Rejected)]
    assert {m.seq for m in letters} == bad
    assert {m.reason for m in letters} <= {Quarantine.POISON}
    assert all(codec.unseal(m.payload).batch.seq == m.seq for m in letters)
    assert sum(len(c.stored) for c in committed) == 100


def test_an_error_nobody_expected_is_poison_too_and_stops_no_neighbour() -> None:
    class Surprising(TellingSink):
        def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
            if any(a.batch.seq == 3 for a in accepted):
                raise ZeroDivisionError("nobody thought of this")
            return super().commit(accepted, rejected)

    sink = Surprising()
    Committer(sink).commit([judge(delivery(seq)) for seq in range(8)])
    assert {*sequences(sink.kept)} == {*range(8)}
    [letter] = [m for m in sink.kept if isinstance(m, Rejected)]
    assert (letter.seq, letter.reason) == (3, Quarantine.POISON)


def test_what_is_refused_even_as_a_dead_letter_gets_no_receipt() -> None:
    def trouble(group: Sequence[Message]) -> GiveUp | None:
        hit = any(sequences([m]) == [2] for m in group)
        return Refused("never") if hit else None

    sink = TellingSink(trouble)
    committed = Committer(sink).commit([judge(delivery(seq)) for seq in range(5)])
    assert sequences(sink.kept) == [0, 1, 3, 4]
    assert {s.seq for c in committed for s in c.stored} == {0, 1, 3, 4}
