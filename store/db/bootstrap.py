"""Once per server, with its administrator: the database, the roles, the extension.

Idempotent: run again it sets the passwords it is given and leaves everything else. After it the
administrator is not needed any more.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from domain.errors import Refused
from store.db.errors import translated
from store.db.pool import Connection
from store.db.roles import Credentials, Role, new_passwords
from store.db.sql import queries

OLDEST_SERVER = 160000
"""PostgreSQL 16, as server_version_num writes it."""
_Q = queries("bootstrap")


def bootstrap(
    admin_url: str, *, database: str = "vigil", passwords: Mapping[str, str] | None = None
) -> Credentials:
    """Make roles, database and extension; returns how each role connects.

    Raises Refused for a server older than PostgreSQL 16, StoreUnavailable when it does not answer.
    """
    secrets = dict(passwords) if passwords is not None else new_passwords()
    with translated(), psycopg.connect(admin_url, autocommit=True) as admin:
        _check_version(admin)
        _make_roles(admin, secrets)
        _make_database(admin, database)
        where = admin.info
        host, port = where.host, where.port
    with translated(), psycopg.connect(_inside(admin_url, database), autocommit=True) as admin:
        _prepare(admin, database)
    return Credentials(host=host, port=port, database=database, passwords=secrets)


def _inside(admin_url: str, database: str) -> str:
    return make_conninfo("", **{**conninfo_to_dict(admin_url), "dbname": database})


def _check_version(admin: Connection) -> None:
    version = admin.info.server_version
    if version < OLDEST_SERVER:
        raise Refused(
            f"the server is PostgreSQL {version // 10000}; 16 is the oldest that works",
            remedy="install PostgreSQL 16 or newer, or leave VIGIL_DATABASE__URL unset",
        )


def _make_roles(admin: Connection, passwords: Mapping[str, str]) -> None:
    """Roles are shared by all databases of a server: serialised by an advisory lock."""
    with admin.transaction():
        admin.execute(_Q["lock"])
        for role in Role:
            exists = admin.execute(_Q["role_exists"], {"role": str(role)}).fetchone()
            verb = _Q["alter_role"] if exists else _Q["create_role"]
            bypass = SQL("BYPASSRLS") if role is Role.BACKUP else SQL("NOBYPASSRLS")
            admin.execute(
                verb.format(
                    role=Identifier(role), password=Literal(passwords[str(role)]), bypass=bypass
                )
            )
        admin.execute(_Q["backup_reads"])


def _make_database(admin: Connection, database: str) -> None:
    if admin.execute(_Q["database_exists"], {"database": database}).fetchone():
        return
    admin.execute(
        _Q["create_database"].format(database=Identifier(database), owner=Identifier(Role.OWNER))
    )


def _prepare(admin: Connection, database: str) -> None:
    admin.execute(_Q["close_database"].format(database=Identifier(database)))
    for role in Role:
        admin.execute(
            _Q["allow_connect"].format(database=Identifier(database), role=Identifier(role))
        )
    if admin.execute(_Q["timescale_available"]).fetchone():
        admin.execute(_Q["create_timescale"])
