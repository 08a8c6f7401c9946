"""`vigil bench report`: a year of one car's data to a finished, signed report."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("report")(report)


def report(
    days: Annotated[int, typer.Option(min=30, max=3650, help="Days of data.")] = 365,
    period_s: Annotated[float, typer.Option(min=1, help="Seconds between rows.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of the simulated car.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure CPU from stored rows to signed JSON (`cpu_s`) and from there to the PDF (`pdf_s`).

    Simulating the car and importing code are not counted. Without a font that has Chinese there is
    no PDF: `pdf_s` is null, and the package to install is named on stderr.
    """
    from datetime import UTC, datetime
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from vigil.bench.report import measure

    with TemporaryDirectory(prefix="vigil-bench-") as name:
        result = measure(
            Path(name) / "keys", datetime.now(UTC), days=days, period_s=period_s, seed=seed
        )
    if "no_pdf" in result:
        typer.echo(f"no PDF: {result['no_pdf']}", err=True)
    if as_json:
        typer.echo(json.dumps(result))
        return
    printed = "no PDF" if result["pdf_s"] is None else f"PDF {result['pdf_s']} s CPU"
    typer.echo(f"{result['rows']} rows of {days} days: report {result['cpu_s']} s CPU, {printed}")
