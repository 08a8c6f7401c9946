"""`vigil bench api`: how fast the service answers in-limit reads."""

from __future__ import annotations

from typing import Annotated

import typer

from vigil.commands.options import AsJson, DataDir, print_json, settings_for


def api(
    rate: Annotated[float, typer.Option("--rate", min=0.1, help="Requests per second.")] = 50.0,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long.")] = 20.0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure the running instance as the demo's first adviser, over all cars of the centre.

    Exit code 3 when no instance runs, 1 when a request failed.
    """
    from vigil.bench.api import measure
    from vigil.commands.api import signed_in
    from vigil.machine.instance import find

    running = find(settings_for(data_dir).data_dir)
    if running is None:
        typer.echo("no instance runs: start one with `make run`", err=True)
        raise typer.Exit(3)
    address, token = signed_in(running.settings)
    typer.echo(f"{rate:.0f} requests/s for {seconds:.0f} s at {address}", err=True)
    said = measure(address, token, rate_s=rate, seconds=seconds).as_json()
    if as_json:
        print_json(said)
    else:
        typer.echo(f"{said['requests_s']} requests/s, ms {said['ms']}, errors {said['errors']}")
    if said["errors"]:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(api)
