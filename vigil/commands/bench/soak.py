"""`vigil bench soak`: ingest at half load for a long time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, print_json, settings_for


def soak(
    minutes: Annotated[float, typer.Option("--minutes", min=0, help="How long.")] = 15.0,
    vehicles: Annotated[int, typer.Option("--vehicles", min=1, help="Cars at once.")] = 200,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send at half of the full speed for a long time: memory of the workers, time to the receipt
    in the first and the last half minute, rows lost or doubled.

    It starts an instance of its own and removes it afterwards, or uses the servers that the
    settings name. Exit code 1 when a row was lost or doubled.
    """
    from vigil.bench.ingest.soak import soak as run
    from vigil.machine.attach import attach_or_start

    with TemporaryDirectory(prefix="vigil-bench-") as own:
        Path(own).chmod(0o711)
        settings = settings_for(Path(own) / "instance", config)
        with attach_or_start(settings, services=()) as working:
            said = run(
                working,
                Path(own),
                minutes=minutes,
                vehicles=vehicles,
                tell=lambda words: typer.echo(words, err=True),
            )
    if as_json:
        print_json(said)
    else:
        for key, value in said.items():
            typer.echo(f"{key}: {value}")
    if said["lost"] or said["duplicated"]:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(soak)
