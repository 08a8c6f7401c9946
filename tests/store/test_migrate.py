"""Migrations: from empty, in steps, twice at once, and in agreement with the catalogue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest

from domain.errors import Refused
from firmware_contracts.records import Charge, Crank, Parked, Trip
from store.db.migrate import migrate, migrations, pending
from store.db.roles import Role
from store.db.schema import COLUMNS, RECORD_TABLES
from tests.databases import Database

pytestmark = pytest.mark.database


def _columns(database: Database, table: str) -> dict[str, str]:
    with psycopg.connect(database.url(Role.OWNER)) as line:
        return dict(
            line.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                (f"public.{table}",),
            ).fetchall()
        )


def test_from_empty_then_nothing_is_left_to_do(empty_database: Database) -> None:
    url = empty_database.url(Role.OWNER)
    assert len(pending(url)) == len(migrations())
    assert len(migrate(url)) == len(migrations())
    assert migrate(url) == []
    assert pending(url) == []


def test_every_migration_runs_on_the_one_before(empty_database: Database) -> None:
    url = empty_database.url(Role.OWNER)
    for migration in migrations():
        assert migrate(url, upto=migration.number) == [f"{migration.number:04d}_{migration.name}"]


def test_processes_that_start_together_migrate_once(empty_database: Database) -> None:
    url = empty_database.url(Role.OWNER)
    with ThreadPoolExecutor(3) as threads:
        ran = list(threads.map(migrate, [url] * 3))
    assert sorted(len(names) for names in ran) == [0, 0, len(migrations())]


def test_a_file_that_changed_after_it_ran_is_refused(
    empty_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "0001_one.sql"
    file.write_text("CREATE TABLE one (id integer);")
    migrate(empty_database.url(Role.OWNER), folder=tmp_path)
    file.write_text("CREATE TABLE two (id integer);")
    with pytest.raises(Refused, match="0001_one changed"):
        migrate(empty_database.url(Role.OWNER), folder=tmp_path)


def test_a_database_of_a_newer_release_is_refused(empty_database: Database, tmp_path: Path) -> None:
    migrate(empty_database.url(Role.OWNER))
    with pytest.raises(Refused, match="does not know"):
        migrate(empty_database.url(Role.OWNER), folder=tmp_path)


def test_the_wide_row_has_every_scalar_signal_with_its_type(database: Database) -> None:
    for table in ("telemetry", "import_telemetry"):
        found = _columns(database, table)
        for signal in COLUMNS:
            assert found.pop(signal.name) == signal.storage.value, signal.name
        assert set(found) == {
            "tenant_id",
            "vehicle_id",
            "ts",
            "source_id",
            "received_at",
            "origin",
            "row_digest",
        }


@pytest.mark.parametrize("kind", [Trip, Charge, Crank, Parked])
def test_record_tables_have_every_field(database: Database, kind: type) -> None:
    found = _columns(database, RECORD_TABLES[kind])
    wanted = {field.name for field in fields(kind)} - {"start_ms", "end_ms"}
    assert wanted <= set(found)
