"""`vigil bench assess`: an assessment run over a fleet in a real database."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from vigil.options import AsJson, ConfigFile, print_json, settings_for


def assess(
    vehicles: Annotated[int, typer.Option("--vehicles", min=1, help="Cars to assess.")] = 2_000,
    days: Annotated[int, typer.Option("--days", min=2, max=365, help="Days of rows each.")] = 30,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worker processes.")] = (
        os.cpu_count() or 1
    ),
    seed: Annotated[int, typer.Option("--seed", help="Seed of the fleet.")] = 1,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Fill a database with simulated electric cars (one row a minute in use, cells included), then
    assess all of them as workers do: windows, every family of models, alerts.

    It starts an instance of its own and removes it afterwards. Only the run is timed.
    """
    from vigil import bench_assess
    from vigil.instance import attach_or_start

    with TemporaryDirectory(prefix="vigil-bench-") as own:
        Path(own).chmod(0o711)
        settings = settings_for(Path(own) / "instance", config)
        with attach_or_start(settings, services=()) as working:
            typer.echo(f"filling {vehicles} cars, {days} days each", err=True)
            ids, rows = bench_assess.fill(working, vehicles=vehicles, days=days, seed=seed)
            typer.echo(f"assessing over {jobs} processes", err=True)
            said = bench_assess.assess(working, ids, rows, jobs).as_json()
    if as_json:
        print_json(said)
    else:
        typer.echo(
            f"{said['vehicles']} vehicles in {said['seconds']} s; 100,000 would take "
            f"{said['extrapolated_100k_minutes']} min; {said['rss_mb']} MB"
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(assess)
