"""`vigil bench ingest`: what a value costs from the socket to the commit, beside plain COPY."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, print_json, settings_for


def ingest(
    vehicles: Annotated[int, typer.Option("--vehicles", min=1, help="Cars at once.")] = 200,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Messages a car and run.")] = 50,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Median of so many.")] = 3,
    mixes: Annotated[
        str, typer.Option("--mixes", help="Kinds of car, by commas.")
    ] = "gbt,obd,cells",
    growth: Annotated[
        str, typer.Option("--growth", help="Sizes of the growing fleet, by commas.")
    ] = "1000,10000,100000",
    growth_messages: Annotated[
        int, typer.Option("--growth-messages", min=200, help="Messages for each of them.")
    ] = 10_000,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Measure ingest in one run: RAW COPY, ledger + COPY, end to end with 1 and 2 workers, and a
    naive consumer, in turn, medians of three, for three kinds of car.

    It starts an instance of its own and removes it afterwards, or uses the servers that the
    settings name; these need the owner's password (yardstick tables are made and dropped), and
    should serve nobody else meanwhile.
    """
    from vigil.bench.ingest.measure import Plan, measure
    from vigil.machine.attach import attach_or_start

    plan = Plan(
        vehicles=vehicles,
        rounds=rounds,
        repeats=repeats,
        mixes=tuple(mixes.split(",")),
        growth=tuple(int(n) for n in growth.split(",") if n),
        growth_messages=growth_messages,
    )
    with TemporaryDirectory(prefix="vigil-bench-") as own:
        Path(own).chmod(0o711)
        settings = settings_for(Path(own) / "instance", config)
        with attach_or_start(settings, services=()) as working:
            said = measure(working, plan, Path(own), lambda words: typer.echo(words, err=True))
    if as_json:
        print_json(said)
        return
    for key, value in said.items():
        typer.echo(f"{key}: {value}")


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(ingest)
