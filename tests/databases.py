"""Real databases for tests: a fresh, migrated one per test on the server of `admin_url`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from store.db.bootstrap import bootstrap
from store.db.migrate import migrate
from store.db.pool import Pool
from store.db.roles import Credentials, Role, new_passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A fresh, migrated database and how each role gets in."""

    credentials: Credentials
    admin_url: str

    def url(self, role: Role | str) -> str:
        return self.credentials.url_for(str(role))

    def pool(self, role: Role | str, **options: Any) -> Pool:
        return Pool.open(self.url(role), **options)


@pytest.fixture(scope="session")
def database_template(admin_url: str) -> Iterator[Database]:
    """A migrated database that fresh ones are copied from."""
    name = f"vigil_template_{secrets.token_hex(4)}"
    made = _make(admin_url, name, shared_passwords(admin_url))
    yield made
    _drop(admin_url, name)


@pytest.fixture
def database(admin_url: str, database_template: Database) -> Iterator[Database]:
    """A fresh migrated database; dropped after the test."""
    name = f"vigil_test_{secrets.token_hex(4)}"
    copied = _copy(admin_url, database_template, name)
    yield copied
    _drop(admin_url, name)


@pytest.fixture
def empty_database(admin_url: str) -> Iterator[Database]:
    """Roles and a database without any table, for tests of migrations."""
    name = f"vigil_empty_{secrets.token_hex(4)}"
    credentials = bootstrap(admin_url, database=name, passwords=shared_passwords(admin_url))
    yield Database(credentials=credentials, admin_url=_inside(admin_url, name))
    _drop(admin_url, name)


_PASSWORDS: dict[str, dict[str, str]] = {}


def shared_passwords(admin_url: str) -> dict[str, str]:
    """One set of passwords per server: roles are shared by all its databases."""
    return _PASSWORDS.setdefault(admin_url, new_passwords())


def _make(admin_url: str, name: str, passwords: dict[str, str]) -> Database:
    credentials = bootstrap(admin_url, database=name, passwords=passwords)
    migrate(credentials.url_for(Role.OWNER))
    return Database(credentials=credentials, admin_url=_inside(admin_url, name))


def _copy(admin_url: str, template: Database, name: str) -> Database:
    """By CREATE DATABASE … TEMPLATE; where background workers hold the template, anew."""
    try:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(
                SQL("CREATE DATABASE {} TEMPLATE {} OWNER vigil_owner").format(
                    Identifier(name), Identifier(template.credentials.database)
                )
            )
    except psycopg.errors.ObjectInUse:
        return _make(admin_url, name, dict(template.credentials.passwords))
    credentials = replace(template.credentials, database=name)
    made = bootstrap(admin_url, database=name, passwords=dict(credentials.passwords))
    return Database(credentials=made, admin_url=_inside(admin_url, name))


def _drop(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _inside(admin_url: str, name: str) -> str:
    return make_conninfo("", **{**conninfo_to_dict(admin_url), "dbname": name})
