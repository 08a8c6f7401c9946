"""A backup brings everything back, and says that time was lost."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain.errors import BadInput, Refused
from domain.readings import Outcome
from store.db.backup import backup, restore
from store.db.pool import Pool
from store.db.roles import Role
from store.sink.sink import Telemetry
from tests.databases import Database
from tests.store.contents import contents
from tests.store.fleet import NOON, NOON_MS, Car, accepted, packed
from vigil.machine.embedded.database import find_binaries

pytestmark = pytest.mark.database


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    return find_binaries(tmp_path).folder


@pytest.fixture
def plain(database: Database) -> Database:
    with psycopg.connect(database.admin_url) as admin:
        if admin.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchone():
            pytest.skip("backup is for plain PostgreSQL")
    return database


def test_everything_comes_back_under_a_new_epoch_and_the_gap_is_filled(
    plain: Database, ingest: Pool, car: Car, programs: Path, tmp_path: Path
) -> None:
    sink = Telemetry(ingest)
    old = accepted(
        car, 0, [0, 1], {"soc_pct": [50, 51], "latitude_deg": [1, 2]}, cells=packed([[1], [2]])
    )
    new = accepted(
        car,
        1,
        [2],
        {"soc_pct": [52]},
        start_ms=NOON_MS + 3 * 86_400_000,
        received_at=NOON + timedelta(days=3),
    )
    sink.commit([old], [])
    before = contents(plain.admin_url)
    manifest = backup(plain.url(Role.BACKUP), tmp_path / "backup", programs)
    sink.commit([new], [])
    after = contents(plain.admin_url)

    name = f"vigil_restored_{secrets.token_hex(4)}"
    passwords = dict(plain.credentials.passwords)
    try:
        done = restore(plain.admin_url, name, passwords, tmp_path / "backup", programs)
        assert done.epoch > manifest.epoch
        assert done.recovered_to == manifest.taken_at
        copy = psycopg.conninfo.make_conninfo(plain.admin_url, dbname=name)
        assert contents(copy) == before
        url = psycopg.conninfo.make_conninfo(plain.url(Role.INGEST), dbname=name)
        with Pool.open(url) as pool:
            committed = Telemetry(pool).commit([old, new], [])
        assert [s.outcome for s in committed.stored] == [Outcome.DUPLICATE, Outcome.COMMITTED]
        assert (committed.epoch, committed.recovered_to) == (done.epoch, done.recovered_to)
        assert contents(copy) == after
        with pytest.raises(Refused, match="exists"):
            restore(plain.admin_url, name, passwords, tmp_path / "backup", programs)
        again = restore(
            plain.admin_url, name, passwords, tmp_path / "backup", programs, replace=True
        )
        assert again.epoch >= done.epoch
        assert contents(copy) == before
    finally:
        with psycopg.connect(plain.admin_url, autocommit=True) as admin:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
            admin.execute(drop)


def test_a_damaged_backup_is_refused(plain: Database, programs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup(plain.url(Role.BACKUP), folder, programs)
    with pytest.raises(BadInput, match="not empty"):
        backup(plain.url(Role.BACKUP), folder, programs)
    next((folder / "dump").iterdir()).write_bytes(b"torn")
    with pytest.raises(BadInput, match="missing or changed"):
        restore(plain.admin_url, "vigil_never", {}, folder, programs)
    with pytest.raises(BadInput, match="no backup"):
        restore(plain.admin_url, "vigil_never", {}, tmp_path, programs)


def test_a_failed_backup_leaves_nothing(plain: Database, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        backup(plain.url(Role.BACKUP), tmp_path / "backup", tmp_path / "no-programs")
    assert list(tmp_path.iterdir()) == []
