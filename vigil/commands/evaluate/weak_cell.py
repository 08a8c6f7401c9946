"""`vigil evaluate weak-cell`: odd cells in recordings, and how long before the car's own alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("weak-cell")(weak_cell)


def weak_cell(
    files: Annotated[list[Path], typer.Argument(help="Tables of T-BOX rows, parquet or csv.")],
    mapping: Annotated[
        str, typer.Option("--as", help="Column mapping: built-in name or a file of your own.")
    ] = "tbox",
    chunk: Annotated[int, typer.Option(min=1, help="Rows per piece; changes no result.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Feed each table to the cell watch as it came and say which cells it flagged, and when.

    Causal: a flag's `since` is the row at which it was raised, from rows up to it only. `lead_days`
    counts to the first row with alarm level 3. All files run under the same settings.
    """
    from domain.errors import BadInput
    from models.base import MODEL_VERSION
    from vigil.commands.evaluate.recordings import read
    from vigil.trials.cell_recording import trial

    cars = []
    for path in files:
        typer.echo(f"reading {path.name}", err=True)
        try:
            cars.append({"file": path.name, **trial(read(path, mapping), chunk=chunk)})
        except BadInput as error:
            typer.echo(f"{error}. {error.remedy}", err=True)
            raise typer.Exit(2) from error
    result = {
        "protocol": "causal: rows in time order; one setting for all files; nothing is fitted",
        "model": MODEL_VERSION,
        "seeds": [],
        "cars": cars,
    }
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else _text(cars))


def _text(cars: list[dict[str, object]]) -> str:
    lines = []
    for car in cars:
        lines.append(
            f"{car['file']}: {car['rows']} rows, {car['days']} days, "
            f"{car['cpu_us_per_row']} µs CPU per row"
        )
        flagged = car["flagged"]
        assert isinstance(flagged, list)
        for f in flagged:
            lead = "" if f["lead_days"] is None else f", {f['lead_days']} days before level 3"
            lines.append(f"  {f['severity']:6} {f['kind']} {f['cell']} since {f['since']}{lead}")
        if not flagged:
            lines.append("  nothing odd")
    return "\n".join(lines)
