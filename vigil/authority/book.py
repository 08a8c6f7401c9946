"""The authority's book: codes given out (as hashes, used once) and certificates issued."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from firmware_contracts.topics import identity

CODE_TERM = timedelta(hours=24)
"""A code is typed in on the day it is given out."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS code (
    hash TEXT PRIMARY KEY, tenant TEXT NOT NULL, device TEXT NOT NULL,
    expires_at TEXT NOT NULL, used_at TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS certificate (
    serial TEXT PRIMARY KEY, tenant TEXT NOT NULL, device TEXT NOT NULL,
    issued_at TEXT NOT NULL, ends_at TEXT NOT NULL, denied_at TEXT
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Whom a code or a certificate names."""

    tenant: str
    device: str

    @property
    def identity(self) -> str:
        """The common name of its certificates; ValueError for names that no topic takes."""
        return identity(self.tenant, self.device)


class Book:
    """One SQLite file beside the key; every call opens and closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.executescript(_SCHEMA)

    def new_code(self, who: Device, *, now: datetime) -> str:
        """A one-time code of 15 letters (75 bits), valid for a day; only its hash is kept."""
        letters = "".join(secrets.choice(_LETTERS) for _ in range(15))
        row = (_hash(letters), who.tenant, who.device, (now + CODE_TERM).isoformat())
        with self._open() as db:
            db.execute("INSERT INTO code VALUES (?, ?, ?, ?, NULL)", row)
        return "-".join(letters[i : i + 5] for i in (0, 5, 10))

    def spend(self, code: str, *, now: datetime) -> Device | None:
        """Whom the code names, once; None where it is wrong, used or expired."""
        with self._open() as db:
            found = db.execute(
                "UPDATE code SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?"
                " RETURNING tenant, device",
                (now.isoformat(), _hash(code), now.isoformat()),
            ).fetchone()
        return None if found is None else Device(tenant=found[0], device=found[1])

    def issued(self, serial: int, who: Device, *, now: datetime, ends: datetime) -> None:
        """Note a certificate."""
        row = (str(serial), who.tenant, who.device, now.isoformat(), ends.isoformat())
        with self._open() as db:
            db.execute("INSERT INTO certificate VALUES (?, ?, ?, ?, ?, NULL)", row)

    def holder(self, serial: int) -> Device | None:
        """Whose certificate this is; None where it is unknown or denied."""
        query = "SELECT tenant, device FROM certificate WHERE serial = ? AND denied_at IS NULL"
        with self._open() as db:
            found = db.execute(query, (str(serial),)).fetchone()
        return None if found is None else Device(tenant=found[0], device=found[1])

    def deny(self, who: Device, *, now: datetime) -> int:
        """Deny every certificate of a device and every code for it; how many certificates were in
        force."""
        named = (now.isoformat(), who.tenant, who.device)
        with self._open() as db:
            db.execute(
                "UPDATE code SET used_at = ? WHERE tenant = ? AND device = ? AND used_at IS NULL",
                named,
            )
            return db.execute(
                "UPDATE certificate SET denied_at = ?"
                " WHERE tenant = ? AND device = ? AND denied_at IS NULL",
                named,
            ).rowcount

    def denied(self) -> list[int]:
        """Serials for the deny list."""
        with self._open() as db:
            rows = db.execute("SELECT serial FROM certificate WHERE denied_at IS NOT NULL")
            return [int(row[0]) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=10)
        try:
            with db:
                yield db
        finally:
            db.close()


def _hash(code: str) -> str:
    letters = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
