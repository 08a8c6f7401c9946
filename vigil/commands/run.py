"""`vigil run`: everything on this machine, under one supervisor."""

from __future__ import annotations

from typing import Annotated

import typer

from vigil.commands.options import ConfigFile, DataDir, settings_for


def run(
    data_dir: DataDir = None,
    config: ConfigFile = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was stored before.")] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of demo cars and their faults.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="With demo cars.")] = True,
    port: Annotated[int | None, typer.Option("--port", help="Port of the pages.")] = None,
) -> None:
    """Start database, broker, ingest, urgent, worker, API and demo cars; Ctrl-C ends them all.

    State is kept in the data folder: started again it continues with its history. The terminal
    shows the address, the sign-ins and what is alive.
    """
    from vigil import log
    from vigil.machine.terminal import supervise

    settings = settings_for(
        data_dir,
        config,
        api={"port": port},
        demo={"seed": seed, "enabled": None if demo else False},
    )
    log.set_up(settings.log)
    supervise(settings, fresh=fresh)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(run)
