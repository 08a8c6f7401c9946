"""`vigil report ...`: battery health reports over the counter, and their keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from vigil.commands.options import AsJson, DataDir, print_json, settings_for

KeysFolder = Annotated[
    Path | None, typer.Option("--keys", help="Folder of signing keys (default DATA_DIR/reports).")
]


def register(app: typer.Typer) -> None:
    """Mount the group."""
    group = typer.Typer(no_args_is_help=True, help="Signed battery health reports.")
    group.command("issue")(issue)
    group.command("verify")(verify)
    group.command("withdraw")(withdraw)
    group.command("rotate-key")(rotate_key)
    group.command("compromised")(compromised)
    app.add_typer(group, name="report")


def issue(
    vehicle: Annotated[str, typer.Argument(help="Public id of the car (v-...).")],
    out: Annotated[Path, typer.Option(help="Folder for the JSON and the PDF.")] = Path(),
    address: Annotated[
        str | None, typer.Option(help="Public address of the verify page (default: the API's).")
    ] = None,
    data_dir: DataDir = None,
    keys: KeysFolder = None,
    as_json: AsJson = False,
) -> None:
    """Sign what the last assessment of a car said and keep it in the book."""
    from vigil.report.issuing import hand_out, write

    def work(settings: Any, ring: Any, pool: Any) -> dict[str, object]:
        at = address or settings.api.address
        report = hand_out(pool, ring, _number(vehicle), datetime.now(UTC), address=at)
        files = [str(path) for path in write(report, out)]
        return {"report": report.report_id, "key_id": report.key_id, "files": files}

    _told(_with_book(data_dir, keys, work), as_json)


def verify(
    file: Annotated[Path, typer.Argument(help="The JSON file of the report.")],
    keys: Annotated[Path, typer.Option("--keys", help="keys.json: the public keys.")],
    as_json: AsJson = False,
) -> None:
    """Check a report's signature and term without any server. Exit code 1 when it does not stand.

    What only the book knows (superseded, withdrawn) is on the verify page.
    """
    from domain import reports
    from vigil.report.keys import public_keys

    report = reports.SignedReport.from_json(_text(file))
    found = reports.verify(report, public_keys(_text(keys)), datetime.now(UTC))
    _told({"report": report.report_id, "key_id": report.key_id, "standing": found.value}, as_json)
    raise typer.Exit(0 if found is reports.Standing.VALID else 1)


def withdraw(
    report: Annotated[str, typer.Argument(help="Number of the report (r-...).")],
    why: Annotated[str, typer.Option(help="Kept with it, not shown.")],
    data_dir: DataDir = None,
) -> None:
    """From now on the verify page says withdrawn."""
    from store.people.reports import Reports

    def work(_settings: Any, _ring: Any, pool: Any) -> dict[str, object]:
        Reports(pool).withdraw(report, why, datetime.now(UTC))
        return {"report": report, "standing": "withdrawn"}

    _told(_with_book(data_dir, None, work), as_json=False)


def rotate_key(data_dir: DataDir = None, keys: KeysFolder = None, as_json: AsJson = False) -> None:
    """Sign with a new key from now on; the old public key stays, the old private one goes."""
    now = datetime.now(UTC)
    _told({"key_id": _ring(settings_for(data_dir), keys).open(now).rotate(now)}, as_json)


def compromised(
    key_id: Annotated[str, typer.Argument(help="The key that others may have (k-...).")],
    since: Annotated[datetime, typer.Option(help="From when on it is not trusted (UTC).")],
    data_dir: DataDir = None,
    keys: KeysFolder = None,
    as_json: AsJson = False,
) -> None:
    """A key was stolen: what it signed since then no longer stands, and a new key signs."""
    from store.people.reports import Reports

    at = since.replace(tzinfo=UTC) if since.tzinfo is None else since

    def work(_settings: Any, ring: Any, pool: Any) -> dict[str, object]:
        current = ring.compromise(key_id, at, datetime.now(UTC))
        return {"key_id": current, "reports_marked": Reports(pool).compromise(key_id, at)}

    _told(_with_book(data_dir, keys, work), as_json)


def _with_book(data_dir: Path | None, keys: Path | None, work: Any) -> dict[str, object]:
    """Run on the store of the running instance (or of the settings) with the keys opened."""
    from store.db.pool import Pool
    from vigil.machine.instance import find

    settings = settings_for(data_dir)
    running = find(settings.data_dir)
    settings = settings if running is None else running.settings
    ring = _ring(settings, keys).open(datetime.now(UTC))
    with Pool.open(settings.database.url_for("worker"), name="vigil-report") as pool:
        found: dict[str, object] = work(settings, ring, pool)
    return found


def _ring(settings: Any, keys: Path | None) -> Any:
    from vigil.report.keys import KeyRing

    return KeyRing(keys or settings.data_dir / "reports")


def _number(vehicle: str) -> int:
    from domain.errors import BadInput
    from domain.identity import from_public

    try:
        return from_public(vehicle)
    except ValueError as error:
        remedy = "give the id as lists show it, v-..."
        raise BadInput("vehicle", vehicle, "is no id of a car", remedy=remedy) from error


def _text(path: Path) -> str:
    from domain.errors import BadInput

    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("file", str(path), "cannot be read", remedy="check the path") from error


def _told(result: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        typer.echo(f"{name:<16} {value}")
