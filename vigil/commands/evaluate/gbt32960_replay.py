"""`vigil evaluate gbt32960-replay`: a recording through the national protocol and as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil.commands.options import AsJson, print_json


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("gbt32960-replay")(gbt32960_replay)


def gbt32960_replay(
    file: Annotated[Path, typer.Argument(help="A table of rows: parquet or csv.")],
    meaning: Annotated[
        str, typer.Option("--as", help="What its columns mean: a built-in mapping or a YAML file.")
    ] = "tbox",
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many of its first rows.")] = 2000,
    as_json: AsJson = False,
) -> None:
    """Send a recording as a T-Box would and compare what arrives, at the standard's steps.

    Lists the signals that the protocol cannot carry (lost) and those it carries more coarsely.
    Exit code 1 where a value differs.
    """
    from vigil.replay import checks, mapping
    from vigil.replay.national import trial
    from vigil.replay.readings import Readings
    from vigil.replay.table import read

    wanted = mapping.load(meaning)
    readings = Readings(recording=read(file, wanted), mapping=wanted)
    for one in checks.run(readings):
        typer.echo(one.sentence, err=True)
    result = trial(readings, rows)
    if as_json:
        print_json(result)
    else:
        typer.echo(_text(result))
    if not result["equal"]:
        raise typer.Exit(1)


def _text(result: Mapping[str, Any]) -> str:
    word = "equal" if result["equal"] else "DIFFERENT"
    lines = [f"{result['rows']} rows, {result['frames']} frames: {word} at the standard's steps"]
    for name, column in result["columns"].items():
        lines.append(f"  {name}: {column['values']} values, {column['differ']} differ")
    lines.append(f"{result['doubled']} seconds stand in two rows and are not compared")
    lines.append(f"coarser: {', '.join(result['coarser']) or 'none'}")
    lines.append(f"lost: {', '.join(result['lost']) or 'none'}")
    return "\n".join(lines)
