"""`vigil scorecard`: the alert book held against what was planted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil.commands.options import AsJson, DataDir, print_json, settings_for


def scorecard(
    data_dir: DataDir = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Truth file; default: the demo's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Faults found and missed, lead times, false alarms and calibration of a simulated fleet.

    Cars are found by `vehicles.json` beside the truth file. Lead counts from the alert to the
    planted failure. Exit code 3 when no instance runs.
    """
    from vigil.demo.scoring import card
    from vigil.machine.instance import find

    settings = settings_for(data_dir)
    running = find(settings.data_dir)
    if running is None:
        typer.echo(f"no instance runs in {settings.data_dir}: start one with `make run`", err=True)
        raise typer.Exit(3)
    said = card(running.settings, truth)
    if as_json:
        print_json(said)
    else:
        _show(said)


def _show(said: Mapping[str, Any]) -> None:
    for kind, found in said["faults"].items():
        low, high = said["intervals"][f"faults.{kind}.detected"]
        lead = found["lead_days_median"]
        days = "" if lead is None else f", {lead:.0f} days before failure"
        typer.echo(
            f"{kind:<26} {found['detected']} of {found['n']} found ({low:.0%} to {high:.0%}){days}"
        )
    for key in ("false_alarms_per_1000_vehicle_months", "alerts_per_vehicle_month"):
        low, high = said["intervals"][key]
        typer.echo(f"{key:<38} {said[key]}  ({low} to {high})")
    typer.echo(f"{'exposure_vehicle_months':<38} {said['exposure_vehicle_months']}")
    for missed in said["missed"]:
        typer.echo(f"missed: {missed['kind']} of {missed['vehicle']} ({missed['component']})")


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(scorecard)
