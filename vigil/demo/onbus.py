"""A demo car on a CAN bus of this process, read by the gateway agent as any car would be."""

from __future__ import annotations

import threading
from pathlib import Path

from firmware_contracts.signal import Group
from gateway.agent import Agent, Setting
from gateway.bus import BusSetting
from gateway.link import Link
from simulators.bus_thread import CarOnBus
from simulators.buses import open_bus
from vigil.demo.demo_cars import Parked
from vigil.demo.memory import Memory
from vigil.demo.road import alive, tell
from vigil.demo.story import Story

PROFILES = {"bev": "demo_bev", "petrol": "demo_petrol"}
"""Gateway profile by powertrain; other cars of the demo report themselves."""
_ALLOWED = frozenset(Group) - {Group.POSITION}
_LATENCY_S = 5.0
"""The demo shows a reading soon; a real gateway waits ten seconds."""


class OnBus:
    """Two threads: the car with its control units, and the gateway that reads them."""

    def __init__(self, story: Story, parked: Parked, link: Link, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        channel = f"demo-{parked.plan.name}"
        self._agent = Agent(
            Setting(
                bus=BusSetting(interface="virtual", channel=channel),
                profile=PROFILES[parked.plan.spec.powertrain],
                link=link,
                folder=folder,
                allowed=_ALLOWED,
                latency_s=_LATENCY_S,
            )
        )
        self._story, self._parked = story, parked
        self._memory = Memory(story.folder, parked.plan.name)
        self._car = CarOnBus(alive(story, parked, self._memory), open_bus("virtual", channel))
        self._car.start()
        self._thread = threading.Thread(target=self._agent.run, name=f"gateway-{link.device}")
        self._thread.start()

    def beat(self, now_ms: int) -> None:
        """Car and gateway live by themselves; the odometer is noted."""
        self._memory.note(self._car.car.value("odometer_m") or 0.0)

    def tell(self, ended: threading.Event) -> None:
        """Its history, once."""
        tell(self._story, self._parked, self._memory, self._agent.outbox, ended)
        self._agent.uplink.wake()

    def stop(self) -> None:
        """The gateway first, so that it hears the car to the end."""
        self._agent.end()
        self._thread.join(timeout=10)
        self._car.stop()
