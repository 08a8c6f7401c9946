"""`vigil evaluate ...`: model quality on recordings and simulations, one file per command."""

from __future__ import annotations

from types import ModuleType

import typer

from vigil.commands.evaluate import (
    cell_soh,
    cells,
    early_life,
    field_soh,
    figures,
    forecast,
    gbt32960,
    gbt32960_replay,
    hazard,
    rul,
    slow_charges,
    uds,
    weak_cell,
)

COMMANDS: tuple[ModuleType, ...] = (
    cell_soh,
    cells,
    early_life,
    field_soh,
    figures,
    forecast,
    gbt32960,
    gbt32960_replay,
    hazard,
    rul,
    slow_charges,
    uds,
    weak_cell,
)


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(
        no_args_is_help=True, help="Measure model quality on recordings and simulations."
    )
    for command in COMMANDS:
        command.register(group)
    app.add_typer(group, name="evaluate")
