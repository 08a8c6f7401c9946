"""`vigil replay FILE --as tbox`: a recording goes through the whole house, as history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for

if TYPE_CHECKING:
    from vigil.replay.run import Outcome


def replay(
    file: Annotated[Path, typer.Argument(help="A table of rows: parquet or csv.")],
    meaning: Annotated[
        str, typer.Option("--as", help="What its columns mean: a built-in mapping or a YAML file.")
    ] = "tbox",
    device: Annotated[
        str | None, typer.Option("--device", help="Send as this device (default: one of its own).")
    ] = None,
    vehicle: Annotated[
        str | None, typer.Option("--vehicle", help="History of this vehicle, v-... (default: new).")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.001, help="Times real time; as fast as receipts allow."),
    ] = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Return after the last receipt.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Send a recording through an outbox and MQTT as a device would, with origin import.

    It uses the instance that runs in the data folder; where none runs, it starts one and stops it
    at the end. Every row is accounted for: rows in = stored + quarantined + duplicates. Sent a
    second time, everything is a duplicate. Killed half-way, run it again.

    What the columns mean stands in a mapping file (see docs/replay.md); cross-checks between the
    columns choose between known dialects and say so.

    Exit code 1 when the account does not add up, 3 when the file has no rows.
    """
    from vigil.replay import mapping
    from vigil.replay.run import ReplayRequest
    from vigil.replay.run import replay as carry_out

    settings = settings_for(data_dir, config)
    request = ReplayRequest(
        file=file,
        mapping=mapping.load(meaning),
        device=device,
        vehicle=vehicle,
        speed=speed,
        wait=not no_wait,
        say=lambda line: typer.echo(line, err=True),
    )
    outcome = carry_out(settings, request)
    if as_json:
        print_json(outcome.as_json())
    else:
        _tell(outcome)
    if not outcome.account.identity:
        raise typer.Exit(1)
    if not outcome.account.rows_in:
        raise typer.Exit(3)


def _tell(outcome: Outcome) -> None:
    said = outcome.account
    waits = ", ".join(f"{n} {reason}" for reason, n in sorted(said.quarantined.items())) or "0"
    typer.echo(
        f"{said.rows_in} rows in {outcome.seconds:.1f} s: {said.stored} stored, "
        f"{said.duplicate} duplicates, quarantined {waits}"
    )
    if not said.identity:
        typer.echo("the account does not add up: rows are missing", err=True)
    for alert in outcome.as_json()["alerts"]:
        typer.echo(
            f"{alert['severity']:<7} {alert['cause']} {alert['component']} since {alert['since']}"
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(replay)
