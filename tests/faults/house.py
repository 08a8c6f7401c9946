"""The house under fault: real PostgreSQL, real mosquitto, real processes, all killable."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from store.db.bootstrap import bootstrap
from store.db.migrate import migrate
from store.db.roles import Credentials, Role
from store.results import jobs
from tests.databases import _drop as drop_database
from tests.databases import shared_passwords
from tests.servers import scratch
from vigil.files import write_private
from vigil.machine import instance
from vigil.machine.embedded.broker import Broker
from vigil.machine.embedded.database import Database
from vigil.machine.supervisor import service_environment
from vigil.settings import Settings, build

STARTER = ThreadPoolExecutor(1, "starter")
"""Servers end with the thread that started them: this one lives as long as the tests."""


@dataclass(kw_only=True)
class House:
    """One database and one broker; every process of the product is a real one."""

    folder: Path
    admin_url: str
    database: Database | None
    broker: Broker
    credentials: Credentials
    settings: Settings
    services: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    replay: subprocess.Popen[bytes] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def url(self, role: Role) -> str:
        return self.credentials.url_for(role)

    def start(self, *names: str) -> None:
        """Start services, and bring back at once whatever dies, servers included."""
        with self._lock:
            self.services |= {name: self._service(name) for name in names}
        threading.Thread(target=self._guard, daemon=True).start()

    def _service(self, name: str) -> subprocess.Popen[bytes]:
        return self._vigil("serve", name.split("-")[0], log=self.folder / f"{name}.log")

    def _vigil(self, *arguments: str, log: Path, out: Any = None) -> subprocess.Popen[bytes]:
        environment = service_environment(self.folder)
        with log.open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-m", "vigil", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out or words,
                stderr=words,
                env=environment,
                cwd=Path(__file__).resolve().parents[2],
            )

    def _guard(self) -> None:
        while not self._ended.wait(0.1):
            with self._lock:
                for name, process in self.services.items():
                    if process.poll() is not None and not self._ended.is_set():
                        self.services[name] = self._service(name)

    # -- faults -------------------------------------------------------------------------------

    def kill_service(self, name: str) -> None:
        with self._lock:
            self.services[name].kill()
            self.services[name].wait()

    def kill_broker(self) -> None:
        self.broker.kill(wipe=True)
        STARTER.submit(self.broker.start).result()

    @property
    def passwords(self) -> dict[str, str]:
        return shared_passwords(self.admin_url)

    def kill_database(self) -> None:
        assert self.database is not None, "only a server of our own may be killed"
        self.database.kill()
        STARTER.submit(self.database.start).result()

    def kill_replay(self) -> None:
        """Waits a little for one to be there; a kill that hits nobody would prove nothing."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            process = self.replay
            if process is not None and process.poll() is None:
                process.kill()
                return
            time.sleep(0.05)

    # -- work ---------------------------------------------------------------------------------

    def replay_once(self, file: Path, *options: str, wait: bool = False) -> dict[str, Any] | None:
        """What one `vigil replay` said; None where it was killed or gave up."""
        more = options if wait else (*options, "--no-wait")
        self.replay = self._vigil(
            "replay",
            str(file),
            "--json",
            *more,
            log=self.folder / "replay.log",
            out=subprocess.PIPE,
        )
        said, _ = self.replay.communicate()
        if self.replay.returncode != 0:
            return None
        answer: dict[str, Any] = json.loads(said)
        return answer

    def replay_until_done(self, file: Path, *options: str) -> dict[str, Any]:
        """Run it again until it ends well, as an operator would."""
        for _ in range(40):
            answer = self.replay_once(file, *options)
            if answer is not None:
                return answer
        raise AssertionError(f"replay never ended: {self.tail('replay')}")

    def tail(self, name: str, lines: int = 20) -> str:
        """End of a log."""
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        self._ended.set()
        self.halt()

    def halt(self) -> None:
        """End the services as an operator does; `start` brings them back."""
        with self._lock:
            for process in self.services.values():
                process.terminate()
            for process in self.services.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()
                process.wait()
            self.services.clear()


@contextmanager
def server(settings: dict[str, str] | None = None) -> Iterator[Database]:
    """A PostgreSQL of our own with full durability."""
    with scratch("faults-db") as folder:
        made = Database(data_dir=folder, settings={"shared_buffers": "64MB", **(settings or {})})
        try:
            yield STARTER.submit(made.start).result()
        finally:
            made.stop()


@contextmanager
def house(database: Database | str, name: str, folder: Path) -> Iterator[House]:
    """A fresh database on a server of ours, or on that of an administrator's URL, and a broker.

    Only a server of our own can be killed.
    """
    admin = database if isinstance(database, str) else database.admin_url
    name = f"{name}_{secrets.token_hex(3)}"
    made = bootstrap(admin, database=name, passwords=shared_passwords(admin))
    migrate(made.url_for(Role.OWNER))
    jobs.prepare(made.url_for(Role.OWNER))
    with scratch("faults-mq") as place:
        broker = STARTER.submit(Broker(data_dir=place).start).result()
        folder.mkdir(parents=True)
        built = House(
            folder=folder,
            admin_url=admin,
            broker=broker,
            credentials=made,
            database=None if isinstance(database, str) else database,
            settings=_settings(folder, admin, name, broker),
        )
        try:
            yield built
        finally:
            built.stop()
            broker.stop()
            drop_database(admin, name)


def _settings(folder: Path, admin: str, name: str, broker: Broker) -> Settings:
    parts = conninfo_to_dict(admin)
    words = {
        f"{role.removeprefix('vigil_')}_password": word
        for role, word in shared_passwords(admin).items()
    }
    made = build(
        {
            "data_dir": str(folder),
            "database": {"url": f"postgresql://{parts['host']}:{parts['port']}/{name}", **words},
            "mqtt": {"url": f"mqtt://127.0.0.1:{broker.port}"},
        }
    )
    write_private(folder / instance.STATE, instance.for_services(made))
    folder.chmod(0o700)
    return made


def until(true: Callable[[], Any], limit_s: float = 180) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
