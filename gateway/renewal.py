"""Leaving a stream that must not be continued: a cloned card, a restored image."""

from __future__ import annotations

from sqlite3 import Connection

from firmware_contracts import codec
from gateway import spool


def leave_stream(db: Connection, key: bytes) -> list[int]:
    """Give every waiting batch of the stream a sequence of its kind's new stream; returns the
    sequences it had. The content stays as it is, and so does its digest."""
    old = db.execute("SELECT * FROM stream WHERE key = ?", (key,)).fetchone()
    if old is None:
        return []
    held = db.execute(spool.WAITING_OF, (old["no"],)).fetchall()
    db.execute("UPDATE stream SET current = 0 WHERE no = ?", (old["no"],))
    for row in held:
        stream = spool.current(db, old["kind"])
        seq = stream["next_seq"]
        body = codec.restream(row["bytes"], stream["key"], seq)
        db.execute("UPDATE body SET bytes = ? WHERE batch = ?", (body, row["no"]))
        db.execute(
            "UPDATE batch SET stream = ?, seq = ?, size = ? WHERE no = ?",
            (stream["no"], seq, len(body), row["no"]),
        )
        db.execute("UPDATE stream SET next_seq = ? WHERE no = ?", (seq + 1, stream["no"]))
    return [row["seq"] for row in held]
