"""From ticks to batches: every reading in its tick, every null with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_contracts import codec
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Crank
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import PACKED_NULL, TelemetryBatch
from gateway.envelope import BatchContent, Envelope, Sender, pack
from gateway.frames import Tick
from gateway.outbox import Kind, Outbox
from tests.firmware_contracts.batches import BOOT, STREAM

SPEED, ODOMETER, RPM = (
    BY_NAME[n].id for n in ("vehicle_speed_kmh", "odometer_m", "engine_speed_rpm")
)
SENDER = Sender(boot=BOOT)


def through(said: BatchContent) -> TelemetryBatch:
    packed = pack(said, SENDER, stream=STREAM, seq=0)
    return codec.unseal(codec.seal(codec.encode(packed))).batch


def test_each_value_stands_in_its_tick_and_silence_is_absent() -> None:
    ticks = [
        Tick(t_ms=2000, values={RPM: 900.125}, reasons={SPEED: Reason.INVALID}),
        Tick(t_ms=1000, values={SPEED: 50.5, ODOMETER: 300_000_123.0}),
    ]
    got = through(BatchContent(ticks=ticks))
    assert got.ticks_ms.tolist() == [1000, 2000]
    assert got.real.signals == (SPEED, RPM)
    assert got.real.reasons.tolist() == [[0, Reason.ABSENT], [Reason.INVALID, 0]]
    assert got.real.values[0, 0] == np.float32(50.5)
    assert got.real.values[1, 1] == 900.125
    assert got.wide.values.tolist()[0] == [300_000_123.0]
    assert got.wide.reasons.tolist() == [[0], [Reason.ABSENT]]


def test_a_value_out_of_range_is_null_and_its_neighbours_stay() -> None:
    got = through(
        BatchContent(ticks=[Tick(t_ms=0, values={SPEED: 9999.0, RPM: 800.0, ODOMETER: -5.0})])
    )
    assert got.real.reasons.tolist() == [[Reason.OUT_OF_RANGE, 0]]
    assert got.wide.reasons.tolist() == [[Reason.OUT_OF_RANGE]]


def test_not_a_number_is_null_too() -> None:
    got = through(
        BatchContent(ticks=[Tick(t_ms=0, values={SPEED: float("nan"), RPM: float("inf")})])
    )
    assert got.real.reasons.tolist() == [[Reason.OUT_OF_RANGE, Reason.OUT_OF_RANGE]]


def test_cells_are_numbered_and_their_nulls_have_reasons() -> None:
    ticks = [
        Tick(t_ms=0, values={SPEED: 1.0}),
        Tick(t_ms=1000, cells={2: 3.701, 4: None, 5: 65.535}),
    ]
    cells = through(BatchContent(ticks=ticks)).cells
    assert cells is not None
    assert cells.first == 2
    assert cells.rows.tolist() == [1]
    assert cells.values.tolist() == [[3701, PACKED_NULL, PACKED_NULL, PACKED_NULL]]
    assert cells.reasons.tolist() == [[0, Reason.ABSENT, Reason.INVALID, Reason.OUT_OF_RANGE]]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "o.db")
    yield box
    box.close()


def test_ticks_wait_for_their_latency_and_alarms_do_not(outbox: Outbox) -> None:
    envelope = Envelope(outbox, SENDER, latency_ms=10_000)
    ticks = [Tick(t_ms=1000 * i, values={SPEED: float(i)}) for i in range(25)]
    alarm = Event(kind=EventKind.ALARM, t_ms=5, level=3)
    quiet = Event(kind=EventKind.POWER, t_ms=6)
    assert envelope.take(events=[alarm, quiet], records=[Crank(start_ms=0, end_ms=1)])
    assert len(envelope.take(ticks=ticks)) == 2
    assert len(envelope.flush()) == 1
    assert envelope.flush() == []
    held = {q.key: q for q in outbox.due(0, 99)}
    batches = [(q.kind, codec.unseal(codec.seal(q.body)).batch) for q in held.values()]
    assert [(k, b.rows, len(b.events), len(b.records)) for k, b in batches] == [
        (Kind.ALARM, 0, 1, 0),
        (Kind.TELEMETRY, 10, 1, 1),
        (Kind.TELEMETRY, 10, 0, 0),
        (Kind.TELEMETRY, 5, 0, 0),
    ]
