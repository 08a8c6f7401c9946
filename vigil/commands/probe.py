"""`vigil probe`: one question to one service, for health checks."""

from __future__ import annotations

from typing import Annotated

import typer

from vigil.commands.options import ConfigFile, settings_for

LIMIT_S = 5.0
"""A health check that takes longer has failed."""


def probe(
    url: Annotated[str | None, typer.Argument(help="http address that must answer 200")] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="Sign in as this role instead.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Ask a health address, or sign in to the database; exit code 1 when it does not answer."""
    if url is not None:
        _ask(url)
    if database is not None:
        from store.db.pool import Pool

        Pool.open(settings_for(file=config).database.url_for(database), timeout_s=LIMIT_S).close()


def _ask(url: str) -> None:
    import httpx

    try:
        answer = httpx.get(url, timeout=LIMIT_S)
    except httpx.HTTPError as problem:
        typer.echo(f"{url}: {problem}", err=True)
        raise typer.Exit(1) from problem
    if answer.status_code != httpx.codes.OK:
        typer.echo(f"{url}: {answer.status_code} {answer.text[:200]}", err=True)
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(probe)
