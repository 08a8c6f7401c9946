"""`vigil authority`: the small certificate authority for gateways and brokers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for
from vigil.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="The certificate authority: codes, certificates, deny list."
)
Host = Annotated[str, typer.Option(help="Address to listen on.")]


def _folder(settings: Settings) -> Path:
    return settings.tls.authority_dir or settings.data_dir / "authority"


@app.command()
def code(
    tenant: Annotated[str, typer.Option(help="Tenant the device belongs to.")] = "demo",
    device: Annotated[str, typer.Option(help="Name of the device; drawn when left out.")] = "",
    data_dir: DataDir = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Give out a one-time code, valid for a day: `vigil-gateway enrol --code CODE`."""
    import secrets

    from domain.errors import BadInput
    from vigil.authority.book import Book, Device
    from vigil.authority.ca import open_authority

    folder = _folder(settings_for(data_dir, config))
    authority = open_authority(folder)
    who = Device(tenant=tenant, device=device or secrets.token_hex(8))
    try:
        named = who.identity
    except ValueError as wrong:
        raise BadInput(
            "device", who.device, str(wrong), remedy="choose shorter, plain names"
        ) from wrong
    words = Book(folder / "book.db").new_code(who, now=datetime.now(UTC))
    whole = f"{words}.{authority.fingerprint}"
    if as_json:
        print_json({"code": whole, "tenant": who.tenant, "device": who.device, "identity": named})
    else:
        typer.echo(whole)
        typer.echo(f"for device {who.device} of {who.tenant}, once, within 24 hours", err=True)


@app.command("server-certificate")
def server_certificate(
    name: Annotated[list[str], typer.Option(help="Host name or address; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Folder for server.key, server.pem, authority.pem.")],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Issue key and certificate for a broker or for `serve`, and the deny list it reads."""
    from vigil.authority.book import Book
    from vigil.authority.ca import open_authority, write_secret

    folder = _folder(settings_for(data_dir, config))
    authority, now = open_authority(folder), datetime.now(UTC)
    key, certificate = authority.issue_server(name, now=now)
    out.mkdir(parents=True, exist_ok=True)
    (out / "server.key").unlink(missing_ok=True)
    write_secret(out / "server.key", key.encode())
    (out / "server.pem").write_text(certificate)
    (out / "authority.pem").write_text(authority.pem)
    denied = Book(folder / "book.db").denied()
    (out / "denied.pem").write_text(authority.deny_list(denied, now=now))
    typer.echo(f"wrote server.key, server.pem, authority.pem, denied.pem to {out}", err=True)


@app.command()
def deny(
    device: Annotated[str, typer.Argument(help="Name of the device.")],
    tenant: Annotated[str, typer.Option(help="Tenant the device belongs to.")] = "demo",
    out: Annotated[Path | None, typer.Option(help="Folder of the broker's denied.pem.")] = None,
    reload: Annotated[str, typer.Option(help="Command that sends the broker a SIGHUP.")] = "",
    data_dir: DataDir = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Shut a device out: certificates, codes, deny list, live session, store.

    Exit code 1 when a step could not be done: its line says why and what is left to do.
    """
    from dataclasses import asdict

    from vigil.authority import denial
    from vigil.authority.book import Device

    settings = settings_for(data_dir, config)
    folder = _folder(settings)
    who = Device(tenant=tenant, device=device)
    steps = list(
        denial.deny(
            settings, folder, who, now=datetime.now(UTC), lists=out or folder, reload=reload
        )
    )
    if as_json:
        print_json({"device": who.identity, "steps": [asdict(step) for step in steps]})
    for step in steps:
        typer.echo(f"{step.name:<8} {'done' if step.done else 'NOT DONE'}  {step.detail}", err=True)
    raise typer.Exit(0 if all(step.done for step in steps) else 1)


@app.command()
def serve(
    broker: Annotated[str, typer.Option(help="HOST:PORT that gateways shall report to.")],
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8443,
    name: Annotated[list[str] | None, typer.Option(help="Host names in our certificate.")] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Answer `vigil-gateway enrol` and renewals, until Ctrl-C."""
    from vigil.authority.running import running

    folder = _folder(settings_for(data_dir, config))
    to, _, at = broker.rpartition(":")
    names = name or [host]
    with running(folder, broker=(to, int(at)), address=(host, port), names=names) as server:
        typer.echo(f"enrolment on https://{names[0]}:{server.port}", err=True)
        server.serve_forever()


def register(parent: typer.Typer) -> None:
    """Mount the commands."""
    parent.add_typer(app, name="authority")
