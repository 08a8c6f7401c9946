"""`vigil restore DIR`: the store as a backup has it, under a new epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for

Folder = Annotated[Path, typer.Argument(help="A folder that backup made.", metavar="DIR")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Drop the store that is there now, and all it holds.")
]


def restore(
    folder: Folder,
    replace: Replace = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Make the store anew from a backup; stop the services first.

    Raises the store epoch: gateways send again what they hold from after the backup, so that a
    restore loses nothing younger than three days. Needs the administrator (database.admin_url).
    """
    from domain.errors import BadInput, Refused
    from store.db.backup import restore as read
    from vigil.machine import instance
    from vigil.machine.servers import administered, programs

    settings = settings_for(data_dir, config)
    pid = instance.Lock(settings.data_dir).holder()
    if pid is not None:
        raise Refused(f"an instance runs (process {pid})", remedy="stop it first: vigil stop")
    with administered(settings) as ready:
        database = ready.database
        if database.admin_url is None or database.url is None:
            raise BadInput(
                "database.admin_url", None, "is not set", remedy="set VIGIL_DATABASE__ADMIN_URL"
            )
        done = read(
            database.admin_url.get_secret_value(),
            urlsplit(database.url.get_secret_value()).path.lstrip("/"),
            {f"vigil_{role}": word for role, word in database.passwords().items()},
            folder,
            programs(ready),
            replace=replace,
        )
    told = {"epoch": done.epoch, "recovered_to": done.recovered_to, "migrations": done.migrations}
    if as_json:
        print_json(told)
    else:
        typer.echo(f"restored up to {done.recovered_to:%Y-%m-%d %H:%M:%S%z}, epoch {done.epoch}")


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(restore)
