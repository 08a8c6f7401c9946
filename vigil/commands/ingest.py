"""`vigil ingest ...`: what waits or was refused, driving it again, and the doors of terminals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from vigil.commands import ingest_gbt32960
from vigil.commands.options import AsJson, ConfigFile, DataDir, print_json, settings_for

Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", help="Only this reason; may be given several times."),
]


def listed(
    reason: Reasons = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Letters to show.")] = 20,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Count what waits by reason and show the oldest letters, without their content.

    Exit code 3 when nothing waits.
    """
    from domain.readings import REDRIVABLE, Quarantine
    from store.db.pool import Pool
    from store.sink.dead_letters import DeadLetters
    from vigil.machine.attach import attach_or_start

    with (
        attach_or_start(settings_for(data_dir, config), services=()) as settings,
        Pool.open(settings.database.url_for("worker"), name="vigil-quarantine") as pool,
    ):
        letters = DeadLetters(pool)
        wanted = _reasons(reason) or tuple(Quarantine)
        counts = [c for c in letters.counts() if Quarantine(c.reason) in wanted]
        shown = letters.open(reasons=wanted, limit=limit)
    waiting = [
        {
            "reason": c.reason,
            "letters": c.letters,
            "rows": c.rows,
            "oldest": c.oldest.isoformat(),
            "redrivable": Quarantine(c.reason) in REDRIVABLE,
        }
        for c in counts
    ]
    samples = [
        {
            "id": one.id,
            "reason": one.reason.value,
            "rows": one.row_count,
            "topic": one.topic,
            "detail": one.detail,
            "received_at": one.received_at.isoformat(),
            "tries": one.tries,
            "bytes": len(one.payload),
        }
        for one in shown
    ]
    if as_json:
        print_json({"waiting": waiting, "letters": samples})
    else:
        _tell(waiting, samples)
    if not counts:
        raise typer.Exit(3)


def _tell(waiting: Sequence[Mapping[str, object]], samples: Sequence[Mapping[str, object]]) -> None:
    if not waiting:
        typer.echo("nothing waits", err=True)
    for one in waiting:
        again = "may be driven again" if one["redrivable"] else "kept as evidence"
        typer.echo(
            f"{one['reason']:<18} {one['letters']:>6} letters {one['rows']:>8} rows  {again}"
        )
    for one in samples:
        typer.echo(f"  {one['id']:>6} {one['received_at']} {one['topic']} {one['detail']}")


def redrive(
    reason: Reasons = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Judge and store once more what may pass now: after a registration, a binding, an upgrade.

    Dying in the middle loses and doubles nothing. Exit code 1 when something still waits, 3 when
    there was nothing to drive.
    """
    from domain.readings import REDRIVABLE
    from ingest.directory import CachedDirectory
    from ingest.gbt32960.dead_letters import Letters
    from store.db.pool import Pool
    from store.history.alarm_history import AlarmHistory
    from store.people.identity import Directory
    from store.sink.dead_letters import DeadLetters
    from store.sink.sink import Telemetry
    from vigil.machine.attach import attach_or_start

    with (
        attach_or_start(settings_for(data_dir, config), services=()) as settings,
        Pool.open(settings.database.url_for("worker"), name="vigil-redrive") as pool,
        Pool.open(settings.database.url_for("ingest"), name="vigil-redrive") as door,
    ):
        done = DeadLetters(pool).redrive(
            Letters(CachedDirectory(Directory(door)), AlarmHistory(door)).judge,
            Telemetry(door),
            reasons=_reasons(reason) or REDRIVABLE,
        )
    if as_json:
        print_json(
            {"closed": done.closed, "waiting": done.waiting, "rows_stored": done.rows_stored}
        )
    else:
        typer.echo(
            f"{done.closed} letters closed, {done.rows_stored} rows stored, "
            f"{done.waiting} still wait"
        )
    if done.waiting:
        raise typer.Exit(1)
    if not done.closed:
        raise typer.Exit(3)


def _reasons(words: list[str] | None) -> tuple[Any, ...]:
    from domain.errors import BadInput
    from domain.readings import Quarantine

    try:
        return tuple(Quarantine(word) for word in words or ())
    except ValueError:
        raise BadInput(
            "--reason",
            ", ".join(words or ()),
            "is not a reason of quarantine",
            remedy=f"use one of {', '.join(q.value for q in Quarantine)}",
        ) from None


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="The door: what waits, and driving it again.")
    quarantine = typer.Typer(no_args_is_help=True, help="Messages and rows that wait.")
    quarantine.command("list")(listed)
    quarantine.command("redrive")(redrive)
    group.add_typer(quarantine, name="quarantine")
    ingest_gbt32960.register(group)
    app.add_typer(group, name="ingest")
