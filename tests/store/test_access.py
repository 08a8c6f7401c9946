"""A foreign vehicle is nowhere to be seen or touched; every role has exactly its rights."""

from __future__ import annotations

import contextlib
import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Jsonb

import store
from domain.errors import Refused
from store.db.pool import Pool
from store.db.readers import add_reader
from store.db.roles import PRODUCT, Role
from tests.databases import Database
from tests.store.grants import granted
from tests.store.two_tenants import FOREIGN, MINE, fill

pytestmark = pytest.mark.database
Line = psycopg.Connection[Any]

BY_SECRET = {
    # found by a secret before anybody is signed in, so there is no reach yet
    "identity.sessions", "identity.tokens", "identity.token_keys",
    "identity.person_by_email()", "identity.person_by_id()",
    "identity.person_by_token()", "identity.person_by_session()",
    # the names of tenants are on the sign-in page
    "public.tenants",
}  # fmt: skip

RELATIONS = """
SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('public', 'identity', 'reading') AND c.relkind IN ('r', 'p', 'v', 'm')
  AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, %s)
GROUP BY 1, 2 ORDER BY 1, 2
"""
FUNCTIONS = """
SELECT n.nspname, p.proname, coalesce(p.proargnames[1:p.pronargs], '{}'),
       ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'identity', 'reading') AND has_function_privilege(p.oid, 'EXECUTE')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  AND p.prorettype <> 'trigger'::regtype
ORDER BY 1, 2
"""


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database.admin_url)
    return database


def _as_api(line: Line, kind: str) -> None:
    for name, value in (
        ("tenant", MINE.id),
        ("reach", kind),
        ("person", MINE.id),
        ("centre", MINE.id),
    ):
        line.execute("SELECT set_config(%s, %s, false)", (f"vigil.{name}", str(value)))


@pytest.fixture(params=["owner", "centre", "group", "reader"])
def eyes(request: pytest.FixtureRequest, filled: Database, worker: Pool) -> Iterator[Line]:
    """A connection as the service with one reach of my tenant, or as my tenant's reader."""
    if request.param != "reader":
        with psycopg.connect(filled.url(Role.API), autocommit=True) as line:
            _as_api(line, request.param)
            yield line
        return
    role, password = f"vigil_read_{secrets.token_hex(4)}", secrets.token_hex(16)
    add_reader(filled.admin_url, worker, role, MINE.id, password)
    try:
        told = {**conninfo_to_dict(filled.url(Role.READ)), "user": role, "password": password}
        with psycopg.connect(make_conninfo("", **told), autocommit=True) as line:
            yield line
    finally:
        with psycopg.connect(filled.admin_url, autocommit=True) as admin:
            admin.execute(SQL("DROP OWNED BY {r}; DROP ROLE {r}").format(r=Identifier(role)))


def _whose(columns: list[str], table: str, tenant: Any) -> Composed | None:
    """Rows of a tenant in a relation; None where nothing says whose they are."""
    if table == "vehicles" and "id" in columns:
        return SQL("id = {}").format(Literal(tenant.vehicle))
    if "vehicle_id" in columns:
        return SQL("vehicle_id = {}").format(Literal(tenant.vehicle))
    for name in ("tenant_id", "work_order_id", "person_id", "id"):
        if name in columns:
            return SQL("{} = {}").format(Identifier(name), Literal(tenant.id))
    return None


def _relations(line: Line, right: str) -> list[tuple[str, str, list[str]]]:
    found = line.execute(RELATIONS, (right,)).fetchall()
    return [(s, t, c) for s, t, c in found if f"{s}.{t}" not in BY_SECRET]


def _name(schema: str, table: str) -> Composed:
    return SQL("{}.{}").format(Identifier(schema), Identifier(table))


def test_no_table_or_view_shows_a_foreign_row(eyes: Line) -> None:
    seen = 0
    for schema, table, columns in _relations(eyes, "SELECT"):
        counted = []
        for tenant in (FOREIGN, MINE):
            whose = _whose(columns, table, tenant)
            assert whose is not None, f"{schema}.{table} does not say whose its rows are"
            query = SQL("SELECT count(*) FROM {} WHERE {}").format(_name(schema, table), whose)
            counted.append(eyes.execute(query).fetchone()[0])  # type: ignore[index]
        assert counted[0] == 0, f"{schema}.{table} shows a foreign row"
        seen += counted[1]
    assert seen >= 5, "nothing of one's own is seen either: the test would prove nothing"


def test_no_table_lets_a_foreign_row_be_changed_or_made(eyes: Line) -> None:
    for schema, table, columns in _relations(eyes, "UPDATE"):
        whose = _whose(_all_columns(eyes, schema, table), table, FOREIGN)
        assert whose is not None
        query = SQL("UPDATE {t} SET {c} = {c} WHERE {w}").format(
            t=_name(schema, table), c=Identifier(columns[0]), w=whose
        )
        assert eyes.execute(query).rowcount == 0, f"{schema}.{table} was changed"
    for schema, table, columns in _relations(eyes, "INSERT"):
        told = {"tenant_id": FOREIGN.id, "vehicle_id": FOREIGN.vehicle, "work_order_id": FOREIGN.id}
        changed = {n: v for n, v in told.items() if n in columns}
        query = SQL(
            "INSERT INTO {t} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::{t}, "
            "to_jsonb(r) || {c}::jsonb)).* FROM {t} r LIMIT 1"
        ).format(t=_name(schema, table), c=Literal(Jsonb(changed)))
        made = 0
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            made = eyes.execute(query).rowcount
        assert made == 0, f"{schema}.{table} took a foreign row"


def _all_columns(line: Line, schema: str, table: str) -> list[str]:
    return next(c for s, t, c in _relations(line, "SELECT") if (s, t) == (schema, table))


_ARGUMENTS = {
    "text": "soc_pct",
    "timestamp with time zone": "2000-01-01",
    "integer": 10,
    "interval": "1 day",
    "bigint": None,
    "date[]": "{}",
}


def test_no_function_tells_of_a_foreign_vehicle(eyes: Line) -> None:
    asked = told = 0
    for schema, name, names, types in eyes.execute(FUNCTIONS).fetchall():
        if f"{schema}.{name}()" in BY_SECRET:
            continue
        for tenant in (FOREIGN, MINE):
            given = [_argument(n, t, tenant.vehicle) for n, t in zip(names, types, strict=True)]
            query = SQL("SELECT f::text FROM {}({}) f").format(
                _name(schema, name), SQL(", ").join(map(Literal, given))
            )
            found = [row for (row,) in eyes.execute(query).fetchall() if row not in (None, "false")]
            if tenant is MINE:
                told += len(found)
            elif "vehicle" in names:
                assert found == [], f"{schema}.{name} tells of a foreign vehicle"
            assert not any(str(FOREIGN.vehicle) in row for row in found), f"{schema}.{name}"
            asked += 1
    assert asked > 2
    assert told > 2, "nothing of one's own is told either: the test would prove nothing"


def _argument(name: str, kind: str, vehicle: int) -> Any:
    if name == "vehicle":
        return vehicle
    if name == "kind":
        return "charge"
    if name == "high":
        return "2100-01-01"
    return _ARGUMENTS[kind]


def test_without_a_reach_nothing_is_seen(filled: Database) -> None:
    with psycopg.connect(filled.url(Role.API)) as line:
        assert line.execute("SELECT count(*) FROM vehicles").fetchone() == (0,)
        assert line.execute("SELECT count(*) FROM alerts").fetchone() == (0,)
    with psycopg.connect(filled.url(Role.READ)) as line:
        assert line.execute("SELECT count(*) FROM reading.vehicles").fetchone() == (0,)


def test_a_reader_sees_no_person_no_vin_and_no_position(database: Database) -> None:
    rights = granted(database.admin_url)[str(Role.READ)]
    assert not [name for name in rights if "identity" in name or "position" in name]


def test_every_role_has_exactly_the_listed_rights(database: Database) -> None:
    table = tomllib.loads((Path(store.__file__).parent / "grants.toml").read_text())
    found = granted(database.admin_url)
    assert set(found) == set(table)
    for role, rights in found.items():
        assert rights == table[role], role


def test_product_roles_own_nothing_and_bypass_nothing(database: Database) -> None:
    with psycopg.connect(database.admin_url) as admin:
        for role in (*PRODUCT, Role.BACKUP, Role.OWNER):
            told = admin.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
                "(SELECT count(*) FROM pg_class WHERE relowner = r.oid) "
                "FROM pg_roles r WHERE rolname = %s",
                (str(role),),
            ).fetchone()
            assert told is not None
            assert told[:4] == (False,) * 4, role
            assert told[4] is (role is Role.BACKUP), role
            assert (told[5] > 0) is (role is Role.OWNER), role


def test_row_level_security_is_forced_where_it_stands(database: Database) -> None:
    with psycopg.connect(database.admin_url) as admin:
        loose = admin.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity"
        ).fetchall()
    assert loose == []


@pytest.mark.parametrize("role", [Role.INGEST, Role.WORKER, Role.API, Role.READ])
def test_no_product_role_may_make_tables(database: Database, role: Role) -> None:
    with database.pool(role) as pool, pytest.raises(Refused), pool.transaction() as line:
        line.execute("CREATE TABLE public.mine (id integer)")
