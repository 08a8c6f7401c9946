"""`vigil doctor`: what this machine has and lacks, and the exact line that gets it."""

from __future__ import annotations

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for


def doctor(data_dir: DataDir = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check Python, packages, database, broker, folder, port, fonts and browser.

    Nothing is changed. Exit code 1 when something that `vigil run` needs is missing; what only
    the tests or reports need is marked optional.
    """
    from vigil.machine.doctor import examine

    found = examine(settings_for(data_dir, config))
    if as_json:
        print_json({"checks": [check.shown() for check in found]})
    else:
        for check in found:
            typer.echo(check.line())
    raise typer.Exit(0 if all(check.ok or check.optional for check in found) else 1)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(doctor)
