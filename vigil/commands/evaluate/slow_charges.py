"""`vigil evaluate slow-charges`: what incremental capacity adds to counted charges."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("slow-charges")(slow_charges)


def slow_charges(
    cars: Annotated[int, typer.Option(min=2, help="Cars to simulate; the NMC ones count.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the fleet.")] = 1,
    days: Annotated[int, typer.Option(min=30, max=730, help="Days of data per car.")] = 90,
) -> None:
    """Measure capacity with and without the voice of slow charges; print one JSON object.

    `mae` is in points of per cent; `scatter` is how far windows, band charges and peaks of one car
    of one age lie apart, as a share of their value.
    """
    from vigil.trials.field_soh import Trial
    from vigil.trials.slow_charges import compare

    found = compare(Trial(seed=seed, days=days), cars)
    typer.echo(json.dumps({"seed": seed, "days": days, **found}))
