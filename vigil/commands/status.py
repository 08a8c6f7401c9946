"""`vigil status`: what a running instance is doing."""

from __future__ import annotations

import typer

from vigil.commands.options import AsJson, DataDir, print_json, settings_for


def status(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Vehicles, how many are fresh, open alerts and offers, and the state of each service.

    Exit code 3 when no instance runs in the folder.
    """
    from vigil.machine.instance import find
    from vigil.machine.overview import look

    settings = settings_for(data_dir)
    running = find(settings.data_dir)
    if running is None:
        if as_json:
            print_json(
                {"vehicles": 0, "fresh": 0, "alerts_open": 0, "offers_open": 0, "services": {}}
            )
        typer.echo(f"no instance runs in {settings.data_dir}: start one with `make run`", err=True)
        raise typer.Exit(3)
    seen = look(running)
    if as_json:
        print_json(seen)
        return
    typer.echo(f"address      {running.settings.api.address}")
    for key in ("vehicles", "fresh", "alerts_open", "offers_open"):
        typer.echo(f"{key:<12} {seen[key]}")
    for name, state in running.services.items():
        typer.echo(f"{name:<12} {state}")


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(status)
