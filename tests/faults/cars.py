"""A gateway on the line of the house: a real outbox and uplink, and batches to send."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from domain.identity import new_vehicle_id
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts import codec
from firmware_contracts.events import Event, EventKind
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Block, Clock, Gap, Origin, TelemetryBatch
from gateway.link import Link
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from store.db.pool import Pool
from store.db.roles import Role
from store.people.identity import Registry
from tests.faults.house import House

TENANT = "demo"
ROWS = 10
SPEED = BY_NAME["vehicle_speed_kmh"].id


@dataclass(kw_only=True)
class Car:
    """A registered device in its vehicle. `add` keeps one batch in its outbox."""

    name: str
    vehicle: int
    boot: bytes
    outbox: Outbox
    uplink: Uplink
    begun_ms: int
    alarms: int = 0

    def alarm(self, number: int) -> None:
        """One alarm of the highest level, a second after the other."""
        t_ms = self.begun_ms + 1000 * number
        event = Event(kind=EventKind.ALARM, t_ms=t_ms, code=str(number), level=3)

        def write(stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
            batch = _batch(self.boot, stream, seq, gaps, t_ms, 0.0)
            return codec.encode(replace(batch, events=(event,)))

        self.outbox.add(Kind.ALARM, write)
        self.uplink.wake()
        self.alarms += 1

    def add(self, number: int, speed: float = 50.0) -> None:
        """Batch `number`: ten rows of one second each, at their own times."""
        first_ms = self.begun_ms + number * ROWS * 1000

        def write(stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
            return codec.encode(_batch(self.boot, stream, seq, gaps, first_ms, speed))

        self.outbox.add(Kind.TELEMETRY, write)
        self.uplink.wake()


def _batch(
    boot: bytes, stream: bytes, seq: int, gaps: tuple[Gap, ...], first_ms: int, speed: float
) -> TelemetryBatch:
    speeds = np.full((ROWS, 1), speed, dtype=np.float32) + np.arange(ROWS)[:, None]
    return TelemetryBatch(
        stream=stream,
        seq=seq,
        boot=boot,
        origin=Origin.LIVE,
        clock=Clock.UTC,
        gaps=gaps,
        ticks_ms=first_ms + 1000 * np.arange(ROWS, dtype=np.int64),
        real=Block(
            signals=(SPEED,),
            values=speeds.astype(np.float32),
            reasons=np.zeros((ROWS, 1), dtype=np.uint8),
        ),
        wide=Block(
            signals=(), values=np.zeros((ROWS, 0)), reasons=np.zeros((ROWS, 0), dtype=np.uint8)
        ),
    )


def enrol(house: House, name: str) -> int:
    """Register a device in a vehicle of its own since yesterday; the vehicle's id."""
    with Pool.open(house.url(Role.WORKER)) as pool:
        registry = Registry(pool)
        tenant = registry.add_tenant(TENANT)
        vehicle = Vehicle(
            id=new_vehicle_id(), tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV
        )
        registry.add_vehicle(vehicle)
        since = datetime.now(UTC) - timedelta(days=2)
        registry.bind(tenant, registry.add_device(tenant, name), vehicle.id, since)
    return vehicle.id


@contextmanager
def on_line(
    house: House, name: str, vehicle: int, spool: Path, *, port: int | None = None
) -> Iterator[Car]:
    """The gateway with this outbox file, connected until the end of the block."""
    outbox = Outbox(spool, resend_ms=1_500, resend_most_ms=6_000)
    boot = secrets.token_bytes(16)
    line = Link(
        host="127.0.0.1",
        port=port or house.broker.port,
        tenant=TENANT,
        device=name,
        back_off_s=0.2,
        back_off_most_s=1.0,
    )
    uplink = Uplink(outbox, line, Boot(id=boot)).start()
    begun_ms = (time.time_ns() // 1_000_000 - 86_400_000) // 1000 * 1000
    try:
        yield Car(
            name=name, vehicle=vehicle, boot=boot, outbox=outbox, uplink=uplink, begun_ms=begun_ms
        )
    finally:
        uplink.stop()
        outbox.close()


def stored(house: House, vehicle: int) -> list[tuple[int, float]]:
    """(UTC ms, speed) of every stored row of the vehicle, in order."""
    with psycopg.connect(house.url(Role.OWNER)) as line:
        return line.execute(
            "SELECT (extract(epoch FROM ts) * 1000)::bigint, vehicle_speed_kmh FROM telemetry"
            " WHERE vehicle_id = %s ORDER BY 1, 2",
            (vehicle,),
        ).fetchall()


def expected(car: Car, numbers: range, speed: float = 50.0) -> list[tuple[int, float]]:
    """The rows of these batches."""
    return [
        (car.begun_ms + number * ROWS * 1000 + 1000 * row, speed + row)
        for number in numbers
        for row in range(ROWS)
    ]
