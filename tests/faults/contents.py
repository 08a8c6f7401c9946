"""What a database holds, as text that two runs can be compared by."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.sql import SQL, Identifier

LEFT_OUT: Mapping[str, str] = {
    "received_at": "when it came: a resend comes later",
    "committed_at": "when it was committed",
    "created_at": "when it was registered",
    "handled_at": "when the urgent path had judged it",
    "saved_at": "when the assessment was kept",
    "opened_at": "when the alert was made; its since and as_of are compared",
    "changed_at": "when the alert changed",
    "at": "when a change was made",
    "id": "drawn by the database or at random; vehicles are compared by vehicle_id",
    "source_id": "surrogate of the device, drawn by the database",
    "sources": "the same, in an array",
    "device_id": "the same; streams tell devices apart",
    "alert_id": "drawn at random",
    "assessment_id": "drawn by the database",
    "version": "counts transactions that touched the vehicle",
    "seen_version": "the same, as the last assessment saw it",
    "key": "made of the device's surrogate; stream, seq, digest and reason are compared",
    "payload": "compression and anchor may differ; the digest of its content is compared",
}
WHOLE_TABLES: Mapping[str, str] = {
    "store_epoch": "raised by restores; times of its own",
    "migrations": "when each ran",
    "mandates": "since is the moment of registration, which two runs do not share",
    "device_marks": "one row per device: received_at, and high_ts which telemetry implies",
}


def contents(url: str) -> dict[str, list[str]]:
    """Rows of every table of public and identity, as sorted text, without what LEFT_OUT names."""
    with psycopg.connect(url) as line:
        line.execute("SET timezone TO 'UTC'")
        return {
            f"{schema}.{table}": _rows(line, schema, table)
            for schema, table in _tables(line)
            if table not in WHOLE_TABLES
        }


def _tables(line: psycopg.Connection) -> list[tuple[str, str]]:
    return line.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('public', 'identity') AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition ORDER BY 1, 2"
    ).fetchall()


def _rows(line: psycopg.Connection, schema: str, table: str) -> list[str]:
    query = SQL("SELECT (to_jsonb(t) - %s::text[])::text FROM {} t ORDER BY 1")
    found = line.execute(query.format(Identifier(schema, table)), (list(LEFT_OUT),)).fetchall()
    return [text for (text,) in found]


def differences(one: dict[str, list[str]], two: dict[str, list[str]]) -> list[str]:
    """A line for every table that differs: how, and one row of each side."""
    found = []
    for table in sorted(one.keys() | two.keys()):
        left, right = one.get(table, []), two.get(table, [])
        if left != right:
            only = [row for row in left if row not in set(right)][:1]
            other = [row for row in right if row not in set(left)][:1]
            found.append(f"{table}: {len(left)} / {len(right)} rows; {only} / {other}")
    return found
