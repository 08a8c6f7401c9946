"""From the outbox to the tables and back: whatever the line loses, doubles or shuffles."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.readings import Window
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts import codec
from firmware_contracts.receipts import Receipt
from firmware_contracts.telemetry import Gap
from gateway.outbox import Kind, Outbox
from ingest.committer import Committer
from ingest.directory import CachedDirectory
from ingest.intake import Intake
from ingest.receipts import receipts
from store.memory import Memory
from tests.ingest.parts import NOW, NOW_MS, batch

VEHICLE = 77
TOPIC = "v1/demo/box-1/telemetry"
BATCHES = 8
T = TypeVar("T")


class BadConnection:
    """A line between an outbox and ingest that loses, doubles and shuffles both directions."""

    def __init__(self, luck: random.Random, loss: float, doubling: float) -> None:
        self.luck, self.loss, self.doubling = luck, loss, doubling
        self.memory = Memory()
        registry = self.memory.registry
        tenant = registry.add_tenant("demo")
        registry.add_vehicle(
            Vehicle(id=VEHICLE, tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV)
        )
        since = NOW - timedelta(days=30)
        registry.bind(tenant, registry.add_device(tenant, "box-1"), VEHICLE, since)
        self.intake = Intake(CachedDirectory(registry))
        self.committer = Committer(self.memory.sink())

    def carry(self, things: list[T]) -> list[T]:
        kept = [t for t in things if self.luck.random() >= self.loss]
        kept += [t for t in kept if self.luck.random() < self.doubling]
        self.luck.shuffle(kept)
        return kept

    def ingest(self, payloads: list[bytes]) -> list[Receipt]:
        found: list[Receipt] = []
        while payloads:
            size = self.luck.randint(1, len(payloads))
            group, payloads = payloads[:size], payloads[size:]
            judged = [self.intake.judge(TOPIC, payload, NOW) for payload in group]
            for committed in self.committer.commit(judged):
                found += receipts(committed).values()
        return found

    def stored(self) -> Window:
        span = (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        return self.memory.windows.read(VEHICLE, ["vehicle_speed_kmh"], *span)


def fill(outbox: Outbox) -> None:
    for number in range(BATCHES):

        def write(stream: bytes, seq: int, gaps: tuple[Gap, ...], number: int = number) -> bytes:
            ticks = [NOW_MS - 600_000 + 20_000 * number + 1000 * row for row in range(10)]
            return codec.encode(batch(ticks, seq=seq, stream=stream, gaps=gaps))

        outbox.add(Kind.TELEMETRY, write)


def drive(line: BadConnection) -> int:
    """Until the outbox is empty; how many rounds it took."""
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db", resend_ms=1, resend_most_ms=1)
        fill(outbox)
        rounds = 0
        while outbox.pending:
            rounds += 1
            assert rounds < 500
            sent = [codec.seal(queued.body) for queued in outbox.due(10 * rounds, BATCHES)]
            for receipt in line.carry(line.ingest(line.carry(sent))):
                outbox.settle(receipt)
        outbox.close()
    return rounds


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), loss=st.floats(0, 0.7), doubling=st.floats(0, 1))
def test_property_a_bad_line_ends_in_the_same_tables(
    seed: int, loss: float, doubling: float
) -> None:
    calm = BadConnection(random.Random(0), 0, 0)
    assert drive(calm) == 1
    bad = BadConnection(random.Random(seed), loss, doubling)
    drive(bad)
    expected, found = calm.stored(), bad.stored()
    assert len(expected.ticks_ms) == 10 * BATCHES
    assert np.array_equal(found.ticks_ms, expected.ticks_ms)
    assert np.array_equal(found["vehicle_speed_kmh"], expected["vehicle_speed_kmh"])
