"""`vigil db prepare|pending`: roles, database and migrations on a server of yours."""

from __future__ import annotations

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for


def prepare(data_dir: DataDir = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Make roles and database, run the migrations that are missing.

    Needs database.url and owner_password; with admin_url (once per server) it also makes the
    roles with the passwords given, and the database. Running it again changes nothing.
    """
    from domain.errors import BadInput
    from vigil.machine.prepare import prepare_store

    settings = settings_for(data_dir, config)
    if "owner" not in settings.database.passwords():
        raise BadInput(
            "database.owner_password",
            None,
            "is not set",
            remedy="set VIGIL_DATABASE__OWNER_PASSWORD_FILE; only this command needs it",
        )
    ran = prepare_store(settings)
    if as_json:
        print_json({"ran": ran})
    else:
        typer.echo(f"ran {len(ran)}: {', '.join(ran)}" if ran else "nothing to do: up to date")


def pending(data_dir: DataDir = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List migrations that have not run yet; exit code 1 when there are any."""
    from store.db.migrate import pending as missing

    names = missing(settings_for(data_dir, config).database.url_for("owner"))
    if as_json:
        print_json({"pending": names})
    else:
        typer.echo("\n".join(names) or "none")
    raise typer.Exit(1 if names else 0)


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="The database: roles and migrations.")
    group.command()(prepare)
    group.command()(pending)
    app.add_typer(group, name="db")
