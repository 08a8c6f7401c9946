"""The one program: `vigil`. Each command is a file of vigil/commands with `register(app)`.

Command files import what is heavy inside their functions, so that `vigil --help` stays quick.
"""

from __future__ import annotations

import typer

from vigil.commands import bench, evaluate

COMMANDS = (evaluate, bench)

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False)


@app.callback()
def root() -> None:
    """Vigil watches over connected cars."""


for _command in COMMANDS:
    _command.register(app)


def main() -> None:
    """Entry point of the `vigil` script."""
    app()
