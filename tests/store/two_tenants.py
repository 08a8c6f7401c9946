"""Two tenants with one row in every table each, made without a look at what the rows mean.

Checks and foreign keys of this database are dropped first: here only who sees what is asked.
Every id column of a tenant's rows has one number, so that rows point at each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: int
    vehicle: int


MINE = Tenant(id=101, vehicle=1_000_000_000_101)
FOREIGN = Tenant(id=202, vehicle=2_000_000_000_202)

COLUMNS = """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull,
       a.atttypid IN (SELECT oid FROM pg_type WHERE typcategory = 'A')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'identity') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY 1, 2, a.attnum
"""
LOOSEN = """
SELECT conrelid::regclass::text, conname FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'identity') AND contype IN ('c', 'f', 'x') AND NOT c.relispartition
"""
LEFT_ALONE = {"migrations", "store_epoch", "span_tables"}
_BY_TYPE: dict[str, Any] = {
    "text": "x", "name": "x", "bytea": b"", "jsonb": "{}", "boolean": True, "date": WHEN,
    "time without time zone": "08:00",
    "timestamp with time zone": WHEN, "interval": "1 day", "uuid": "0" * 32,
}  # fmt: skip


def fill(admin_url: str) -> list[tuple[str, str]]:
    """Put both tenants' rows into every table; returns (schema, table) of all that were filled."""
    with psycopg.connect(admin_url) as admin:
        for table, name in admin.execute(LOOSEN).fetchall():
            admin.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE')
        tables: dict[tuple[str, str], list[tuple[str, str, bool, bool]]] = {}
        for schema, table, *column in admin.execute(COLUMNS).fetchall():
            if table not in LEFT_ALONE:
                tables.setdefault((schema, table), []).append(tuple(column))
        days = [WHEN.date()]
        for (table,) in admin.execute("SELECT table_name FROM span_tables").fetchall():
            admin.execute("SELECT span_create(%s, %s)", (table, days))
        for tenant in (MINE, FOREIGN):
            for (schema, table), columns in tables.items():
                _insert(admin, schema, table, columns, tenant)
    return list(tables)


def _insert(
    admin: psycopg.Connection[Any], schema: str, table: str, columns: list[Any], tenant: Tenant
) -> None:
    told = {
        name: value
        for name, kind, needed, array in columns
        if (value := _value(table, name, kind, needed, array, tenant)) is not None
    }
    admin.execute(
        SQL("INSERT INTO {}.{} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            Identifier(schema),
            Identifier(table),
            SQL(", ").join(map(Identifier, told)),
            SQL(", ").join(map(Literal, told.values())),
        )
    )


def _value(  # noqa: PLR0911 one answer per kind of column
    table: str, name: str, kind: str, needed: bool, array: bool, tenant: Tenant
) -> Any:
    if name == "vehicle_id" or (table, name) == ("vehicles", "id"):
        return tenant.vehicle
    if (table, name) == ("alerts", "state"):
        return "open"
    if name == "role_name":
        return f"vigil_read_test{tenant.id}"
    if array:
        return "{}"
    if kind in ("integer", "bigint"):
        return tenant.id
    if kind == "smallint":
        return 1
    if kind in ("real", "double precision", "numeric"):
        return 1.0
    if kind.startswith("timestamp") and not needed:
        return None
    value = _BY_TYPE[kind]
    if isinstance(value, bytes):
        return b"%d" % tenant.id
    return f"x{tenant.id}" if kind == "text" else value
