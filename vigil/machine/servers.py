"""The database server of a command that needs its administrator: the one that the settings name,
the running instance's, else our own, started for the command and stopped after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigil.machine import instance
from vigil.machine.embedded.database import Database, find_binaries, running_port
from vigil.settings import Settings


@contextmanager
def administered(settings: Settings) -> Iterator[Settings]:
    """Settings with URL, administrator's URL (ours only) and every role's password."""
    if settings.database.url is not None:
        yield settings
        return
    passwords = instance.made_secrets(settings.data_dir)["database"]
    port = running_port(settings.data_dir)
    server = Database(data_dir=settings.data_dir, port=port or 0)
    if port is None:
        server.start()
    try:
        values = {
            "url": instance.database_url(server.admin_url),
            "admin_url": server.admin_url,
            **passwords,
        }
        yield settings.with_values({"database": values})
    finally:
        server.stop()


def programs(settings: Settings) -> Path:
    """Folder of pg_dump and pg_restore."""
    home = Database(data_dir=settings.data_dir).home
    return find_binaries(home).folder
