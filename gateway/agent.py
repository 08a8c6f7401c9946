"""One car's gateway: the loop that does the I/O between bus, station, outbox and broker.

    bus --frames--> Station --ticks, events, records--> Envelope --batches--> Outbox --> Uplink
     ^                 |
     '----requests-----'

The bus may vanish and come back; the broker may be away for days; the loop goes on. Times are
monotonic (with sleep counted), so a wrong clock in the car shifts nothing: the cloud's time reply
puts the boot on the calendar.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from firmware_contracts.backoff import Backoff
from firmware_contracts.clock import Hello
from firmware_contracts.signal import Group
from firmware_contracts.signals import CATALOGUE_VERSION
from firmware_contracts.telemetry import WIRE_MAJOR, WIRE_MINOR
from gateway import profiles
from gateway.bus import Bus, BusSetting
from gateway.decode import dbc
from gateway.decode.dbc import Broadcast
from gateway.envelope import Envelope, Sender
from gateway.errors import BusFailed, GatewayError, ProfileWrong
from gateway.link import Link
from gateway.meters import Meters
from gateway.outbox import Outbox
from gateway.poller import Poller
from gateway.profiles import Profile
from gateway.station.station import Station
from gateway.station.step_output import NOTHING, StepOutput
from gateway.uplink import Boot, Uplink

STEP_S = 0.02
"""Longest wait for a frame, so that requests and timeouts are on time."""
REOPEN_S, REOPEN_MOST_S = 1.0, 30.0
HELD_MS = 60_000
"""A bus that held this long is reopened without a grudge."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One car: where its bus is, what it is, where to report, what may leave it.

    `allowed` are the legal groups that may leave (DUTY always may). `outbox_bytes` bounds the file.
    """

    bus: BusSetting
    profile: str
    link: Link
    folder: Path
    allowed: frozenset[Group] = frozenset({Group.DUTY})
    latency_s: float = 10.0
    tick_s: float = 1.0
    outbox_bytes: int = 256 << 20


def mono_ms() -> int:
    """ms since boot, time asleep included: the clock of ticks and of anchors."""
    return time.clock_gettime_ns(_CLOCK) // 1_000_000


_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_id(device: str) -> bytes:
    """16 bytes that name this boot of this device: the same after a restart of the process, so
    that an anchor learned later also places what was read earlier."""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    try:
        words = kernel.read_text()
    except OSError:
        return secrets.token_bytes(16)
    return hashlib.blake2b(f"{words.strip()}|{device}".encode(), digest_size=16).digest()


def broadcast_of(profile: Profile, where: Path) -> Broadcast | None:
    """The decoder of a profile's broadcast; its DBC lies beside the profile or under its path."""
    if profile.dbc is None:
        return None
    for path in (Path(profile.dbc), where.parent / profile.dbc, profiles.FOLDER / profile.dbc):
        if path.exists():
            try:
                return dbc.load(path, profile.broadcast or {})
            except ValueError as wrong:
                raise ProfileWrong(f"profile {profile.name}: {wrong}") from wrong
    raise ProfileWrong(
        f"profile {profile.name}: DBC {profile.dbc} is neither beside the profile nor a path"
    )


def station_of(setting: Setting) -> Station:
    """The station of a setting; ProfileWrong names the file and what is wrong with it."""
    try:
        profile = profiles.load(setting.profile)
    except ValueError as wrong:
        raise ProfileWrong(str(wrong)) from wrong
    return Station(
        Poller(profile),
        broadcast_of(profile, Path(setting.profile)),
        allowed=setting.allowed,
        tick_ms=round(setting.tick_s * 1000),
    )


class Agent:
    """`run` blocks until `end` is called from another thread or a signal handler."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.station = station_of(setting)
        self.boot = boot_id(setting.link.device)
        path = setting.folder / f"{setting.link.device}.outbox.db"
        self.outbox = Outbox(path, max_bytes=setting.outbox_bytes, mono_ms=mono_ms)
        self.uplink = Uplink(
            self.outbox,
            setting.link,
            Boot(id=self.boot, needs_time=True, mono_ms=mono_ms, hello=self.hello),
        )
        self._envelope = Envelope(
            self.outbox, Sender(boot=self.boot), latency_ms=round(setting.latency_s * 1000)
        )
        self._meters = Meters()
        self._ended = threading.Event()
        self.reopened = 0

    def run(self) -> None:
        """Read the car and report, whatever comes and goes."""
        self.uplink.start()
        backoff, opened = Backoff(first_s=REOPEN_S, most_s=REOPEN_MOST_S), mono_ms()
        try:
            while not self._ended.is_set():
                try:
                    with Bus(self.setting.bus, mono_ms) as bus:
                        opened = mono_ms()
                        self._drive(bus)
                except BusFailed as failed:
                    log.warning("agent: %s", failed)
                except Exception:  # one surprise in a decoder must not end a car's gateway
                    log.exception("agent: begun anew after an unexpected error")
                if not self._ended.is_set():
                    self.reopened += 1
                    if mono_ms() - opened > HELD_MS:
                        backoff.reset()
                    self._ended.wait(backoff.next_s())
        finally:
            self._leave()

    def end(self) -> None:
        """Let `run` come to its end; what has no receipt stays in the outbox."""
        self._ended.set()

    def hello(self) -> Hello:
        """The birth: what runs here. Streams and losses are the uplink's to fill in."""
        return Hello(
            boot=self.boot,
            mono_ms=mono_ms(),
            versions={
                "gateway": _version(),
                "wire": f"{WIRE_MAJOR}.{WIRE_MINOR}",
                "catalogue": str(CATALOGUE_VERSION),
            },
            profile=self.station.poller.profile.name,
        )

    def _drive(self, bus: Bus) -> None:
        step_at = 0
        while not self._ended.is_set():
            frame = bus.read(STEP_S)
            if frame is not None:
                self._hand_on(self.station.take_frame(frame), bus)
            now = mono_ms()
            if now >= step_at:
                step_at = now + round(STEP_S * 1000)
                self._hand_on(self._step(now), bus)
                self._keep(now, NOTHING)

    def _step(self, now: int) -> StepOutput:
        output = self.station.pass_time(now)
        wall = time.time_ns() // 1_000_000
        own = self._meters.due(now, wall, self.outbox, self.station, self.uplink.anchor)
        return output + self.station.take_own(own) if own else output

    def _hand_on(self, output: StepOutput, bus: Bus) -> None:
        for send in output.sends:
            bus.send(send.id, send.data)
        if output.to_store:
            self._keep(mono_ms(), output)

    def _keep(self, now: int, output: StepOutput) -> None:
        """A full or failing disk costs what was read meanwhile, and is said; never the loop."""
        try:
            done = self._envelope.take(
                ticks=output.ticks,
                events=output.events,
                records=output.records,
                bursts=output.bursts,
            )
            done += self._envelope.flush_due(now)
        except GatewayError as failed:
            log.error("agent: %s", failed)
            return
        if done:
            self.uplink.wake()

    def _leave(self) -> None:
        self._keep(mono_ms(), self.station.close())
        try:
            self._envelope.flush()
        except GatewayError as failed:
            log.error("agent: %s", failed)
        self.uplink.wake()
        self.uplink.wait_empty(2.0)
        self.uplink.stop()
        self.outbox.close()


def _version() -> str:
    for name in ("vigil-gateway", "vigil-cars"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
