"""`vigil config show`: the settings as they are in force, secrets hidden."""

from __future__ import annotations

import json

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for


def show(data_dir: DataDir = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the settings in force: flags, then environment, then file, then defaults.

    Secrets and addresses that may hold a password are shown as stars.
    """
    shown = settings_for(data_dir, config).masked()
    if as_json:
        print_json(shown)
        return
    for section, values in shown.items():
        if not isinstance(values, dict):
            typer.echo(f"{section} = {json.dumps(values)}")
            continue
        typer.echo(f"\n[{section}]")
        for key, value in values.items():
            typer.echo(f"{key} = {json.dumps(value)}" if value is not None else f"# {key} unset")


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="Settings in force.")
    group.callback()(lambda: None)
    group.command()(show)
    app.add_typer(group, name="config")
