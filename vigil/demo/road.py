"""A demo car from its history into its present, with its own outbox and its own line to the broker.

new ----> history lived ----> live at once ----> history told: lived again, into the outbox
known --------> recalled ---> live (the time between: parked)

Living is quick and telling is slow; so that every car is alive soon, all live before any tells.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from pathlib import Path
from typing import Protocol

from firmware_contracts import codec
from firmware_contracts.telemetry import Gap
from gateway.link import Link
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from simulators.calendar import calendar
from simulators.car import Car
from simulators.live_batches import LiveBatches
from simulators.live_car import LivingCar
from simulators.telemetry_batches import Stream, history
from vigil.demo.demo_cars import Parked
from vigil.demo.memory import Memory
from vigil.demo.story import Story

REPORT_S = 5.0
"""A living page: a real gateway reports each ten seconds."""
_STEP_S = 1.0
_SHORTEST_PARK_MS = 5_000
"""Below it a car goes on where it was."""


class OnTheRoad(Protocol):
    """A live demo car, however it is read."""

    def beat(self, now_ms: int) -> None:
        """Called every few seconds."""
        ...

    def tell(self, ended: threading.Event) -> None:
        """Its history into the outbox, once in its life."""
        ...

    def stop(self) -> None:
        """End; what has no receipt waits in the outbox."""
        ...


def alive(story: Story, parked: Parked, memory: Memory) -> LivingCar:
    """The car on the road now."""
    car = Car(parked.plan, story.start_ms)
    if memory.known:
        memory.recall(car)
    else:
        for _ in calendar(car, story.until_ms):
            pass
    now_ms = time.time_ns() // 1_000_000
    if now_ms - car.now_ms > _SHORTEST_PARK_MS:
        car.park(now_ms)
    car.now_ms = now_ms
    memory.keep(car)
    return LivingCar(car, between=memory.keep)


def tell(
    story: Story, parked: Parked, memory: Memory, outbox: Outbox, ended: threading.Event
) -> None:
    """History into the outbox, under a stream that is the same each time: told twice, it is
    stored once."""
    if memory.told:
        return
    name = f"{story.seed}|{story.start_ms}|{story.until_ms}|{parked.device}"
    stream = hashlib.blake2b(name.encode(), digest_size=16).digest()
    car = Car(parked.plan, story.start_ms)
    for batch in history(car, story.until_ms, Stream(stream=stream, boot=stream)):
        if ended.is_set():
            return
        outbox.put(stream, batch.seq, codec.encode(batch))
    memory.tell()


class SelfReporting:
    """A live car without a bus. `beat` lets it live up to now and puts a message aside."""

    def __init__(self, story: Story, parked: Parked, link: Link, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._boot = secrets.token_bytes(16)
        self._outbox = Outbox(folder / f"{link.device}.outbox.db")
        self._uplink = Uplink(self._outbox, link, Boot(id=self._boot))
        self._story, self._parked = story, parked
        self._memory = Memory(story.folder, parked.plan.name)
        self.living = alive(story, parked, self._memory)
        self._reporter = LiveBatches(self.living)
        self._uplink.start()

    def beat(self, now_ms: int) -> None:
        """One round; cheap enough for many cars in one thread."""
        while (behind_s := (now_ms - self.living.now_ms) / 1000) > 0:
            self.living.step(min(_STEP_S, behind_s))
            self._reporter.watch()
        if self._reporter.rows:
            self._outbox.add(Kind.TELEMETRY, self._write)
            self._uplink.wake()
        self._memory.note(self.living.value("odometer_m") or 0.0)

    def tell(self, ended: threading.Event) -> None:
        """Its history, once."""
        tell(self._story, self._parked, self._memory, self._outbox, ended)
        self._uplink.wake()

    def stop(self) -> None:
        """End; what has no receipt waits in the outbox."""
        self._uplink.stop()
        self._outbox.close()

    def _write(self, stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
        return codec.encode(self._reporter.batch(stream, seq, self._boot, gaps))


def beat_all(cars: list[OnTheRoad], ended: threading.Event) -> None:
    """Rounds of REPORT_S over all cars, spread over the period, until `ended`."""
    while not ended.is_set():
        began, round_of = time.monotonic(), list(cars)
        for i, car in enumerate(round_of):
            slot = began + i * REPORT_S / len(round_of)
            if ended.wait(max(0.0, slot - time.monotonic())):
                return
            car.beat(time.time_ns() // 1_000_000)
        ended.wait(max(0.05, began + REPORT_S - time.monotonic()))
