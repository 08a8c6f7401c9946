"""`vigil stop`: ends the instance of a data folder."""

from __future__ import annotations

import os
import signal
import time

import typer

from vigil.commands.options import DataDir, settings_for

LIMIT_S = 60.0
"""An orderly end takes seconds; after a minute it hangs."""


def stop(data_dir: DataDir = None) -> None:
    """Stop the running instance and wait until it is gone. Exit code 3 when none runs."""
    from domain.errors import Refused
    from vigil.machine.instance import Lock

    folder = settings_for(data_dir).data_dir
    lock = Lock(folder)
    pid = lock.holder()
    if pid is None:
        typer.echo(f"no instance runs in {folder}", err=True)
        raise typer.Exit(3)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + LIMIT_S
    while lock.holder() is not None:
        if time.monotonic() > deadline:
            raise Refused(f"process {pid} does not end", remedy=f"kill -9 {pid}")
        time.sleep(0.1)
    typer.echo(f"stopped the instance in {folder}", err=True)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(stop)
