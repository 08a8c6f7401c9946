"""The two services of a demo. Both register their cars, send their history, then live.

cars     the first two, on a CAN bus of this process, read by the gateway agent
fleet    the others, reporting themselves
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from domain.errors import BadInput
from gateway.link import Link, Tls
from store.db.pool import Pool
from store.people.identity import Registry
from vigil.demo import demo_cars, onbus, people, road, story
from vigil.demo.demo_cars import Parked
from vigil.demo.story import Story
from vigil.settings import Settings

_HISTORY_NICE = 5
"""History is made behind everything else."""
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
        self._cars: list[road.OnTheRoad] = []

    def run(self) -> None:
        """Register, bring one car after the other onto the road, and let them live."""
        told = story.begin(self._settings)
        parked = register(self._settings, told, self._part)
        with ThreadPoolExecutor(1, thread_name_prefix="history") as pool:
            first = pool.submit(self._bring_up, told, parked)
            first.add_done_callback(self._end_if_failed)
            try:
                road.beat_all(self._cars, self._ended)
            finally:
                self._ended.set()
        for car in self._cars:
            car.stop()
        first.result()

    def end(self) -> None:
        """Lines close; unsent messages wait in the outboxes."""
        self._ended.set()

    def _end_if_failed(self, first: Future[None]) -> None:
        """A car that cannot be brought up ends the service: the supervisor starts it again."""
        if first.exception() is not None:
            self._ended.set()

    def _bring_up(self, told: Story, parked: list[Parked]) -> None:
        for each in parked:
            if self._ended.is_set():
                return
            on_bus = self._part == "cars" and each.plan.spec.powertrain in onbus.PROFILES
            make = onbus.OnBus if on_bus else road.SelfReporting
            line = link(self._settings, each.device)
            self._cars.append(make(told, each, line, told.folder / "outbox"))
            logger.info("%s is on the road", each.plan.name)
        os.nice(_HISTORY_NICE)  # of this thread only
        for car in list(self._cars):
            car.tell(self._ended)
        if not self._ended.is_set():
            logger.info("history told")


def register(settings: Settings, told: Story, part: str) -> list[Parked]:
    """Registers the cars of a part and returns them."""
    database = settings.database
    with (
        Pool.open(database.url_for("worker"), name="vigil-demo") as pool,
        Pool.open(database.url_for("api"), name="vigil-demo") as speaking,
    ):
        registry = Registry(pool)
        parked = demo_cars.register(registry, told, told.plans(part))
        since = datetime.fromtimestamp(told.start_ms / 1000, UTC)
        people.hand_over(pool, speaking, demo_cars.ground(registry), parked, since)
        return parked


def link(settings: Settings, device: str) -> Link:
    """How a demo device reaches the broker: by its own certificate, or on a broker of ours by the
    shared demo password and its own client id."""
    mqtt = settings.mqtt
    login = mqtt.login("device")
    return Link(
        host=mqtt.host,
        port=mqtt.port,
        tenant=demo_cars.TENANT,
        device=device,
        mqtt5=not mqtt.demo_only,
        tls=certificate(settings, device) if mqtt.tls else None,
        username=login[0] if login else None,
        password=login[1] if login else None,
    )


def certificate(settings: Settings, device: str) -> Tls:
    """The device's certificate; BadInput where the settings name none."""
    folder, authority = settings.demo.certificates_dir, settings.mqtt.ca_file
    if folder is None or authority is None:
        raise BadInput(
            "demo.certificates_dir",
            folder,
            "and mqtt.ca_file are needed for mqtts",
            remedy="deploy/compose/prepare.sh makes them",
        )
    return Tls(ca=authority, certificate=folder / f"{device}.pem", key=folder / f"{device}.key")
