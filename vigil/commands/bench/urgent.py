"""`vigil bench urgent`: from an urgent event in the gateway to a readable alert."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, print_json, settings_for


def urgent(
    devices: Annotated[int, typer.Option("--devices", min=1, help="Gateways at work at once.")] = 4,
    events: Annotated[int, typer.Option("--events", min=1, help="Events of each of them.")] = 50,
    as_json: AsJson = False,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Measure the instance that runs there, not a fresh one."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Measure the urgent path on real parts: outbox, MQTT, ingest, database, urgent process.

    Without --data-dir it starts an instance of its own and removes it afterwards. Exit code 1 when
    an event was lost or doubled.
    """
    from vigil.bench.urgent import measure
    from vigil.machine.attach import attach_or_start

    with TemporaryDirectory(prefix="vigil-bench-") as own:
        Path(own).chmod(0o711)
        settings = settings_for(data_dir or Path(own) / "instance", config)
        typer.echo(f"{devices} gateways, {events} events each", err=True)
        with attach_or_start(settings, services=("ingest", "urgent")) as working:
            found = measure(working, devices=devices, events=events, folder=Path(own))
    said = found.as_json()
    if as_json:
        print_json(said)
    else:
        typer.echo(f"event to readable alert, ms: {said['alert_ms']}")
        typer.echo(f"lost {found.lost}, doubled {found.doubled} of {said['events']}")
    if found.lost or found.doubled:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(urgent)
