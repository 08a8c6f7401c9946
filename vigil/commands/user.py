"""`vigil user ...`: accounts of people, their passwords and their cars."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from vigil.commands.options import AsJson, DataDir, print_json, settings_for
from vigil.settings import Settings

Tenant = Annotated[str, typer.Option(help="Tenant (company) of the account.")]


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="Accounts of people and devices.")
    group.command("add")(add)
    group.command("list")(show)
    group.command("keeper")(keeper)
    app.add_typer(group, name="user")


def add(
    email: Annotated[str, typer.Argument(help="Address to sign in with.")],
    role: Annotated[
        str,
        typer.Option(
            help="owner, adviser, technician, centre_manager, group_analyst, auditor or device."
        ),
    ] = "owner",
    name: Annotated[str, typer.Option(help="Name that colleagues see.")] = "",
    tenant: Tenant = "demo",
    centre: Annotated[str | None, typer.Option(help="Service centre, for its staff.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; its password is made here and shown once."""
    from api.auth.service import add_person
    from domain.identity import public_id
    from store.db.pool import Pool
    from store.people.people import People

    password = secrets.token_urlsafe(12)
    with Pool.open(_settings(data_dir).database.url_for("worker"), name="vigil-user") as pool:
        id = add_person(
            People(pool),
            tenant=tenant,
            email=email,
            name=name or email.split("@")[0],
            role=role,
            password=password,
            centre=centre,
            lang=lang,
        )
    made = {"id": public_id(id, "p"), "email": email, "role": role, "password": password}
    _say(made, as_json, f"{role} {email}: password {password}")


def show(tenant: Tenant = "demo", data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """All accounts of a tenant, without secrets."""
    from dataclasses import asdict

    from domain.identity import public_id
    from store.db.pool import Pool
    from store.people.people import People

    with Pool.open(_settings(data_dir).database.url_for("worker"), name="vigil-user") as pool:
        people = People(pool)
        found = people.everyone(people.tenant_id(tenant))
    users = [asdict(each) | {"id": public_id(each.id, "p")} for each in found]
    lines = "\n".join(f"{u['role']:15} {u['email']}" for u in users)
    _say({"users": users}, as_json, lines or "no accounts yet")


def keeper(
    vehicle: Annotated[str, typer.Argument(help="Public id of the car, v-…")],
    email: Annotated[str, typer.Argument(help="Address of the owner's account.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Hand a car to its keeper from now on; whoever kept it before does so no more.

    The consents of the one before end with it. Running it again changes nothing.
    """
    from domain.errors import BadInput
    from domain.identity import from_public
    from store.db.pool import Pool
    from store.people.people import account_of, hand_over

    try:
        vehicle_id = from_public(vehicle)
    except ValueError as error:
        raise BadInput("vehicle", vehicle, "is no id of a car", remedy="e.g. v-…") from error
    with Pool.open(_settings(data_dir).database.url_for("worker"), name="vigil-user") as pool:
        found = account_of(pool, email)
        if found is None:
            raise BadInput("email", email, "has no account", remedy="vigil user add EMAIL")
        hand_over(
            pool,
            tenant_id=found[0],
            vehicle_id=vehicle_id,
            person_id=found[1],
            since=datetime.now(UTC),
        )
    _say({"vehicle": vehicle, "keeper": email}, as_json, f"{email} keeps {vehicle}")


def _settings(data_dir: DataDir) -> Settings:
    """Of the running instance, else as flags, environment and file give them."""
    from vigil.machine.instance import find

    given = settings_for(data_dir)
    running = find(given.data_dir)
    return given if running is None else running.settings


def _say(made: Mapping[str, object], as_json: bool, text: str) -> None:
    if as_json:
        print_json(made)
    else:
        typer.echo(text)
