"""A device is shut out, whole: certificates, codes, the broker's list, its live session, the store.

    book    no certificate of it is renewed, no code for it works
    list    the broker's deny list names its certificates
    broker  the broker reads the list: no new session
    session the one it has ends: a service takes its client id for a moment
    store   nothing it sent later is stored; what waits stays as dead letters

Each step says what it did or why it could not; the others go on.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from domain.errors import VigilError
from ingest.broker import broker
from store.db.pool import Pool
from store.people.identity import Registry
from vigil.authority.book import Book, Device
from vigil.authority.ca import open_authority
from vigil.settings import Settings

RELOAD_LIMIT_S = 30
KICK_LIMIT_S = 10
"""A command or a broker that takes longer did not do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step did; `done` False with the reason."""

    name: str
    done: bool
    detail: str


def deny(
    settings: Settings, folder: Path, who: Device, *, now: datetime, lists: Path, reload: str = ""
) -> Iterator[Step]:
    """Every step in order. `lists` is the folder of the broker's denied.pem, `reload` the command
    that makes the broker read it (a SIGHUP)."""
    book = Book(folder / "book.db")
    count = book.deny(who, now=now)
    yield Step(name="book", done=True, detail=f"{count} certificates were in force")
    listed = open_authority(folder).deny_list(book.denied(), now=now)
    (lists / "denied.pem").write_text(listed)
    yield Step(name="list", done=True, detail=str(lists / "denied.pem"))
    yield _tried("broker", lambda: _reload(reload))
    yield _tried("session", lambda: _kick(settings, who))
    yield _tried("store", lambda: _revoke(settings, who))


def _tried(name: str, act: Callable[[], str]) -> Step:
    try:
        return Step(name=name, done=True, detail=act())
    except (VigilError, OSError, ValueError, subprocess.SubprocessError) as trouble:
        return Step(name=name, done=False, detail=str(trouble))


def _reload(command: str) -> str:
    if not command:
        raise ValueError("say --reload COMMAND that sends the broker a SIGHUP, or do it by hand")
    subprocess.run(shlex.split(command), check=True, timeout=RELOAD_LIMIT_S, capture_output=True)
    return command


def _kick(settings: Settings, who: Device) -> str:
    """Connect once with the device's client id, on the services' listener, and leave."""
    if settings.mqtt.url is None:
        raise ValueError("mqtt.url is not set: no broker to ask")
    files = {name: str(path) for name, path in settings.mqtt.files().items()}
    there, answered = broker(settings.mqtt.url_for("control"), **files), threading.Event()
    answers: list[str] = []

    def heard(_c: object, _u: object, _f: object, reason: object, _p: object) -> None:
        answers.append(str(reason))
        answered.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id=who.identity, protocol=MQTTv5)
    client.on_connect = heard
    if there.username is not None:
        client.username_pw_set(there.username, there.password)
    if there.tls:
        client.tls_set_context(there.context())
    client.connect(there.host, there.port, clean_start=True)
    client.loop_start()
    try:
        if not answered.wait(KICK_LIMIT_S) or answers != ["Success"]:
            raise ValueError(f"the broker answered {answers or 'nothing'}")
    finally:
        client.disconnect()
        client.loop_stop()
    return "its session ended"


def _revoke(settings: Settings, who: Device) -> str:
    if settings.database.url is None:
        raise ValueError("database.url is not set: revoke it where the database is")
    with Pool.open(settings.database.url_for("worker"), name="vigil-deny") as pool:
        registry = Registry(pool)
        device = registry.device(who.tenant, who.device)
        if device is None:
            return "it was never registered"
        registry.revoke_device(device.tenant_id, device.id)
    return "revoked"
