"""Cookie sessions, signing-key ids and bearer tokens: what is valid now, and what was revoked.

Only hashes of session secrets are kept. A token is valid while its row is and its key is not
retired; the key itself never reaches the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db.pool import Pool
from store.db.reach import rows
from store.db.sql import queries
from store.people.rows.people import TokenRow

_Q = queries("sessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A live cookie session."""

    tenant_id: int
    person_id: int
    csrf: str


class Sessions:
    """The book of sessions and tokens."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def _run(self, query: str, values: dict[str, Any]) -> int:
        with self._pool.transaction() as connection:
            return connection.execute(_Q[query], values).rowcount

    def open(
        self, secret_hash: bytes, session: Session, *, at: datetime, expires_at: datetime
    ) -> None:
        """Remember a session by the hash of its secret."""
        self._run(
            "open",
            {
                "secret_hash": secret_hash,
                "tenant_id": session.tenant_id,
                "person_id": session.person_id,
                "csrf": session.csrf,
                "at": at,
                "expires_at": expires_at,
            },
        )

    def revoke(self, secret_hash: bytes, at: datetime) -> None:
        """End one session."""
        self._run("revoke", {"secret_hash": secret_hash, "at": at})

    def revoke_all(self, tenant_id: int, person_id: int, at: datetime) -> int:
        """End every session of a person; returns how many ran."""
        return self._run("revoke_all", {"tenant_id": tenant_id, "person_id": person_id, "at": at})

    def key_ids(self) -> list[str]:
        """Ids of keys in force, newest first."""
        with self._pool.transaction() as connection:
            return [id for (id,) in connection.execute(_Q["keys"]).fetchall()]

    def add_key(self, id: str, at: datetime) -> None:
        """Put a key in force."""
        self._run("add_key", {"id": id, "at": at})

    def retire_key(self, id: str, at: datetime) -> bool:
        """Take a key out of force: every token it signed stops at once."""
        return self._run("retire_key", {"id": id, "at": at}) == 1

    def add_token(
        self,
        id: str,
        *,
        tenant_id: int,
        person_id: int,
        label: str,
        at: datetime,
        expires_at: datetime,
    ) -> None:
        """Remember an issued token by its id."""
        self._run(
            "add_token",
            {
                "id": id,
                "tenant_id": tenant_id,
                "person_id": person_id,
                "label": label,
                "at": at,
                "expires_at": expires_at,
            },
        )

    def tokens(self, tenant_id: int, person_id: int) -> list[TokenRow]:
        """A person's tokens, newest first, without secrets."""
        with self._pool.transaction() as connection:
            who = {"tenant_id": tenant_id, "person_id": person_id}
            return rows(connection, _Q["tokens"], who, TokenRow)

    def revoke_token(self, id: str, *, tenant_id: int, person_id: int, at: datetime) -> bool:
        """End one token of this person."""
        values = {"id": id, "tenant_id": tenant_id, "person_id": person_id, "at": at}
        return self._run("revoke_token", values) == 1
