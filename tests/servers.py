"""Servers for tests: started once, on loopback, ended with the test run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from vigil.machine.embedded.broker import Broker, find_mosquitto
from vigil.machine.embedded.database import Database


@contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A folder that an account without rights may enter (pytest's own is closed to others)."""
    with tempfile.TemporaryDirectory(prefix=f"vigil-{prefix}-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def note(server: str) -> None:
    """Tell `make test` which server really ran."""
    if book := os.environ.get("VIGIL_TEST_SERVERS"):
        with Path(book).open("a") as file:
            file.write(f"{server}\n")


def edition(admin_url: str) -> str:
    """plain, apache or community, with the server's version."""
    with psycopg.connect(admin_url) as line:
        version = line.info.server_version // 10000
        licence = _licence(line)
        line.rollback()
    kinds = {None: "plain", "apache": "apache"}
    return f"PostgreSQL {version} {kinds.get(licence, 'community')}"


def _licence(line: psycopg.Connection) -> str | None:
    """TimescaleDB's licence; it is known only in a database that has the extension."""
    there = "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    if line.execute(there).fetchone() is None:
        return None
    line.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    found = line.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return str(found[0]) if found else None


@contextmanager
def running_database() -> Iterator[str]:
    """Administrator URL of the server named in VIGIL_TEST_ADMIN_URL, else of one of our own."""
    given = os.environ.get("VIGIL_TEST_ADMIN_URL")
    if given:
        note(edition(given))
        yield given
        return
    with scratch("database") as folder:
        server = Database(data_dir=folder, settings={"fsync": "on", "shared_buffers": "64MB"})
        try:
            url = server.start().admin_url
            note(edition(url))
            yield url
        finally:
            server.stop()


@contextmanager
def running_broker() -> Iterator[Broker]:
    """A real mosquitto that takes everybody; amqtt would prove nothing here."""
    if find_mosquitto() is None:
        raise RuntimeError("mosquitto is missing: apt-get install mosquitto")
    with scratch("broker") as folder:
        server = Broker(data_dir=folder)
        try:
            server.start()
            note(server.kind)
            yield server
        finally:
            server.stop()
