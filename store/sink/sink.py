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
from store.db.arrays import Int2, Int4, Int8, Times
from store.db.edition import create_spans
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.sink import copy, dead_letter_rows, fact_rows, latest
from store.sink.batch_outcomes import TO_WRITE, RowCount, count_rows, outcome_of, refusal_of
from store.sink.fact_rows import Judge, moment
from store.sink.latest_merge import newest_of
from store.sink.ledger import Key, LedgerVerdict, verdicts_of
from store.sink.ledger_rows import enter, entries_of
from store.sink.rows import Bool, Rows, lay_out, unix_us
from store.sink.states import episodes

_Q = queries("sink")
Parameters = dict[str, Any]
"""Values of one statement, by the names that it uses."""
EVENT_JSON = ("readings", "notes")
LETTER_JSON = ("rows",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Work:
    """What is to be stored, and which of its rows may be (`bound`)."""

    batches: tuple[Accepted, ...]
    rows: Rows

    @property
    def has_vehicle(self) -> Bool:
        found: Bool = self.rows.vehicle != 0
        return found


class Telemetry:
    """The PostgreSQL `TelemetrySink`; connects as vigil_ingest. Safe for several threads."""

    def __init__(self, pool: Pool, judge: Judge = red_table) -> None:
        self._pool = pool
        self._judge = judge
        self._spans_made: set[tuple[str, date]] = set()

    def commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        """See domain.ports.TelemetrySink; `stored` is in the order accepted, then rejected."""
        try:
            return self._commit(accepted, rejected)
        except Refused as refusal:
            if not isinstance(refusal.__cause__, psycopg.errors.CheckViolation):
                raise
            self._spans_made.clear()  # a day may have been dropped at its term: once more
            return self._commit(accepted, rejected)

    def _commit(self, accepted: Sequence[Accepted], rejected: Sequence[Rejected]) -> Committed:
        self._create_spans(accepted)
        with self._pool.transaction() as connection:
            newest_ms = _lock(connection, accepted)
            entries = entries_of(connection, accepted) if accepted else {}
            verdicts = verdicts_of(accepted, entries)
            new_batches = [a for a, v in zip(accepted, verdicts, strict=True) if v in TO_WRITE]
            counts = self._write(connection, new_batches, newest_ms)
            _keep_dead_letters(connection, accepted, verdicts, rejected)
            enter(connection, new_batches, counts, entries)
            if any(count.urgent for count in counts.values()):
                connection.execute(_Q["wake_urgent"])
            epoch, recovered_to = connection.execute(_Q["epoch"]).fetchone() or (0, None)
        stored = [outcome_of(a, v, counts) for a, v in zip(accepted, verdicts, strict=True)]
        return Committed(
            epoch=epoch,
            stored=(*stored, *(refusal_of(message) for message in rejected)),
            recovered_to=recovered_to,
        )

    def _create_spans(self, accepted: Sequence[Accepted]) -> None:
        """Spans for days not seen before, in a transaction of their own: they outlive a failure."""
        missing: defaultdict[str, set[date]] = defaultdict(set)
        for table, day in copy.days(accepted) - self._spans_made:
            missing[table].add(day)
        if not missing:
            return
        with self._pool.transaction() as connection:
            for table in sorted(missing):
                create_spans(connection, table, sorted(missing[table]))
        self._spans_made |= {(table, day) for table, days in missing.items() for day in days}

    def _write(
        self, connection: Connection, batches: Sequence[Accepted], newest_ms: Mapping[int, int]
    ) -> dict[Key, RowCount]:
        """Everything but ledger and letters; counts per batch."""
        if not batches:
            return {}
        work = _Work(batches=tuple(batches), rows=lay_out(batches))
        is_new = _new_rows(connection, work, newest_ms)
        copy.copy_rows(connection, work.rows, is_new)
        _states(connection, work)
        urgent = self._facts(connection, batches)
        spans = _vehicle_spans(work)
        if spans is not None:
            latest.write(connection, spans, newest_of(work.rows, work.has_vehicle))
        _raise_newest(connection, work, is_new)
        return count_rows(work.batches, work.rows, work.has_vehicle, is_new, urgent)

    def _facts(self, connection: Connection, batches: Sequence[Accepted]) -> list[int]:
        """Events, records, bursts, gaps; how many urgent events each batch brought."""
        events = [list(fact_rows.events(a, self._judge)) for a in batches]
        records: defaultdict[str, list[Parameters]] = defaultdict(list)
        for table, row in (found for a in batches for found in fact_rows.records(a)):
            records[table].append(row)
        _insert_each(connection, "event", (row for rows in events for row in rows), EVENT_JSON)
        for table, rows in records.items():
            connection.execute(_Q[table], {"rows": Jsonb(rows)})
        _insert_each(connection, "burst", (row for a in batches for row in fact_rows.bursts(a)))
        _insert_each(connection, "gap", (row for a in batches for row in fact_rows.gaps(a)))
        return [sum(row["urgent"] for row in rows) for rows in events]


def _lock(connection: Connection, accepted: Sequence[Accepted]) -> dict[int, int]:
    """Lock the devices' marks; UTC ms of each device's newest stored row."""
    devices = sorted({a.device_id for a in accepted})
    if not devices:
        return {}
    return dict(connection.execute(_Q["lock_devices"], {"devices": devices}).fetchall())


def _new_rows(connection: Connection, work: _Work, newest_ms: Mapping[int, int]) -> Bool:
    """Bound rows that equal no other row of their source and time, here or in the store."""
    rows = work.rows
    is_new = work.has_vehicle & ~_repeated(rows, work.has_vehicle)
    newest = np.array([newest_ms.get(s, 2**62) for s in rows.source.tolist()], dtype=np.int64)
    maybe = np.flatnonzero(is_new & (rows.utc_ms <= newest))
    if maybe.shape[0]:
        at = rows.utc_ms[maybe]
        found = connection.execute(
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
        is_new[[position for (position,) in found.fetchall()]] = False
    return is_new


def _repeated(rows: Rows, has_vehicle: Bool) -> Bool:
    """Rows equal to an earlier bound row of the same transaction."""
    order = np.flatnonzero(has_vehicle)
    keys = (rows.digest, rows.utc_ms, rows.source, rows.vehicle)
    order = order[np.lexsort((order, *(k[order] for k in keys)))]
    same = np.ones(max(order.shape[0] - 1, 0), dtype=np.bool_)
    for column in keys:
        same &= np.diff(column[order]) == 0
    found = np.zeros(rows.count, dtype=np.bool_)
    found[order[1:][same]] = True
    return found


def _states(connection: Connection, work: _Work) -> None:
    rows, found = work.rows, episodes(work.rows, work.has_vehicle)
    if not found.row.shape[0]:
        return
    connection.execute(
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


def _vehicle_spans(work: _Work) -> latest.Touched | None:
    """Vehicles with rows, events or records in this transaction."""
    rows, has_vehicle = work.rows, work.has_vehicle
    fact_times = [
        (vehicle, a.tenant_id, first, last, unix_us(a.received_at) // 1000)
        for a in work.batches
        for vehicle, first, last in fact_rows.times(a)
    ]
    fact_spans = np.array(fact_times, dtype=np.int64).reshape(-1, 5)
    if not fact_spans.shape[0] and not has_vehicle.any():
        return None
    return latest.touched(
        vehicle=np.concatenate([rows.vehicle[has_vehicle], fact_spans[:, 0]]),
        tenant=np.concatenate([rows.tenant[has_vehicle], fact_spans[:, 1]]),
        first_ms=np.concatenate([rows.utc_ms[has_vehicle], fact_spans[:, 2]]),
        last_ms=np.concatenate([rows.utc_ms[has_vehicle], fact_spans[:, 3]]),
        received_ms=np.concatenate([rows.received_us[has_vehicle] // 1000, fact_spans[:, 4]]),
    )


def _raise_newest(connection: Connection, work: _Work, is_new: Bool) -> None:
    """Move the devices' marks forward to their newest stored row."""
    rows = work.rows
    received_ms_of = {a.device_id: unix_us(a.received_at) // 1000 for a in work.batches}
    devices = np.array(sorted(received_ms_of), dtype=np.int64)
    newest_ms = np.zeros(devices.shape, dtype=np.int64)
    np.maximum.at(newest_ms, np.searchsorted(devices, rows.source[is_new]), rows.utc_ms[is_new])
    received = np.array([received_ms_of[device] for device in devices.tolist()], dtype=np.int64)
    connection.execute(
        _Q["mark_devices"],
        {"devices": Int4(devices), "high": Times(newest_ms), "received": Times(received)},
    )


def _insert_each(
    connection: Connection, query: str, rows: Iterable[Parameters], json: Sequence[str] = ()
) -> None:
    parameters = [_with_json(row, json) for row in rows]
    if parameters:
        with connection.cursor() as cursor:
            cursor.executemany(_Q[query], parameters)


def _with_json(row: Parameters, names: Sequence[str]) -> Parameters:
    """The row with these values as jsonb."""
    return {**row, **{name: Jsonb(row[name]) for name in names}}


def _keep_dead_letters(
    connection: Connection,
    accepted: Sequence[Accepted],
    verdicts: Sequence[LedgerVerdict],
    rejected: Sequence[Rejected],
) -> None:
    """Keep what waits or was refused; a new conflict is a security event as well."""
    settled = []
    for batch, verdict in zip(accepted, verdicts, strict=True):
        if verdict is LedgerVerdict.CONFLICT:
            _, new = _keep_letter(connection, dead_letter_rows.conflict_letter(batch))
            if new:
                _insert_each(connection, "event", [fact_rows.conflict_event(batch)], EVENT_JSON)
        elif verdict in TO_WRITE and batch.waiting:
            _keep_letter(connection, dead_letter_rows.waiting_letter(batch))
        elif verdict is LedgerVerdict.RETRY:
            settled.append(dead_letter_rows.waiting_key(batch))
    if settled:
        connection.execute(_Q["close_letter"], {"keys": settled})
    for message in rejected:
        _keep_letter(connection, dead_letter_rows.refused_letter(message))


def _keep_letter(connection: Connection, letter: Parameters) -> tuple[int, bool]:
    """(id, True) where the letter is new; (0, False) where it was there."""
    row = connection.execute(
        _Q["letter"], _with_json(dead_letter_rows.clean(letter), LETTER_JSON)
    ).fetchone()
    return (int(row[0]), bool(row[1])) if row else (0, False)
