"""`vigil evaluate gbt32960`: recorded frames of the national protocol, decoded and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil.commands.options import AsJson, print_json


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("gbt32960")(gbt32960)


def gbt32960(
    file: Annotated[Path, typer.Argument(help='JSON: {"frames": [{"name", "hex", "expect"?}]}.')],
    as_json: AsJson = False,
) -> None:
    """Decode every frame, encode it again, and compare it with what the file expects.

    Both editions, by their start bytes. Values are compared in the standard's units and sign and
    under the file's own names. Exit code 1 where an expected frame differs.
    """
    from vigil.trials.gbt_frames import trial

    result = trial(file)
    if as_json:
        print_json(result)
    else:
        typer.echo(_text(result))
    if result["agree"] < result["expected"]:
        raise typer.Exit(1)


def _text(result: Mapping[str, Any]) -> str:
    lines = [
        f"{result['frames']} frames, {result['parsed']} parsed, {result['reencoded']} encoded "
        f"again byte by byte, {result['agree']} of {result['expected']} agree"
    ]
    for one in result["details"]:
        state = "parsed" if one["parsed"] else f"not parsed: {one['problem']}"
        lines.append(f"  {one['name']}: {state}{_differs(one['differs'])}")
    return "\n".join(lines)


def _differs(names: list[str] | None) -> str:
    if names is None:
        return ""
    return f"; differs in {', '.join(names)}" if names else "; agrees"
