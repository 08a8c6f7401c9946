"""`vigil bench assess`: an assessment run over a fleet in a real database."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, print_json, settings_for


def assess(
    vehicles: Annotated[int, typer.Option("--vehicles", min=1, help="Cars to assess.")] = 2_000,
    days: Annotated[
        int, typer.Option("--days", min=2, max=30, help="Days of history of each car.")
    ] = 30,
    cold: Annotated[
        int, typer.Option("--cold", min=1, help="Cars assessed from their first row on.")
    ] = 60,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worker processes.")] = (
        os.cpu_count() or 1
    ),
    seed: Annotated[int, typer.Option("--seed", help="Seed of the fleet.")] = 1,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """How long a daily assessment run takes, and one from scratch.

    Fills a database with simulated electric cars (one row a minute in use, cells included) that
    have --days of history assessed before; then each of them gets one new day of rows, and all are
    assessed as workers do: days since the checkpoint, every family of models, alerts. Beside it
    (cold_*) the run that begins at the first row of the history, on the first --cold cars.

    It starts an instance of its own and removes it afterwards. Only the runs are timed.
    """
    from store.db.pool import Pool
    from store.history.bench_copies import checkpoint_kb
    from vigil.bench import assess, cars
    from vigil.machine.attach import attach_or_start

    with TemporaryDirectory(prefix="vigil-bench-") as own:
        Path(own).chmod(0o711)
        settings = settings_for(Path(own) / "instance", config)
        with attach_or_start(settings, services=()) as working:
            typer.echo(f"filling {vehicles} cars, {days} days each", err=True)
            fleet = cars.fill(working, vehicles=vehicles, days=days, jobs=jobs, seed=seed)
            sample = fleet.ids[: max(cold, len(fleet.groups))]
            typer.echo(f"assessing {len(sample)} of them from scratch", err=True)
            first = assess.assess(working, sample, fleet.cut, jobs)
            cars.remember(working, fleet, but=sample)
            typer.echo("a day passes", err=True)
            cars.drive_on(working, fleet)
            typer.echo(f"assessing {vehicles} cars over {jobs} processes", err=True)
            daily = assess.assess(working, fleet.ids, fleet.end, jobs)
            with Pool.open(working.database.url_for("worker"), name="bench") as pool:
                kb = checkpoint_kb(pool, fleet.ids)
    said = assess.report(
        daily,
        first,
        kb=kb,
        jobs=jobs,
        rows=fleet.rows_per_vehicle(fleet.start, fleet.cut),
        new_rows=fleet.rows_per_vehicle(fleet.cut, fleet.end),
    )
    if as_json:
        print_json(said)
    else:
        typer.echo(
            f"{said['vehicles']} vehicles in {said['seconds']} s; 100,000 would take "
            f"{said['extrapolated_100k_minutes']} min a day and "
            f"{said['cold_extrapolated_100k_minutes']} min from scratch; {said['rss_mb']} MB"
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(assess)
