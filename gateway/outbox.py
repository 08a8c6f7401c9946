"""The outbox: what was read stays here until the cloud says it is stored.

One stream per kind (alarm, telemetry), each a random 128-bit key with a sequence that is never
used twice; both live in the file and survive reboots. Each batch is one durable commit.

    add, put --> waiting --due--> sent --settle(receipt)--> kept 72 h --> gone
                    |              |                          |
                    '--evicted-----'--> gap, declared         '--newer store epoch--> waiting

A receipt closes only what was sent since this outbox was opened: of two copies of one file, one
must not let go what the other stored. What is due again, and when, is forgotten with the process;
the next one sends everything that waits, and the cloud knows its duplicates.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from sqlite3 import Connection, Row

from firmware_contracts.receipts import Range, Receipt
from firmware_contracts.telemetry import Anchor, Gap
from gateway import eviction, renewal, spool

KEEP_MS = 72 * 3_600_000
CLOCKS_DIFFER_MS = 300_000
"""How far the car's clock and the cloud's may be apart when a recovery point is compared."""

LIVE_MS = 60_000
"""What was added within this time goes before the backlog."""

Key = tuple[bytes, int]
_HISTORY = bytes(8)
"""Session of what was put under a key of the caller's: never live."""
Write = Callable[[bytes, int, tuple[Gap, ...]], bytes]
"""Makes the body for a given stream and sequence, declaring the given gaps."""


class Kind(StrEnum):
    """Class of a stream; its topic leaf is in uplink."""

    ALARM = "alarm"
    TELEMETRY = "telemetry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A batch to send. `late` says that it waited for more than five minutes: backfill."""

    stream: bytes
    seq: int
    kind: Kind
    body: bytes
    late: bool
    tries: int

    @property
    def key(self) -> Key:
        """Stream and sequence."""
        return self.stream, self.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What one receipt did here."""

    closed: int = 0
    refused: int = 0
    moved: int = 0
    reoffered: int = 0


@dataclass(slots=True, kw_only=True)
class _Sent:
    """A batch on its way: when it went, and when it goes again unless a receipt comes."""

    last_ms: int
    due_ms: int
    tries: int


class Outbox:
    """See the module. Thread-safe. Raises OutboxFull, OutboxBusy, OutboxFailed.

    `damaged` names the file set aside when the one found could not be read: the batches in it
    need a technician, and new streams were begun.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int = 64 << 20,
        resend_ms: int = 30_000,
        resend_most_ms: int = 600_000,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self.path, self.max_bytes = path, max_bytes
        self._resend_ms, self._resend_most_ms = resend_ms, resend_most_ms
        self._wall_ms, self._mono_ms = wall_ms, mono_ms
        self._session = secrets.token_bytes(8)
        self._lock = threading.RLock()
        self._sent: dict[Key, _Sent] = {}
        self._db, self.damaged = spool.connect(path)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    # -- putting in -------------------------------------------------------------------------

    def add(self, kind: Kind, write: Write) -> Key:
        """Keep one new batch: the next sequence of the kind's stream, durable on return.

        `write` is handed the gaps that no batch has declared yet; where it fails, no sequence is
        used.
        """
        with self._lock, spool.transaction(self._db, self.path) as db:
            stream = spool.current(db, kind)
            seq = stream["next_seq"]
            gaps = db.execute("SELECT no, stream, first, last FROM gap WHERE carrier IS NULL")
            found = gaps.fetchmany(1000)
            told = tuple(Gap(stream=g["stream"], first=g["first"], last=g["last"]) for g in found)
            body = write(stream["key"], seq, told)
            no = self._insert(db, stream, seq, body, self._session)
            db.executemany(
                "UPDATE gap SET carrier = ? WHERE no = ?", [(no, g["no"]) for g in found]
            )
            self._make_room(db, kind)
            return stream["key"], seq

    def put(self, stream: bytes, seq: int, body: bytes, kind: Kind = Kind.TELEMETRY) -> None:
        """Keep a batch under a key of the caller's (replay). The same key again: what is held
        stays as it is and waits to be sent, also if it was receipted before."""
        with self._lock, spool.transaction(self._db, self.path) as db:
            row = spool.stream(db, stream, kind)
            held = spool.find(db, row["no"], seq)
            if held is None:
                self._insert(db, row, seq, body, _HISTORY)
                self._make_room(db, kind)
            else:
                db.execute("UPDATE batch SET settled_ms = NULL WHERE no = ?", (held["no"],))

    def _insert(self, db: Connection, stream: Row, seq: int, body: bytes, session: bytes) -> int:
        row = (
            stream["no"],
            seq,
            stream["kind"],
            len(body),
            session,
            self._wall_ms(),
            self._mono_ms(),
        )
        done = db.execute(
            "INSERT INTO batch (stream, seq, kind, size, session, queued_ms, mono_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        db.execute("INSERT INTO body VALUES (?, ?)", (done.lastrowid, body))
        db.execute(
            "UPDATE stream SET next_seq = max(next_seq, ?) WHERE no = ?", (seq + 1, stream["no"])
        )
        return int(done.lastrowid or 0)

    def _make_room(self, db: Connection, kind: str) -> None:
        before_ms = self._wall_ms() - KEEP_MS
        for key in eviction.make_room(db, kind, self.max_bytes, before_ms):
            self._sent.pop(key, None)

    def drop(self, key: Key) -> None:
        """Give up one batch that can never be sent; it is declared as a gap."""
        with self._lock, spool.transaction(self._db, self.path) as db:
            row = db.execute(spool.BY_KEY, key).fetchone()
            if row is not None and row["settled_ms"] is None:
                eviction.give_up(db, row)
                self._sent.pop(key, None)

    # -- sending ----------------------------------------------------------------------------

    def due(self, now_ms: int, limit: int) -> list[Queued]:
        """What to send now: sent batches without a receipt whose time has come, then new ones,
        newest alarm first, telemetry in order. At most `limit` batches are on their way at once.

        `now_ms` is any clock that only runs forward. Each handing out sets the next try: after
        `resend_ms`, doubling.
        """
        with self._lock, spool.translated(self.path):
            again = [key for key, sent in self._sent.items() if sent.due_ms <= now_ms]
            found = {key: self._db.execute(spool.BY_KEY_WITH_BODY, key).fetchone() for key in again}
            for key in (key for key, row in found.items() if row is None):
                del self._sent[key]
            rows = [row for row in found.values() if row is not None]
            rows += self._fresh(limit - len(self._sent))
            return [self._hand_out(row, now_ms) for row in rows]

    def _fresh(self, room: int) -> list[Row]:
        """New ones: alarms, then what was just read, so that a long backlog starves nobody, then
        the backlog in order."""
        if room <= 0:
            return []
        most = room + len(self._sent)
        since = self._mono_ms() - LIVE_MS
        found: dict[Key, Row] = {}
        for query, given in (
            (spool.NEWEST_ALARMS, (most,)),
            (spool.JUST_READ, (self._session, since, most)),
            (spool.OLDEST_TELEMETRY, (most,)),
        ):
            if len(found) < room:
                rows = ((_key(row), row) for row in self._db.execute(query, given))
                found |= {key: row for key, row in rows if key not in self._sent | found}
        return list(found.values())[:room]

    def _hand_out(self, row: Row, now_ms: int) -> Queued:
        key = _key(row)
        tries = self._sent[key].tries + 1 if key in self._sent else 1
        wait = min(self._resend_ms << min(tries - 1, 16), self._resend_most_ms)
        self._sent[key] = _Sent(last_ms=now_ms, due_ms=now_ms + wait, tries=tries)
        return Queued(
            stream=key[0],
            seq=key[1],
            kind=Kind(row["kind"]),
            body=row["bytes"],
            late=self._waited_ms(row) > CLOCKS_DIFFER_MS,
            tries=tries,
        )

    def _waited_ms(self, row: Row) -> int:
        """By this process' own clock; by the calendar (never negative) across a restart."""
        if row["session"] == self._session:
            return int(self._mono_ms() - row["mono_ms"])
        return abs(int(self._wall_ms() - row["queued_ms"]))

    def postpone(self, keys: Iterable[Key], due_ms: int) -> None:
        """Send these again at `due_ms`: the broker refused them, or the line was cut."""
        with self._lock:
            for key in keys:
                if key in self._sent:
                    self._sent[key].due_ms = due_ms

    def hasten(self) -> None:
        """Receipts flow again: nothing waits longer than one `resend_ms` after its last try."""
        with self._lock:
            for sent in self._sent.values():
                sent.due_ms = min(sent.due_ms, sent.last_ms + self._resend_ms)

    # -- receipts ---------------------------------------------------------------------------

    def settle(self, receipt: Receipt) -> Settled:
        """Carry out a receipt, in one commit. Receipts of an older store epoch count nothing.

        A renewed stream is left for a new one and everything it still holds moves there, before
        refusals are read: a conflict must not let go what only we hold.
        """
        with self._lock, spool.transaction(self._db, self.path) as db:
            epoch = spool.fact(db, "store_epoch")
            if epoch is not None and receipt.store_epoch < epoch:
                return Settled()
            reoffered = self._new_epoch(db, epoch, receipt)
            closed = self._close(db, receipt.closed.items())
            moved = sum(self._renew(db, stream) for stream in receipt.renew)
            refusals = ((r.stream, r.ranges) for r in receipt.refused)
            refused = self._close(db, refusals)
            spool.raise_fact(db, "refused", refused)
            return Settled(closed=closed, refused=refused, moved=moved, reoffered=reoffered)

    def _new_epoch(self, db: Connection, known: int | None, receipt: Receipt) -> int:
        if known == receipt.store_epoch:
            return 0
        spool.set_fact(db, "store_epoch", receipt.store_epoch)
        if known is None:
            return 0
        point = receipt.recovered_to_ms
        since = -1 if point is None else point - CLOCKS_DIFFER_MS
        again = "UPDATE batch SET settled_ms = NULL WHERE settled_ms > ?"
        return int(db.execute(again, (since,)).rowcount)

    def _close(self, db: Connection, said: Iterable[tuple[bytes, Iterable[Range]]]) -> int:
        """Mark as stored what was sent and lies within the ranges."""
        by_stream = {stream: tuple(ranges) for stream, ranges in said}
        closed = [
            key
            for key in self._sent
            if any(first <= key[1] <= last for first, last in by_stream.get(key[0], ()))
        ]
        for key in closed:
            del self._sent[key]
            db.execute(spool.SETTLE, (self._wall_ms(), *key))
            db.execute(spool.TOLD, key)
        return len(closed)

    def _renew(self, db: Connection, key: bytes) -> int:
        moved = renewal.leave_stream(db, key)
        for seq in moved:
            self._sent.pop((key, seq), None)
        return len(moved)

    # -- anchors ----------------------------------------------------------------------------

    def remember_anchor(self, anchor: Anchor) -> None:
        """Keep where a boot lies on the calendar, in the place of what was known of it."""
        with self._lock, spool.transaction(self._db, self.path) as db:
            db.execute(spool.KEEP_ANCHOR, (anchor.boot, anchor.offset_ms, anchor.quality_ms))

    def anchor(self, boot: bytes) -> Anchor | None:
        """Where a boot of the past lies on the calendar, if it was ever known."""
        with self._lock, spool.translated(self.path):
            row = self._db.execute("SELECT * FROM anchor WHERE boot = ?", (boot,)).fetchone()
        if row is None:
            return None
        return Anchor(boot=boot, offset_ms=row["offset_ms"], quality_ms=row["quality_ms"])

    # -- state ------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Batches without a receipt."""
        return self._count("SELECT count(*) FROM batch WHERE settled_ms IS NULL")

    @property
    def on_the_way(self) -> int:
        """Batches sent and not yet receipted."""
        with self._lock:
            return len(self._sent)

    @property
    def held_bytes(self) -> int:
        """Size of all bodies held, receipted ones included."""
        return self._fact("bytes")

    @property
    def evicted(self) -> int:
        """Batches ever given up."""
        return self._fact("evicted")

    @property
    def refused(self) -> int:
        """Batches the cloud will never store as they are; it keeps them as dead letters."""
        return self._fact("refused")

    @property
    def oldest_age_ms(self) -> int:
        """How long the oldest waiting batch has waited, 0 where none does."""
        with self._lock, spool.translated(self.path):
            row = self._db.execute(
                "SELECT * FROM batch WHERE settled_ms IS NULL ORDER BY no LIMIT 1"
            ).fetchone()
        return 0 if row is None else self._waited_ms(row)

    def streams(self) -> dict[str, bytes]:
        """Kind to key of the streams now continued."""
        with self._lock, spool.translated(self.path):
            rows = self._db.execute("SELECT kind, key FROM stream WHERE current = 1").fetchall()
        return {row["kind"]: row["key"] for row in rows}

    def _fact(self, name: str) -> int:
        with self._lock, spool.translated(self.path):
            return spool.fact(self._db, name) or 0

    def _count(self, query: str) -> int:
        with self._lock, spool.translated(self.path):
            return int(self._db.execute(query).fetchone()[0])


def _key(row: Row) -> Key:
    return row["key"], row["seq"]
