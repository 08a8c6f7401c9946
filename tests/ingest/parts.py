"""Small real parts for the tests of the door: batches, devices, a sink that can be told to fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from domain.errors import VigilError
from domain.identity import Binding, Device
from domain.readings import Accepted, Committed, Outcome, Rejected, Stored
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Block, Clock, Origin, TelemetryBatch
from firmware_contracts.topics import parse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
STREAM = bytes(range(16))
BOOT = bytes(16)
SPEED = BY_NAME["vehicle_speed_kmh"].id


def batch(ticks_ms: Sequence[int], *, seq: int = 0, **changes: Any) -> TelemetryBatch:
    rows = len(ticks_ms)
    speeds = np.arange(rows, dtype=np.float32).reshape(rows, 1) % 200
    made = TelemetryBatch(
        stream=STREAM,
        seq=seq,
        boot=BOOT,
        origin=Origin.LIVE,
        clock=Clock.UTC,
        ticks_ms=np.array(ticks_ms, dtype=np.int64),
        real=Block(signals=(SPEED,), values=speeds, reasons=np.zeros((rows, 1), dtype=np.uint8)),
        wide=Block(
            signals=(),
            values=np.zeros((rows, 0), dtype=np.float64),
            reasons=np.zeros((rows, 0), dtype=np.uint8),
        ),
    )
    return replace(made, **changes)


def device(
    *bindings: tuple[int, datetime, datetime | None], name: str = "box-1", **changes: Any
) -> Device:
    bound = bindings or ((77, NOW - timedelta(days=365), None),)
    made = Device(
        id=5,
        tenant_id=1,
        tenant="demo",
        name=name,
        bindings=tuple(
            Binding(device_id=5, vehicle_id=v, since=since, until=until)
            for v, since, until in bound
        ),
    )
    return replace(made, **changes)


class Register:
    """A directory of a few devices; counts how often it was asked."""

    def __init__(self, *devices: Device) -> None:
        self.devices = {(d.tenant, d.name): d for d in devices}
        self.asked = 0

    def device(self, tenant: str, name: str) -> Device | None:
        self.asked += 1
        return self.devices.get((tenant, name))

    def refresh(self, tenant: str, name: str) -> Device | None:
        return self.device(tenant, name)


class TellingSink:
    """Keeps what was committed. `trouble` may raise for a given group."""

    def __init__(
        self, trouble: Callable[[Sequence[Accepted | Rejected]], VigilError | None] | None = None
    ) -> None:
        self.kept: list[Accepted | Rejected] = []
        self.calls = 0
        self._trouble = trouble or (lambda _: None)

    def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        self.calls += 1
        group: list[Accepted | Rejected] = [*accepted, *rejected]
        problem = self._trouble(group)
        if problem is not None:
            raise problem
        self.kept += group
        return Committed(epoch=1, stored=tuple(fate(message) for message in group))


def fate(message: Accepted | Rejected) -> Stored:
    try:
        topic = parse(message.topic)
        tenant, device = topic.tenant, topic.device
    except ValueError:
        tenant = device = ""
    if isinstance(message, Accepted):
        return Stored(
            outcome=Outcome.COMMITTED,
            tenant=tenant,
            device=device,
            stream=message.batch.stream,
            seq=message.batch.seq,
            rows_stored=message.batch.rows,
        )
    return Stored(
        outcome=Outcome.REFUSED,
        tenant=tenant,
        device=device,
        stream=message.stream,
        seq=message.seq,
        rows_quarantined={message.reason.value: message.rows},
    )
