"""What goes when the outbox is full, and how each loss is declared.

1  receipted batches, oldest first     stored in the cloud: no loss
2  telemetry, oldest first             a gap, told by the next batch
3  alarms, oldest first                a gap; only an alarm may push out an alarm
"""

from __future__ import annotations

from sqlite3 import Connection, Row

from gateway import spool

Key = tuple[bytes, int]


def make_room(db: Connection, kind: str, max_bytes: int, before_ms: int) -> list[Key]:
    """After a batch of `kind` was added; returns the keys given up. Receipted batches settled
    before `before_ms` go in any case."""
    db.execute(spool.FORGET, (before_ms,))
    over = (spool.fact(db, "bytes") or 0) - max_bytes
    last = (spool.OLD_ALARMS,) if kind == "alarm" else ()
    lost: list[Key] = []
    for query in (spool.RECEIPTED, spool.OLD_TELEMETRY, *last):
        for row in db.execute(query).fetchall() if over > 0 else ():
            if over <= 0:
                break
            over -= row["size"]
            if row["settled_ms"] is None:
                lost.append((row["key"], row["seq"]))
                give_up(db, row)
            else:
                db.execute("DELETE FROM batch WHERE no = ?", (row["no"],))
    return lost


def give_up(db: Connection, row: Row) -> None:
    """Delete a waiting batch and note the gap: joined to its neighbour where one is open. Gaps
    that this batch would have told are to be told again."""
    key, seq = row["key"], row["seq"]
    db.execute("UPDATE gap SET carrier = NULL WHERE carrier = ?", (row["no"],))
    joined = db.execute(
        "UPDATE gap SET last = ? WHERE stream = ? AND last = ? AND carrier IS NULL",
        (seq, key, seq - 1),
    )
    if not joined.rowcount:
        db.execute("INSERT INTO gap (stream, first, last) VALUES (?, ?, ?)", (key, seq, seq))
    spool.raise_fact(db, "evicted")
    db.execute("DELETE FROM batch WHERE no = ?", (row["no"],))
