"""The two services of a demo. Both register their cars, send their history, then live.

cars     the first two, on a CAN bus of this process, read by the gateway agent
fleet    the others, reporting themselves
"""

from __future__ import annotations

import logging
import threading

from gateway.link import Link
from store.identity import Registry
from store.pool import Pool
from vigil.demo import garage, road, story
from vigil.demo.garage import Parked
from vigil.demo.story import Story
from vigil.settings import Settings

logger = logging.getLogger(__name__)


class DemoService:
    """Runs the cars of one part (`cars` or `fleet`) from `start` to `stop`."""

    def __init__(self, settings: Settings, part: str) -> None:
        self._settings = settings
        self._part = part
        self._ended = threading.Event()
        self._lines: list[road.Line] = []
        self._cars: list[road.SelfReporting] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Register, then bring one car after the other onto the road, in the background."""
        told = story.begin(self._settings)
        parked = register(self._settings, told, self._part)
        self._spawn("history", lambda: self._bring_up(told, parked))
        self._spawn("live", lambda: road.beat_all(self._cars, self._ended))

    def stop(self) -> None:
        """Cars park, lines close; unsent messages wait in the outboxes."""
        self._ended.set()
        for thread in self._threads:
            thread.join(timeout=10)
        for line in self._lines:
            line.stop()

    def _spawn(self, name: str, target: object) -> None:
        thread = threading.Thread(target=target, name=f"{self._part}-{name}", daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _bring_up(self, told: Story, parked: list[Parked]) -> None:
        for each in parked:
            if self._ended.is_set():
                return
            line = road.Line(told.folder, link(self._settings, each.device))
            self._lines.append(line)
            self._cars.append(road.SelfReporting(told, each, line))
            logger.info("%s is on the road", each.plan.name)


def register(settings: Settings, told: Story, part: str) -> list[Parked]:
    """Registers the cars of a part and returns them."""
    with Pool.open(settings.database.url_for("worker"), name="vigil-demo") as pool:
        return garage.register(Registry(pool), told, told.plans(part))


def link(settings: Settings, device: str) -> Link:
    """How a demo device reaches the broker: the shared demo password, its own client id."""
    login = settings.mqtt.login("device")
    return Link(
        host=settings.mqtt.host, port=settings.mqtt.port, tenant=garage.TENANT, device=device,
        mqtt5=not settings.mqtt.demo_only,
        username=login[0] if login else None, password=login[1] if login else None,
    )  # fmt: skip
