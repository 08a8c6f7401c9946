"""The instance of a data folder: found when it runs, started for as long as somebody needs it.

    data_dir/instance.lock   held (flock) by the one supervisor; the kernel lets go when it dies
    data_dir/instance.json   0600: the settings its services run with, passwords included
    data_dir/services.json   what is alive, written by the supervisor at every change
    data_dir/secrets.json    0600: passwords and keys made at the first start, kept
    data_dir/logs/           one file per service

Neither the administrator's nor the owner's password is in instance.json: services never get them.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from domain.errors import Refused
from vigil import settings as config
from vigil.files import write_private
from vigil.machine.embedded import process
from vigil.settings import Settings

DATABASE_NAME = "vigil"
LOCK, STATE, SERVICES, SECRETS = "instance.lock", "instance.json", "services.json", "secrets.json"
SERVER_HOMES = ("database", "broker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A running instance: its settings with working URLs, its supervisor, its services."""

    settings: Settings
    pid: int
    services: dict[str, str]


class Lock:
    """The right to run the instance of a data folder; held until `release` or death."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """True when it is ours now."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        return True

    def holder(self) -> int | None:
        """Process id of the holder, None when nobody holds it."""
        try:
            with self._path.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read().strip() or 0)
        except (OSError, ValueError):
            return None
        return None

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def find(data_dir: Path) -> Instance | None:
    """The running instance of this folder, None when none runs (or none has started yet)."""
    pid = Lock(data_dir).holder()
    state = data_dir / STATE
    if pid is None or not state.exists():
        return None
    settings = config.build(config.from_file(state))
    return Instance(settings=settings, pid=pid, services=read_services(data_dir))


def read_services(data_dir: Path) -> dict[str, str]:
    """State of each service by name; empty when nothing was written."""
    try:
        return dict(json.loads((data_dir / SERVICES).read_text()))
    except (OSError, ValueError):
        return {}


def made_secrets(data_dir: Path) -> Mapping[str, Any]:
    """Passwords for every role, the session key and the name of the shared subscription, as nested
    settings; made once per folder."""
    path = data_dir / SECRETS
    kept = config.from_file(path) if path.exists() else {}
    names = {
        "database": [f"{role}_password" for role in config.DATABASE_ROLES],
        "mqtt": [f"{role}_password" for role in config.MQTT_ROLES],
        "api": ["secret"],
        "ingest": ["group"],
    }
    fresh = {part: {key: secrets.token_urlsafe(24) for key in keys} for part, keys in names.items()}
    values = config.merged(fresh, kept)
    if values != kept:
        data_dir.mkdir(parents=True, exist_ok=True)
        write_private(path, values)
    return values


def for_services(settings: Settings) -> Mapping[str, Any]:
    """What a service may know: everything but the administrator and the owner."""
    values = settings.revealed()
    values["data_dir"] = str(settings.data_dir.absolute())
    for private in ("admin_url", "owner_password", "backup_password"):
        values["database"][private] = None
    return config.merged({}, values)


def wipe(data_dir: Path) -> None:
    """Start anew: remove the folder's state; Refused for a folder that is not one of ours."""
    if not data_dir.exists():
        return
    content = {entry.name for entry in data_dir.iterdir()}
    if content and not content & {LOCK, STATE, SECRETS}:
        raise Refused(
            f"{data_dir} holds other things than Vigil's state",
            remedy="name a folder of its own with --data-dir",
        )
    if Lock(data_dir).holder() is not None:
        raise Refused(f"an instance runs in {data_dir}", remedy="stop it first: vigil stop")
    for name in SERVER_HOMES:
        if name in content or process.account() is not None:
            shutil.rmtree(process.home(data_dir, name), ignore_errors=True)
    shutil.rmtree(data_dir)


def await_found(data_dir: Path, limit_s: float = 30.0) -> Instance | None:
    """`find`, but waits for a supervisor that holds the lock and has not written its state."""
    deadline = time.monotonic() + limit_s
    while Lock(data_dir).holder() is not None:
        found = find(data_dir)
        if found is not None and found.services:
            return found
        if time.monotonic() > deadline:
            raise Refused(
                f"the instance in {data_dir} does not come up", remedy=f"read {data_dir}/logs"
            )
        time.sleep(0.1)
    return None


def forget(data_dir: Path) -> None:
    """Remove what a reader would take for a running instance."""
    for name in (STATE, SERVICES):
        with suppress(FileNotFoundError):
            (data_dir / name).unlink()


def database_url(admin_url: str) -> str:
    """Address of the store's database on the administrator's server, without a login."""
    parts = urlsplit(admin_url)
    return f"postgresql://{parts.hostname}:{parts.port}/{DATABASE_NAME}"


def has_own_servers(settings: Settings) -> bool:
    """True when at least one server must be started by us."""
    return settings.database.url is None or settings.mqtt.url is None
