"""Logins for dashboards and notebooks: one per tenant, member of vigil_read, read only.

Making a login needs the server's administrator; which tenant it reads is a row that the product's
worker writes. A login without that row sees nothing.
"""

from __future__ import annotations

import re

import psycopg
from psycopg.sql import Identifier, Literal

from domain.errors import BadInput
from store.db.errors import translated
from store.db.pool import Pool
from store.db.sql import queries

_Q = queries("readers")
_NAME = re.compile(r"vigil_read_[a-z0-9_]{1,40}\Z")


def add_reader(admin_url: str, worker: Pool, role: str, tenant_id: int, password: str) -> None:
    """Make or change the login `vigil_read_…` of one tenant; `admin_url` names the database."""
    if not _NAME.match(role):
        raise BadInput("role", role, "is no reader's name", remedy="use vigil_read_<tenant>")
    with translated(), psycopg.connect(admin_url, autocommit=True) as admin:
        if admin.execute(_Q["exists"], {"role": role}).fetchone() is None:
            admin.execute(_Q["create"].format(role=Identifier(role)))
        admin.execute(_Q["password"].format(role=Identifier(role), password=Literal(password)))
        admin.execute(
            _Q["connect"].format(role=Identifier(role), database=Identifier(admin.info.dbname))
        )
    with worker.transaction() as connection:
        connection.execute(_Q["drop"], {"role": role})
        connection.execute(_Q["add"], {"role": role, "tenant": tenant_id})
