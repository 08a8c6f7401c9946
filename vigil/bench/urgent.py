"""How long an urgent event takes from the gateway's hands to a readable alert, and is it exact.

Real parts: outbox, uplink, broker, ingest, database, urgent process. Each device raises one event
after the other; an event counts when its alert can be read with that many occurrences.
"""

from __future__ import annotations

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from domain.identity import new_vehicle_id
from domain.urgent import judge
from domain.vehicle import Powertrain, Vehicle
from firmware_contracts import codec
from firmware_contracts.columns import blocks_of
from firmware_contracts.events import Event, EventKind
from firmware_contracts.telemetry import Clock, Gap, Origin, TelemetryBatch
from gateway.outbox import Kind, Outbox, Write
from gateway.uplink import Boot, Uplink
from store.db.pool import Pool
from store.people.identity import Registry
from store.results.alerts import Alerts
from vigil.replay.send import link
from vigil.settings import Settings

TENANT = "bench"
LOST_AFTER_S = 30.0
LOOK_S = 0.002
WARM_UP = 2
"""Events of each gateway that are not timed: servers may still be starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Latencies of all events in ms; `lost` never showed, `doubled` showed more than once."""

    alert_ms: tuple[float, ...]
    lost: int
    doubled: int

    def as_json(self) -> dict[str, object]:
        """The keys that others read."""
        p50, p99 = np.percentile(self.alert_ms, [50, 99]) if self.alert_ms else (None, None)
        return {
            "alert_ms": {
                "p50": None if p50 is None else round(float(p50), 1),
                "p99": None if p99 is None else round(float(p99), 1),
            },
            "lost": self.lost,
            "doubled": self.doubled,
            "events": len(self.alert_ms) + self.lost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A device of the bench in its own vehicle."""

    device: str
    vehicle: int


def measure(settings: Settings, *, devices: int, events: int, folder: Path) -> Measured:
    """`events` urgent events from each of `devices` gateways, all at work at once."""
    with Pool.open(settings.database.url_for("worker"), name="bench", max_size=devices + 1) as pool:
        cars = _cars(Registry(pool), devices)
        ready = threading.Barrier(devices)

        def drive(car: Car) -> Measured:
            return _drive(settings, Alerts(pool), car, events, folder, ready)

        with ThreadPoolExecutor(devices) as threads:
            found = list(threads.map(drive, cars))
    return Measured(
        alert_ms=tuple(ms for one in found for ms in one.alert_ms),
        lost=sum(one.lost for one in found),
        doubled=sum(one.doubled for one in found),
    )


def _cars(registry: Registry, count: int) -> list[Car]:
    tenant = registry.add_tenant(TENANT)
    since = datetime.now(UTC) - timedelta(days=1)
    cars = []
    for _ in range(count):
        car = Car(device=f"bench-{secrets.token_hex(6)}", vehicle=new_vehicle_id())
        registry.add_vehicle(
            Vehicle(id=car.vehicle, tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV)
        )
        registry.bind(tenant, registry.add_device(tenant, car.device), car.vehicle, since)
        cars.append(car)
    return cars


def _drive(
    settings: Settings, book: Alerts, car: Car, events: int, folder: Path, ready: threading.Barrier
) -> Measured:
    outbox = Outbox(folder / f"{car.device}.outbox")
    boot = secrets.token_bytes(16)
    uplink = Uplink(outbox, link(settings.mqtt, TENANT, car.device), Boot(id=boot)).start()
    alert_ms: list[float] = []
    try:
        _await_line(uplink)
        ready.wait()
        for number in range(WARM_UP + events):
            began = time.monotonic()
            outbox.add(Kind.ALARM, _writer(boot, number))
            uplink.wake()
            shown = _readable(book, car, number + 1, began + LOST_AFTER_S)
            if shown and number >= WARM_UP:
                alert_ms.append((time.monotonic() - began) * 1000)
    finally:
        uplink.stop()
        outbox.close()
    seen = _occurrences(book, car) - WARM_UP
    return Measured(
        alert_ms=tuple(alert_ms), lost=max(events - seen, 0), doubled=max(seen - events, 0)
    )


def _await_line(uplink: Uplink) -> None:
    deadline = time.monotonic() + LOST_AFTER_S
    while not uplink.connected and time.monotonic() < deadline:
        time.sleep(0.01)


def _writer(boot: bytes, number: int) -> Write:
    """Writes a batch that holds one alarm of the highest level and nothing else."""
    now_ms = time.time_ns() // 1_000_000
    event = Event(
        kind=EventKind.ALARM, t_ms=now_ms, code="bench", level=3, values={"number": float(number)}
    )
    assert judge(event) is not None

    def write(stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
        real, wide = blocks_of((), np.zeros((0, 0)))
        return codec.encode(
            TelemetryBatch(
                stream=stream,
                seq=seq,
                boot=boot,
                origin=Origin.LIVE,
                clock=Clock.UTC,
                ticks_ms=np.zeros(0, dtype=np.int64),
                real=real,
                wide=wide,
                events=(event,),
                gaps=gaps,
            )
        )

    return write


def _readable(book: Alerts, car: Car, number: int, deadline: float) -> bool:
    while time.monotonic() < deadline:
        if _occurrences(book, car) >= number:
            return True
        time.sleep(LOOK_S)
    return False


def _occurrences(book: Alerts, car: Car) -> int:
    return sum(alert.occurrences for alert in book.open_alerts(car.vehicle))
