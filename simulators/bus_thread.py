"""Cars on their buses in real time: one thread a car, paced by the wall clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import can

from simulators.ecu.broadcast import Broadcast
from simulators.ecu.obd import Identity
from simulators.ecu.units import Units
from simulators.live_car import LivingCar
from simulators.vin import calibration_id, vin

logger = logging.getLogger(__name__)
_LONGEST_WAIT_S = 0.05
"""A request on the bus waits no longer than this."""


def identity(car: LivingCar) -> Identity:
    """What the car says of itself when asked."""
    plan = car.car.plan
    return Identity(
        vin=vin(plan.seed),
        calibration=calibration_id(plan.seed, plan.spec.name),
        powertrain=plan.spec.powertrain,
    )


class CarOnBus:
    """A living car with its control units on a python-can bus, which it owns from now on."""

    def __init__(
        self, car: LivingCar, bus: can.BusABC, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.car = car
        self._bus = bus
        self._clock = clock
        self.units = Units(car, identity(car), self._send)
        self.broadcast = Broadcast(car)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def start(self) -> None:
        """Live in a thread of its own until `stop`."""
        name = f"car-{self.car.car.plan.name}"
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and leave the bus."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._bus.shutdown()

    def run(self) -> None:
        """Live until `stop`; time that the machine slept is lived at once."""
        last = self._clock()
        while not self._ended.is_set():
            now = self._clock()
            self.car.step(now - last)
            last = now
            for frame in self.broadcast.due(now):
                self._send(frame)
            wait = min(self.units.pump(now), self.broadcast.wait_s(now), _LONGEST_WAIT_S)
            heard = self._bus.recv(wait) if wait > 0 else self._bus.recv(0)
            if heard is not None:
                self.units.hear(heard, self._clock())

    def _send(self, frame: can.Message) -> None:
        try:
            self._bus.send(frame)
        except can.CanError:
            self.dropped += 1
