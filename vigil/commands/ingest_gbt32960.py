"""`vigil ingest gbt32960`: the server, enrolment of VINs, and who is enrolled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for

REISSUE_DAYS = 7
"""Terminals re-issue reports of up to seven days (2025, B.2.8): they belong to the vehicle too."""

Tenant = Annotated[
    str | None, typer.Option("--tenant", help="Whose vehicles; as the setting gbt32960.tenant.")
]


def server(
    context: typer.Context,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.")] = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Take terminals in over TCP or TLS until told to end; see [gbt32960] of the settings."""
    if context.invoked_subcommand is not None:
        return
    from vigil import log
    from vigil.machine.attach import attach_or_start
    from vigil.processes.gbt32960 import run

    flags = {} if port is None else {"gbt32960": {"port": port}}
    with attach_or_start(settings_for(data_dir, config, **flags), services=()) as settings:
        log.set_up(settings.log)
        run(settings)


def enrol(
    file: Annotated[Path, typer.Argument(help="CSV: vin, and powertrain, make, model, ... .")],
    since: Annotated[
        datetime | None, typer.Option(help="The terminals sit in the vehicles since then (UTC).")
    ] = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Make every VIN of a CSV known: its vehicle, its terminal, and that one sits in the other.

    All rows are checked before the first is entered; running it again changes nothing. Without
    --since the binding begins seven days ago, as far back as terminals re-issue reports.
    """
    from vigil.processes.enrolment import enrol as enter
    from vigil.processes.enrolment import read

    begin = (since or datetime.now(UTC) - timedelta(days=REISSUE_DAYS)).replace(tzinfo=UTC)
    rows = read(file)
    with _worker(data_dir, config) as (settings, pool):
        done = enter(pool, tenant or settings.gbt32960.tenant, rows, begin)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{done['enrolled']} enrolled, {done['known']} were known already")


def listed(
    tenant: Tenant = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Show who is enrolled, and when each was heard last. Exit code 3 when nobody is."""
    from domain.identity import public_id
    from store.people.terminals import Terminals

    with _worker(data_dir, config) as (settings, pool):
        found = Terminals(pool).listed(tenant or settings.gbt32960.tenant)
    shown = [
        {
            "vin": one.vin,
            "vehicle": public_id(one.vehicle_id),
            "device": one.device,
            "revoked": one.revoked,
            "enrolled_at": one.enrolled_at.isoformat(),
            "received_at": one.received_at.isoformat() if one.received_at else None,
        }
        for one in found
    ]
    if as_json:
        print_json({"terminals": shown})
    else:
        for one in shown:
            last = one["received_at"] or "never heard"
            typer.echo(f"{one['vin']} {one['vehicle']} {one['device']} {last}")
    if not shown:
        raise typer.Exit(3)


def _worker(data_dir: Path | None, config: Path | None) -> Any:
    """Settings of the running or started instance, and a pool of vigil_worker."""
    from contextlib import contextmanager

    from store.db.pool import Pool
    from vigil.machine.attach import attach_or_start

    @contextmanager
    def opened() -> Any:
        with (
            attach_or_start(settings_for(data_dir, config), services=()) as settings,
            Pool.open(settings.database.url_for("worker"), name="vigil-enrol") as pool,
        ):
            yield settings, pool

    return opened()


def register(group: typer.Typer) -> None:
    """Mount the group under `vigil ingest`."""
    gbt = typer.Typer(invoke_without_command=True, help="Terminals that speak GB/T 32960.")
    gbt.callback()(server)
    gbt.command("enrol")(enrol)
    gbt.command("list")(listed)
    group.add_typer(gbt, name="gbt32960")
