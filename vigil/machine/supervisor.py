"""One supervisor: starts the servers and the services, restarts what dies, ends everything.

    starting ──> running ──exit──> waiting (0.5 s, doubling to 30 s) ──> starting
                    └──stop──> stopped

Every process hangs on a leash (vigil/machine/embedded/leash.py): when the supervisor dies, by
whatever means, the kernel ends them all.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import BadInput, Refused, StoreFull, VigilError
from firmware_contracts.backoff import Backoff
from vigil.files import write_private
from vigil.machine import instance, prepare, service_names
from vigil.machine.embedded import process
from vigil.machine.embedded.broker import Broker
from vigil.machine.embedded.database import Database
from vigil.settings import Settings

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
HEALTHY_AFTER_S = 60.0
"""A service that ran so long starts its pauses anew."""
TICK_S = 0.25
"""How late the end of a process is noticed."""
LOG_LIMIT_BYTES = 10_000_000
"""A log begins anew at 10 MB; the one before is kept."""
LEAST_FREE_BYTES = 300_000_000
"""Below it a database stops by itself: better to end in order."""
logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Child:
    """One supervised process. `begin` starts it; the clock is monotonic seconds."""

    name: str
    begin: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    state: str = "starting"
    restarts: int = 0
    backoff: Backoff = field(
        default_factory=lambda: Backoff(first_s=FIRST_WAIT_S, most_s=LONGEST_WAIT_S)
    )
    due: float = 0.0
    began: float = 0.0
    trouble: str = ""

    def tick(self, now: float) -> bool:
        """Look once and act; True when the state changed."""
        before = self.state
        if self.process is not None and self.process.poll() is not None:
            self._ended(now)
        elif self.process is None and now >= self.due:
            self._start(now)
        return self.state != before

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """End it for good."""
        if self.process is not None:
            process.stop(self.process, signum)
        self.process, self.state = None, "stopped"

    def _start(self, now: float) -> None:
        try:
            self.process = self.begin()
        except (OSError, VigilError) as problem:
            self._ended(now, str(problem))
            return
        self.began, self.state, self.trouble = now, "running", ""

    def _ended(self, now: float, why: str = "") -> None:
        lived_s = now - self.began
        code = self.process.returncode if self.process else None
        self.trouble = why or f"ended with {code} after {lived_s:.0f} s"
        logger.info("%s: %s", self.name, self.trouble)
        if lived_s > HEALTHY_AFTER_S:
            self.backoff.reset()
        self.process, self.state, self.due = None, "waiting", now + self.backoff.next_s()
        self.restarts += 1


@dataclass(kw_only=True)
class Servers:
    """The servers of our own that run, if any."""

    database: Database | None = None
    broker: Broker | None = None
    children: list[Child] = field(default_factory=list)


class Supervisor:
    """Runs one instance. Use `running()` in the main thread or `in_background()`."""

    def __init__(self, settings: Settings, *, services: Sequence[str]) -> None:
        self.settings = settings
        self.wanted_seed = settings.demo.seed
        self.services: list[Child] = []
        self.servers = Servers()
        self._names = tuple(services)
        self._lock = instance.Lock(settings.data_dir)
        self._ending = threading.Event()

    @property
    def states(self) -> dict[str, str]:
        """State of every server and service by name."""
        return {child.name: child.state for child in (*self.servers.children, *self.services)}

    @property
    def troubles(self) -> dict[str, str]:
        """Why each service that waits is not running."""
        children = (*self.servers.children, *self.services)
        return {child.name: child.trouble for child in children if child.trouble}

    @contextmanager
    def running(self) -> Iterator[Settings]:
        """Everything started; yields the settings with working URLs; stops all at the end."""
        claim_folder(self.settings.data_dir)
        if not self._lock.take():
            raise Refused(
                f"an instance runs in {self.settings.data_dir} already (process "
                f"{self._lock.holder()})",
                remedy="stop it first: vigil stop",
            )
        try:
            yield self._start()
        finally:
            self._stop()

    @contextmanager
    def in_background(self) -> Iterator[Settings]:
        """As `running`, watched by a thread of this process."""
        with self.running() as settings:
            watcher = threading.Thread(target=self.watch, name="supervisor", daemon=True)
            watcher.start()
            try:
                yield settings
            finally:
                self._ending.set()
                watcher.join()

    def watch(self, on_change: Callable[[], None] = lambda: None) -> None:
        """Look after the children until `end`."""
        while not self._ending.wait(TICK_S):
            now = time.monotonic()
            changed = [c.tick(now) for c in (*self.servers.children, *self.services)]
            if any(changed):
                self._publish()
                on_change()

    def end(self) -> None:
        """Ask `watch` to return; safe in a signal handler."""
        self._ending.set()

    def _start(self) -> Settings:
        data_dir = self.settings.data_dir.absolute()
        self.settings = self.settings.with_values({"data_dir": str(data_dir)})
        if "api" in self._names:
            self._claim_api_port()
        self._start_servers(instance.made_secrets(data_dir))
        prepare.prepare_store(self.settings)
        prepare.prepare_reports(self.settings)
        self.settings = prepare.prepare_demo(self.settings)
        if set(self._names) & service_names.DEMO:
            prepare.prepare_people(self.settings)
        write_private(data_dir / instance.STATE, instance.for_services(self.settings))
        for name in self._service_names():
            self.services.append(Child(name=name, begin=self._beginner(name)))
        for child in self.services:
            child.tick(time.monotonic())
        self._publish()
        return self.settings

    def _start_servers(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        if self.settings.database.url is None:
            self._start_database(secrets["database"])
        if self.settings.mqtt.url is None:
            self._start_broker(secrets["mqtt"])
        if self.settings.api.secret is None:
            self.settings = self.settings.with_values({"api": secrets["api"]})

    def _start_database(self, passwords: Mapping[str, str]) -> None:
        server = Database(data_dir=self.settings.data_dir)
        self.servers.database = server.start()
        admin_url = server.admin_url
        values = {"url": instance.database_url(admin_url), "admin_url": admin_url, **passwords}
        self.settings = self.settings.with_values({"database": values})
        self.servers.children.append(self._server_child("database", server))

    def _start_broker(self, passwords: Mapping[str, str]) -> None:
        words = {key.removesuffix("_password"): word for key, word in passwords.items()}
        server = Broker(data_dir=self.settings.data_dir, passwords=words)
        self.servers.broker = server.start()
        version = "?version=3.1.1" if server.demo_only else ""
        values = {"url": f"mqtt://127.0.0.1:{server.port}{version}"}
        known = {} if server.demo_only else passwords
        self.settings = self.settings.with_values({"mqtt": {**values, **known}})
        self.servers.children.append(self._server_child("broker", server))

    def _server_child(self, name: str, server: Database | Broker) -> Child:
        def begin() -> subprocess.Popen[bytes]:
            started = server.start().process
            assert started is not None
            return started

        now = time.monotonic()
        return Child(name=name, begin=begin, process=server.process, state="running", began=now)

    def _service_names(self) -> list[str]:
        several = 1 if self.settings.mqtt.demo_only else self.settings.ingest.workers
        numbered = [f"ingest-{n}" for n in range(1, several + 1)] if several > 1 else ["ingest"]
        return [each for name in self._names for each in (numbered if name == "ingest" else [name])]

    def _beginner(self, name: str) -> Callable[[], subprocess.Popen[bytes]]:
        data_dir = self.settings.data_dir
        service = name.split("-")[0]
        command = [sys.executable, "-m", "vigil", "serve", service]

        def begin() -> subprocess.Popen[bytes]:
            log = data_dir / "logs" / f"{name}.log"
            roll(log)
            return process.launch(
                command, log=log, as_account=False, environment=service_environment(data_dir)
            )

        return begin

    def _claim_api_port(self) -> None:
        api = self.settings.api
        port = api.port or process.free_port()
        if api.port and process.answers(port):
            raise BadInput(
                "api.port",
                port,
                "is in use by another program",
                remedy=f"choose another: VIGIL_API__PORT={port + 1} make run",
            )
        self.settings = self.settings.with_values({"api": {"port": port}})

    def _publish(self) -> None:
        write_private(self.settings.data_dir / instance.SERVICES, self.states)

    def _stop(self) -> None:
        for child in reversed(self.services):
            if child.process is not None:
                child.process.terminate()
        for child in reversed(self.services):
            child.stop()
        for child in reversed(self.servers.children):
            child.stop(signal.SIGINT if child.name == "database" else signal.SIGTERM)
        instance.forget(self.settings.data_dir)
        self._lock.release()


def claim_folder(data_dir: Path) -> None:
    """Make the folder; StoreFull where the disk has too little room to keep what cars send."""
    try:
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(data_dir).free
    except OSError as problem:
        raise BadInput(
            "data_dir",
            str(data_dir),
            problem.strerror or "cannot be written",
            remedy="name a folder that you may write: VIGIL_DATA_DIR=… or --data-dir",
        ) from problem
    if free < LEAST_FREE_BYTES:
        raise StoreFull(
            f"the disk of {data_dir} has {free / 1e6:.0f} MB left",
            remedy="make room, or name a folder elsewhere: VIGIL_DATA_DIR=…",
        )


def roll(log: Path) -> None:
    """Keep one older log and start a new one when it has grown."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def service_environment(data_dir: Path) -> dict[str, str]:
    """Our environment, the settings replaced by the instance's file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    return {**kept, "VIGIL_CONFIG": str(data_dir / instance.STATE)}
