"""`vigil api ...`: the service's own document, its keys, a token for a script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from domain.errors import NotFound
from vigil.commands.options import AsJson, DataDir, print_json, settings_for
from vigil.settings import Settings


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="The HTTP service for people and programs.")
    group.command("openapi")(openapi)
    group.command("token")(token)
    group.command("rotate-key")(rotate_key)
    app.add_typer(group, name="api")


def signed_in(settings: Settings, role: str = "adviser") -> tuple[str, str]:
    """Address of a running demo and a token of its first account of that role."""
    from api.client import Client
    from vigil.machine.prepare import sign_ins

    found = [(email, word) for each, email, word in sign_ins(settings) if each == role]
    if not found:
        raise NotFound(f"the demo has no {role}", remedy="start it with `make run`")
    address = f"http://{settings.api.host}:{settings.api.port}"
    with Client(address) as client:
        return address, client.sign_in(*found[0], label="vigil").token


def openapi() -> None:
    """Print the OpenAPI document; needs no running instance."""
    from api.document import document

    print_json(document())


def token(
    role: Annotated[str, typer.Option("--role", help="Role of the demo's account.")] = "adviser",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Sign in to the running demo and print a bearer token for curl and scripts."""
    settings = _running(data_dir)
    address, text = signed_in(settings, role)
    if as_json:
        print_json({"address": address, "token": text, "role": role})
    else:
        typer.echo(text)


def rotate_key(
    retire: Annotated[
        bool, typer.Option("--retire", help="Also end every token of the older keys, at once.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Sign new tokens with a new key from now on."""
    from api.auth.tokens import TokenSigner
    from store.db.pool import Pool
    from store.people.sessions import Sessions

    settings, now = _running(data_dir), datetime.now(UTC)
    with Pool.open(settings.database.url_for("api"), name="vigil-keys") as pool:
        sessions = Sessions(pool)
        old = sessions.key_ids()
        new = TokenSigner(b"", sessions).rotate(now)
        ended = [key for key in old if retire and sessions.retire_key(key, now)]
    if as_json:
        print_json({"key": new, "retired": ended})
    else:
        typer.echo(f"key {new} signs now; retired: {', '.join(ended) or 'none'}")


def _running(data_dir: DataDir) -> Settings:
    from vigil.machine.instance import find

    running = find(settings_for(data_dir).data_dir)
    if running is None:
        typer.echo("no instance runs: start one with `make run`", err=True)
        raise typer.Exit(3)
    return running.settings
