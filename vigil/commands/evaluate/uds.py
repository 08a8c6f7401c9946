"""`vigil evaluate uds`: captured answers of real cars decoded by their signal sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.signalset.agreement import Agreement

SHOWN = 10
"""Disagreements shown to a person; the JSON lists more."""


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("uds")(uds)


def uds(
    data: Annotated[Path, typer.Option(help="Folder of one vehicle, as the OBDb project lays it.")],
    generic: Annotated[
        Path | None,
        typer.Option(help="Folder of the set of legislated identifiers; else a neighbour."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Decode every captured response from the signal set and compare value by value.

    Exit code 0 whatever the agreement is, 2 where there is nothing to compare.
    """
    from gateway.signalset.agreement import measure

    try:
        found = measure(data, generic)
    except (OSError, ValueError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(found.shown(), default=str) if as_json else _text(found))


def _text(found: Agreement) -> str:
    shown = found.shown()
    lines = [
        f"captures   {found.captures} ({found.broken} lost characters on the way)",
        f"values     {found.values}",
        f"agree      {found.agree} ({100 * float(str(shown['agreement'])):.3f} %)",
    ]
    lines += [
        f"  {d.command:<28} {d.signal:<36} expected {d.expected}, read {d.got}"
        for d in found.disagreements[:SHOWN]
    ]
    return "\n".join(lines)
