"""Station 7: one call, one transaction. All of it is stored, or nothing.

    lock devices (in id order) -> ledger -> rows -> cells, probes, positions, rare -> states
    -> events, records, bursts, gaps -> dead letters -> latest -> ledger -> NOTIFY -> commit

Two workers never deadlock: devices are locked in the order of their ids, then vehicles in theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from domain.errors import Refused
from domain.readings import Accepted, Committed, Rejected
from domain.urgent import judge as red_table
from store.db.arrays import Int2, Int4, Int8, Times, int4, int8, keys, times
from store.db.edition import create_spans
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.sink import copy, dead_letter_rows, fact_rows, latest
from store.sink.batch_outcomes import STORED, Count, counts, fate_of, refused
from store.sink.fact_rows import Judge, moment
from store.sink.latest_merge import newest_of
from store.sink.ledger import Entry, Fate, Key, fates, key_of, lookup, waits
from store.sink.rows import Bool, Rows, lay_out, unix_us
from store.sink.states import episodes

_Q = queries("telemetry")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Work:
    """What is to be stored, and which of its rows may be (`bound`)."""

    batches: tuple[Accepted, ...]
    rows: Rows

    @property
    def bound(self) -> Bool:
        found: Bool = self.rows.vehicle != 0
        return found


class Telemetry:
    """The PostgreSQL `TelemetrySink`; connects as vigil_ingest. Safe for several threads."""

    def __init__(self, pool: Pool, judge: Judge = red_table) -> None:
        self._pool = pool
        self._judge = judge
        self._room: set[tuple[str, date]] = set()

    def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        """See domain.ports.TelemetrySink; `stored` is in the order accepted, then rejected."""
        try:
            return self._commit(accepted, rejected)
        except Refused as refusal:
            if not isinstance(refusal.__cause__, psycopg.errors.CheckViolation):
                raise
            self._room.clear()  # a day of ours may have been dropped at its term: ask again, once
            return self._commit(accepted, rejected)

    def _commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        self._make_room(accepted)
        with self._pool.transaction() as line:
            high = _lock(line, accepted)
            known = lookup(line, accepted) if accepted else {}
            decided = fates(accepted, known)
            news = [a for a, f in zip(accepted, decided, strict=True) if f in STORED]
            written = self._write(line, news, high)
            _letters(line, accepted, decided, rejected)
            _book(line, news, written, known)
            if any(count.urgent for count in written.values()):
                line.execute(_Q["wake_urgent"])
            epoch, recovered_to = line.execute(_Q["epoch"]).fetchone() or (0, None)
        stored = [fate_of(a, f, written) for a, f in zip(accepted, decided, strict=True)]
        return Committed(
            epoch=epoch,
            stored=(*stored, *(refused(message) for message in rejected)),
            recovered_to=recovered_to,
        )

    def _make_room(self, accepted: Sequence[Accepted]) -> None:
        """Spans for days not seen before, in a transaction of their own: they outlive a failure."""
        missing: defaultdict[str, set[date]] = defaultdict(set)
        for table, day in copy.days(accepted) - self._room:
            missing[table].add(day)
        if not missing:
            return
        with self._pool.transaction() as line:
            for table in sorted(missing):
                create_spans(line, table, sorted(missing[table]))
        self._room |= {(table, day) for table, days in missing.items() for day in days}

    def _write(
        self, line: Connection, batches: Sequence[Accepted], high: Mapping[int, int]
    ) -> dict[Key, Count]:
        """Everything but ledger and letters; counts per batch."""
        if not batches:
            return {}
        work = _Work(batches=tuple(batches), rows=lay_out(batches))
        fresh = _fresh(line, work, high)
        copy.copy_rows(line, work.rows, fresh)
        _states(line, work)
        urgent = self._facts(line, batches)
        touched = _touched(work)
        if touched is not None:
            latest.write(line, touched, newest_of(work.rows, work.bound))
        _mark(line, work, fresh)
        return counts(work.batches, work.rows, work.bound, fresh, urgent)

    def _facts(self, line: Connection, batches: Sequence[Accepted]) -> list[int]:
        """Events, records, bursts, gaps; how many urgent events each batch brought."""
        events = [list(fact_rows.events(a, self._judge)) for a in batches]
        records: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for table, row in (found for a in batches for found in fact_rows.records(a)):
            records[table].append(row)
        _each(line, "event", (row for rows in events for row in rows))
        for table, rows in records.items():
            line.execute(_Q[table], {"rows": Jsonb(rows)})
        _each(line, "burst", (row for a in batches for row in fact_rows.bursts(a)))
        _each(line, "gap", (row for a in batches for row in fact_rows.gaps(a)))
        return [sum(row["urgent"] for row in rows) for rows in events]


def _lock(line: Connection, accepted: Sequence[Accepted]) -> dict[int, int]:
    """Lock the devices' marks; UTC ms of each device's newest stored row."""
    devices = sorted({a.device_id for a in accepted})
    if not devices:
        return {}
    return dict(line.execute(_Q["lock_devices"], {"devices": devices}).fetchall())


def _fresh(line: Connection, work: _Work, high: Mapping[int, int]) -> Bool:
    """Bound rows that equal no other row of their source and time, here or in the store."""
    rows = work.rows
    fresh = work.bound & ~_repeated(rows, work.bound)
    newest = np.array([high.get(s, 2**62) for s in rows.source.tolist()], dtype=np.int64)
    maybe = np.flatnonzero(fresh & (rows.utc_ms <= newest))
    if maybe.shape[0]:
        at = rows.utc_ms[maybe]
        found = line.execute(
            _Q["rows_before"],
            {
                "positions": Int4(maybe),
                "tenants": Int4(rows.tenant[maybe]),
                "vehicles": Int8(rows.vehicle[maybe]),
                "times": Times(at),
                "sources": Int4(rows.source[maybe]),
                "digests": Int8(rows.digest[maybe]),
                "low": moment(at.min()),
                "high": moment(at.max()),
            },
        )
        fresh[[position for (position,) in found.fetchall()]] = False
    return fresh


def _repeated(rows: Rows, bound: Bool) -> Bool:
    """Rows equal to an earlier bound row of the same transaction."""
    order = np.flatnonzero(bound)
    keys = (rows.digest, rows.utc_ms, rows.source, rows.vehicle)
    order = order[np.lexsort((order, *(k[order] for k in keys)))]
    same = np.ones(max(order.shape[0] - 1, 0), dtype=np.bool_)
    for column in keys:
        same &= np.diff(column[order]) == 0
    found = np.zeros(rows.count, dtype=np.bool_)
    found[order[1:][same]] = True
    return found


def _states(line: Connection, work: _Work) -> None:
    rows, found = work.rows, episodes(work.rows, work.bound)
    if not found.row.shape[0]:
        return
    line.execute(
        _Q["states"],
        {
            "tenants": Int4(rows.tenant[found.row]),
            "vehicles": Int8(rows.vehicle[found.row]),
            "sources": Int4(rows.source[found.row]),
            "signals": Int8(found.signal),
            "components": Int2(found.component),
            "reasons": Int2(found.reason),
            "from": Times(found.from_ms),
            "to": Times(found.to_ms),
            "received": Times(rows.received_us[found.row] // 1000),
        },
    )


def _touched(work: _Work) -> latest.Touched | None:
    """Vehicles with rows, events or records in this transaction."""
    rows, bound = work.rows, work.bound
    facts_told = [
        (vehicle, a.tenant_id, first, last, unix_us(a.received_at) // 1000)
        for a in work.batches
        for vehicle, first, last in fact_rows.times(a)
    ]
    told = np.array(facts_told, dtype=np.int64).reshape(-1, 5)
    if not told.shape[0] and not bound.any():
        return None
    return latest.touched(
        vehicle=np.concatenate([rows.vehicle[bound], told[:, 0]]),
        tenant=np.concatenate([rows.tenant[bound], told[:, 1]]),
        first_ms=np.concatenate([rows.utc_ms[bound], told[:, 2]]),
        last_ms=np.concatenate([rows.utc_ms[bound], told[:, 3]]),
        received_ms=np.concatenate([rows.received_us[bound] // 1000, told[:, 4]]),
    )


def _mark(line: Connection, work: _Work, fresh: Bool) -> None:
    """Move the devices' marks forward to their newest stored row."""
    rows = work.rows
    seen = {a.device_id: unix_us(a.received_at) // 1000 for a in work.batches}
    devices = np.array(sorted(seen), dtype=np.int64)
    high = np.zeros(devices.shape, dtype=np.int64)
    np.maximum.at(high, np.searchsorted(devices, rows.source[fresh]), rows.utc_ms[fresh])
    received = np.array([seen[device] for device in devices.tolist()], dtype=np.int64)
    line.execute(
        _Q["mark_devices"],
        {"devices": Int4(devices), "high": Times(high), "received": Times(received)},
    )


def _each(line: Connection, query: str, rows: Iterable[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        with line.cursor() as cursor:
            cursor.executemany(_Q[query], found)


def _letters(
    line: Connection,
    accepted: Sequence[Accepted],
    decided: Sequence[Fate],
    rejected: Sequence[Rejected],
) -> None:
    """Keep what waits or was refused; a new conflict is a security event as well."""
    healed = []
    for batch, fate in zip(accepted, decided, strict=True):
        if fate is Fate.CONFLICT:
            _, new = _letter(line, dead_letter_rows.conflict(batch))
            if new:
                _each(line, "event", [fact_rows.conflict_event(batch)])
        elif fate in STORED and batch.waiting:
            _letter(line, dead_letter_rows.waiting(batch))
        elif fate is Fate.AGAIN:
            healed.append(dead_letter_rows.waiting_key(batch))
    if healed:
        line.execute(_Q["close_letter"], {"keys": healed})
    for message in rejected:
        _letter(line, dead_letter_rows.refused(message))


def _letter(line: Connection, letter: dict[str, Any]) -> tuple[int, bool]:
    """(id, True) where the letter is new; (0, False) where it was there."""
    row = line.execute(_Q["letter"], dead_letter_rows.clean(letter)).fetchone()
    return (int(row[0]), bool(row[1])) if row else (0, False)


def _book(
    line: Connection,
    news: Sequence[Accepted],
    written: Mapping[Key, Count],
    known: Mapping[Key, Entry],
) -> None:
    """Enter stored batches; a batch stored in two goes has the sum of both in one entry."""
    if not news:
        return
    before = {key: entry.rows_stored for key, entry in known.items()}
    stored = [written[key_of(a)].stored + before.get(key_of(a), 0) for a in news]
    waiting = [written[key_of(a)].quarantined for a in news]
    line.execute(
        _Q["ledger"],
        {
            "tenants": int4(a.tenant_id for a in news),
            "devices": int4(a.device_id for a in news),
            "streams": keys(a.batch.stream for a in news),
            "seqs": int8(a.batch.seq for a in news),
            "digests": keys(a.digest for a in news),
            "stored": int4(stored),
            "duplicate": int4(
                a.batch.rows - s - w for a, s, w in zip(news, stored, waiting, strict=True)
            ),
            "quarantined": int4(waiting),
            "waits": [waits(a) for a in news],
            "received": times(a.received_at for a in news),
        },
    )
