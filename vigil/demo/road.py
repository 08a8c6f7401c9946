"""A demo car from its history into its present, with its own outbox and its own line to the broker.

new ----> history into the outbox ----> remembered ----> live
known --------------------------------> remembered ----> live (the time between: parked)
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from firmware_contracts import codec
from firmware_contracts.telemetry import Gap
from gateway.link import Link
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from simulators.car import Car
from simulators.history import Stream, history
from simulators.living import LivingCar
from simulators.memory import restore, snapshot
from simulators.reporter import Reporter
from simulators.stretch import Stretch
from vigil.demo.garage import Parked
from vigil.demo.story import Story

REPORT_S = 5.0
_STEP_S = 1.0
_SHORTEST_PARK_MS = 5_000


class Line:
    """Outbox and uplink of one demo device."""

    def __init__(self, folder: Path, link: Link) -> None:
        path = folder / "outbox" / f"{link.device}.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.boot = secrets.token_bytes(16)
        self.outbox = Outbox(path)
        self.uplink = Uplink(self.outbox, link, Boot(id=self.boot))

    def start(self) -> None:
        """Begin to send."""
        self.uplink.start()

    def stop(self) -> None:
        """End; what has no receipt waits in the outbox."""
        self.uplink.stop()
        self.outbox.close()


def remembered(story: Story, parked: Parked, outbox: Outbox) -> Car:
    """The car where its life has got to; at the first start its history goes into the outbox."""
    car = Car(parked.plan, story.start_ms)
    path = _memory(story, parked)
    if path.exists():
        restore(car, json.loads(path.read_text("utf-8")))
        return car
    stream = hashlib.blake2b(
        f"{story.seed}|{story.start_ms}|{story.until_ms}|{parked.device}".encode(), digest_size=16
    ).digest()
    for batch in history(car, story.until_ms, Stream(stream=stream, boot=stream)):
        outbox.put(stream, batch.seq, codec.encode(batch))
    remember(story, parked, car)
    return car


def remember(story: Story, parked: Parked, car: Car) -> None:
    """Keep where the car is."""
    path = _memory(story, parked)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".new")
    half.write_text(json.dumps(snapshot(car)), "utf-8")
    half.replace(path)


def _memory(story: Story, parked: Parked) -> Path:
    return story.folder / "memory" / f"{parked.plan.name}.json"


def wake(car: Car, now_ms: int) -> LivingCar:
    """From where it was to now the car stood still; from now on it is on the road."""
    if now_ms - car.now_ms > _SHORTEST_PARK_MS:
        car.park(now_ms)
    return LivingCar(car)


class SelfReporting:
    """A live car without a bus. `beat` lets it live up to now and puts a message aside."""

    def __init__(self, story: Story, parked: Parked, line: Line) -> None:
        self._story, self._parked, self._line = story, parked, line
        car = remembered(story, parked, line.outbox)
        line.start()
        self.living = wake(car, _now_ms())
        self._reporter = Reporter(self.living)
        self._stretch: Stretch = self.living.stretch

    def beat(self, now_ms: int) -> None:
        """One round; cheap enough for many cars in one thread."""
        while (behind_s := (now_ms - self.living.now_ms) / 1000) > 0:
            self.living.step(min(_STEP_S, behind_s))
            self._reporter.watch()
        if self._reporter.rows:
            self._line.outbox.add(Kind.TELEMETRY, self._write)
            self._line.uplink.wake()
        if self.living.stretch is not self._stretch:
            self._stretch = self.living.stretch
            remember(self._story, self._parked, self.living.car)

    def _write(self, stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
        return codec.encode(self._reporter.batch(stream, seq, self._line.boot, gaps))


def beat_all(
    cars: list[SelfReporting], ended: threading.Event, now_ms: Callable[[], int] | None = None
) -> None:
    """Rounds of REPORT_S over all cars, spread over the period, until `ended`."""
    clock = now_ms or _now_ms
    while not ended.is_set():
        began = time.monotonic()
        for i, car in enumerate(list(cars)):
            slot = began + i * REPORT_S / max(1, len(cars))
            if ended.wait(max(0.0, slot - time.monotonic())):
                return
            car.beat(clock())
        ended.wait(max(0.05, began + REPORT_S - time.monotonic()))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
