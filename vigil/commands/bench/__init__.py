"""`vigil bench ...`: speed and memory, one file per command."""

from __future__ import annotations

from types import ModuleType

import typer

from vigil.commands.bench import api, assess, ingest, report, soak, start, urgent

COMMANDS: tuple[ModuleType, ...] = (api, assess, ingest, report, soak, start, urgent)


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="Measure speed and memory.")
    for command in COMMANDS:
        command.register(group)
    app.add_typer(group, name="bench")
