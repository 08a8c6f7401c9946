"""The roles of the database, and the URL under which each process connects.

role           may
vigil_owner    own every object; runs migrations only
vigil_ingest   store what cars say
vigil_worker   read everything the models need, write assessments, alerts and offers
vigil_api      read and write for signed-in people, inside their scope
vigil_read     read inside one tenant (dashboards, notebooks), through views
vigil_backup   read all, bypass row-level security, write nothing
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, urlencode


class Role(StrEnum):
    """Login roles. None is a superuser; only BACKUP bypasses row-level security."""

    OWNER = "vigil_owner"
    INGEST = "vigil_ingest"
    WORKER = "vigil_worker"
    API = "vigil_api"
    READ = "vigil_read"
    BACKUP = "vigil_backup"


PRODUCT = (Role.INGEST, Role.WORKER, Role.API, Role.READ)
"""Roles under which a product process may run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Where the database is and each role's password; keep it like a key."""

    host: str
    port: int
    database: str
    passwords: Mapping[str, str] = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def url_for(self, role: str) -> str:
        """The connection URL of a role; KeyError for a role without a password."""
        password = quote(self.passwords[str(role)], safe="")
        query = urlencode({**self._socket(), **self.options})
        host = "" if self.host.startswith("/") else f"{self.host}:{self.port}"
        return f"postgresql://{role}:{password}@{host}/{quote(self.database)}" + (
            f"?{query}" if query else ""
        )

    def _socket(self) -> dict[str, str]:
        if not self.host.startswith("/"):
            return {}
        return {"host": self.host, "port": str(self.port)}


def new_passwords() -> dict[str, str]:
    """A fresh password for every role."""
    return {str(role): secrets.token_urlsafe(24) for role in Role}
