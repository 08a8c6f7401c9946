"""Back up and restore on plain PostgreSQL, with the server's own pg_dump and pg_restore.

    DIR/manifest.json   when, epoch, migrations, SHA-256 of every file; written last
    DIR/dump/           pg_dump's directory format

The dump runs as vigil_backup, which reads everything and writes nothing. A restore raises the store
epoch and records the recovery point: gateways then send again what they hold from after it. Epochs
count seconds since 2020 so that two restores of one backup never share one. TimescaleDB and
point-in-time recovery are the business of the server's own tools (docs/storage.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import Identifier

from domain.errors import BadInput, GiveUp, Refused, StoreFull
from store.db.bootstrap import bootstrap
from store.db.errors import translated
from store.db.migrate import migrate
from store.db.roles import Role
from store.db.sql import queries

FORMAT = 1
_Q = queries("backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. Everything committed before `taken_at` is in it."""

    taken_at: datetime
    epoch: int
    server: str
    migrations: Mapping[str, str]
    files: Mapping[str, str]
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did: the new epoch, the recovery point, migrations that ran on top."""

    epoch: int
    recovered_to: datetime
    migrations: tuple[str, ...]


def backup(url: str, folder: Path, programs: Path) -> Manifest:
    """Write a backup of the database of `url` (as vigil_backup) into a new folder.

    `programs` holds pg_dump. The folder appears whole or not at all. Raises BadInput for a folder
    that is not empty, Refused on TimescaleDB, StoreUnavailable when the server is away.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("folder", str(folder), "is not empty", remedy="name a new folder")
    half = folder.with_name(f"{folder.name}.{os.getpid()}.half")
    half.mkdir(parents=True, mode=0o700)
    try:
        taken_at, epoch, server, migrations = _state(url)
        _run(programs / "pg_dump", url, ["--format=directory", f"--file={half / 'dump'}"])
        manifest = Manifest(
            taken_at=taken_at,
            epoch=epoch,
            server=server,
            migrations=migrations,
            files=_digests(half / "dump"),
        )
        (half / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1, default=str))
        if folder.exists():
            folder.rmdir()
        half.rename(folder)
        return manifest
    finally:
        shutil.rmtree(half, ignore_errors=True)


def restore(
    admin_url: str,
    database: str,
    passwords: Mapping[str, str],
    folder: Path,
    programs: Path,
    *,
    replace: bool = False,
) -> Restored:
    """Make the database anew from a backup, raise the epoch, run migrations that came since.

    `passwords` by role, as for bootstrap. Raises BadInput for a damaged backup and Refused where
    the database exists, unless `replace` drops it first.
    """
    manifest = read_manifest(folder)
    with translated(), psycopg.connect(admin_url, autocommit=True) as admin:
        if admin.execute(_Q["exists"], {"database": database}).fetchone():
            if not replace:
                raise Refused(
                    f"database {database} exists",
                    remedy="restore into another one, or allow it to be replaced",
                )
            admin.execute(_Q["drop"].format(database=Identifier(database)))
    owner = bootstrap(admin_url, database=database, passwords=passwords).url_for(Role.OWNER)
    options = ["--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={database}"]
    _run(programs / "pg_restore", owner, [*options, str(folder / "dump")])
    with translated(), psycopg.connect(owner, autocommit=True) as connection:
        row = connection.execute(_Q["raise_epoch"], {"recovered_to": manifest.taken_at}).fetchone()
    epoch = int(row[0]) if row else 0
    return Restored(epoch=epoch, recovered_to=manifest.taken_at, migrations=tuple(migrate(owner)))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all there and unchanged; BadInput otherwise."""
    file = folder / "manifest.json"
    try:
        told: dict[str, Any] = json.loads(file.read_text())
        manifest = Manifest(**{**told, "taken_at": datetime.fromisoformat(told["taken_at"])})
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadInput(
            "folder", str(folder), "holds no backup", remedy="name a folder that backup made"
        ) from problem
    if manifest.format != FORMAT:
        raise BadInput("format", manifest.format, "is not known", remedy="use a newer release")
    if _digests(folder / "dump") != manifest.files:
        raise BadInput(
            "folder", str(folder), "files are missing or changed", remedy="use another backup"
        )
    return manifest


def _state(url: str) -> tuple[datetime, int, str, dict[str, str]]:
    with translated(), psycopg.connect(url) as connection:
        row = connection.execute(_Q["state"]).fetchone()
    if row is None or row[1] is None:
        raise Refused("the database holds no store", remedy="run the migrations first")
    taken_at, epoch, server, timescale, migrations = row
    if timescale:
        raise Refused(
            "this is TimescaleDB", remedy="use the server's own tools, see docs/storage.md"
        )
    return taken_at, epoch, server, migrations


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): _digest(path) for path in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(program: Path, url: str, options: Sequence[str]) -> None:
    """Run a program of the server's; the password travels in the environment, not in sight."""
    told = conninfo_to_dict(url)
    password = str(told.pop("password", "") or "")
    where = ["--dbname", make_conninfo("", **told)] if "pg_dump" in program.name else []
    login = {"PGHOST": told.get("host"), "PGPORT": told.get("port"), "PGUSER": told.get("user")}
    environment = {k: str(v) for k, v in login.items() if v} | {"PGPASSWORD": password}
    done = subprocess.run(
        [str(program), "--no-password", *where, *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = re.sub(r"\s+", " ", done.stderr).strip()[-500:]
        kind = StoreFull if "No space left" in said else GiveUp
        raise kind(f"{program.name} failed: {said}", remedy="see what it says")
