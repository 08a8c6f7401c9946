"""`vigil serve NAME`: one service in this process, as the supervisor and compose start it."""

from __future__ import annotations

from typing import Annotated

import typer

from vigil.commands.options import ConfigFile, DataDir, settings_for


def serve(
    name: Annotated[
        str, typer.Argument(help="ingest, gbt32960, urgent, worker, api, or a demo service")
    ],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Run one service until it is told to end.

    On one machine `vigil run` does this for all of them; on real servers start each service by
    itself, as many ingest workers as the load needs.
    """
    from vigil import log, wiring

    settings = settings_for(data_dir, config)
    log.set_up(settings.log)
    wiring.serve(name, settings)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(serve)
