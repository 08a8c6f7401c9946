"""`vigil backup DIR`: everything the store holds, into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for

Folder = Annotated[Path, typer.Argument(help="A new folder for the backup.", metavar="DIR")]


def backup(
    folder: Folder, data_dir: DataDir = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Write a backup while everything runs on.

    Plain PostgreSQL only. The folder holds people's data: keep it like the database, and no
    longer than 35 days. It appears whole or not at all.
    """
    from store.db.backup import backup as write
    from vigil.machine.servers import administered, programs

    with administered(settings_for(data_dir, config)) as settings:
        manifest = write(settings.database.url_for("backup"), folder, programs(settings))
    told = {"folder": str(folder), "taken_at": manifest.taken_at, "epoch": manifest.epoch}
    if as_json:
        print_json(told)
    else:
        typer.echo(f"backup of {manifest.taken_at:%Y-%m-%d %H:%M:%S%z} in {folder}")


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(backup)
