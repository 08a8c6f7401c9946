"""The two services of a demo. Both register their cars, send their history, then live.

cars     the first two, on a CAN bus of this process, read by the gateway agent
fleet    the others, reporting themselves
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from gateway.link import Link
from store.identity import Registry
from store.pool import Pool
from vigil.demo import garage, people, road, story
from vigil.demo.garage import Parked
from vigil.demo.story import Story
from vigil.settings import Settings

logger = logging.getLogger(__name__)


def build(settings: Settings, part: str = "all") -> DemoService:
    """The service of a part of the demo: `cars`, `fleet`, or `all` in one process."""
    return DemoService(settings, part)


class DemoService:
    """`run` blocks until `end` is called from another thread or a signal handler."""

    def __init__(self, settings: Settings, part: str) -> None:
        self._settings = settings
        self._part = part
        self._ended = threading.Event()
        self._lines: list[road.Line] = []
        self._cars: list[road.SelfReporting] = []

    def run(self) -> None:
        """Register, bring one car after the other onto the road, and let them live."""
        told = story.begin(self._settings)
        parked = register(self._settings, told, self._part)
        first = threading.Thread(target=self._bring_up, args=(told, parked), name="history")
        first.start()
        road.beat_all(self._cars, self._ended)
        first.join()
        for line in self._lines:
            line.stop()

    def end(self) -> None:
        """Lines close; unsent messages wait in the outboxes."""
        self._ended.set()

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
    database = settings.database
    with (
        Pool.open(database.url_for("worker"), name="vigil-demo") as pool,
        Pool.open(database.url_for("api"), name="vigil-demo") as speaking,
    ):
        registry = Registry(pool)
        parked = garage.register(registry, told, told.plans(part))
        since = datetime.fromtimestamp(told.start_ms / 1000, UTC)
        people.hand_over(pool, speaking, garage.ground(registry), parked, since)
        return parked


def link(settings: Settings, device: str) -> Link:
    """How a demo device reaches the broker: the shared demo password, its own client id."""
    login = settings.mqtt.login("device")
    return Link(
        host=settings.mqtt.host, port=settings.mqtt.port, tenant=garage.TENANT, device=device,
        mqtt5=not settings.mqtt.demo_only,
        username=login[0] if login else None, password=login[1] if login else None,
    )  # fmt: skip
