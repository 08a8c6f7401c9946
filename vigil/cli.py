"""The one program: `vigil`. Each command is a file of vigil/commands with `register(app)`.

Command files import what is heavy inside their functions, so that `vigil --help` stays quick.
Exit codes: 0 fine, 1 the product says no or found problems, 2 wrong use, 3 nothing to do.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer

from domain.errors import BadInput, VigilError
from gateway.errors import GatewayError
from vigil.commands import (
    api,
    authority,
    backup,
    bench,
    config,
    db,
    doctor,
    evaluate,
    gateway,
    ingest,
    probe,
    replay,
    report,
    restore,
    run,
    scorecard,
    serve,
    simulate,
    status,
    stop,
    user,
)

COMMANDS = (
    run,
    status,
    stop,
    doctor,
    config,
    db,
    backup,
    restore,
    serve,
    probe,
    ingest,
    replay,
    simulate,
    scorecard,
    gateway,
    authority,
    api,
    user,
    report,
    evaluate,
    bench,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False)


def say_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"vigil {metadata.version('vigil-cars')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=say_version, is_eager=True, help="Say it, end.")
    ] = False,
) -> None:
    """Vigil watches over connected cars.

    Begin with [bold]vigil run[/bold] (or `make run`): it starts everything on this machine, with
    demo cars. [bold]vigil doctor[/bold] says what is missing and how to get it.
    """


for _command in COMMANDS:
    _command.register(app)


def main() -> None:
    """Entry point of the `vigil` script: an error of the product is a sentence, not a trace."""
    try:
        app()
    except VigilError as problem:
        sys.stderr.write(f"error: {problem}\n")
        if problem.remedy:
            sys.stderr.write(f"what helps: {problem.remedy}\n")
        sys.exit(2 if isinstance(problem, BadInput) else 1)
    except GatewayError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(1)
