"""Servers to work with: those of a running instance, those named, or ones started for now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vigil.machine.instance import await_found, has_own_servers
from vigil.machine.supervisor import Supervisor
from vigil.settings import Settings


@contextmanager
def attach_or_start(
    settings: Settings, *, services: Sequence[str] = ("ingest", "urgent", "worker")
) -> Iterator[Settings]:
    """Settings with working URLs: of the running instance, of the servers that the settings
    name, else of servers and `services` started here and stopped at the end.
    """
    running = await_found(settings.data_dir)
    if running is not None:
        yield running.settings
        return
    if not has_own_servers(settings):
        yield settings
        return
    supervisor = Supervisor(settings, services=services)
    with supervisor.in_background() as working:
        yield working
