"""All that a store holds, as text, without what says only when or in which order it came."""

from __future__ import annotations

import psycopg
from psycopg.sql import SQL, Identifier

LEFT_OUT = {
    # when something came or was committed, and how often
    "received_at", "committed_at", "created_at", "saved_at", "handled_at", "closed_at", "version",
    "tried_at", "opened_at", "changed_at", "ran_at",
    # numbers given in the order of arrival
    "id", "assessment_id", "alert_id",
    # what was a duplicate depends on which of two equal rows came first
    "rows_stored", "rows_duplicate",
    # a memory of how far a device has come, only to save look-ups
    "high_ts",
}  # fmt: skip
EMPTY = {"store_epoch", "migrations", "span_tables"}
"""Not contents: the epoch counts restores; the others are the schema's own books."""

TABLES = """
SELECT n.nspname, c.relname,
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE NOT a.attname = ANY(%s))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('public', 'identity') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY 1, 2 ORDER BY 1, 2
"""


def contents(admin_url: str) -> dict[str, list[str]]:
    """Rows of every table as sorted text."""
    found = {}
    with psycopg.connect(admin_url) as admin:
        for schema, table, columns in admin.execute(TABLES, (list(LEFT_OUT),)).fetchall():
            if table in EMPTY:
                continue
            query = SQL("SELECT row({})::text FROM {}.{} ORDER BY 1").format(
                SQL(", ").join(map(Identifier, columns)), Identifier(schema), Identifier(table)
            )
            found[f"{schema}.{table}"] = [row for (row,) in admin.execute(query).fetchall()]
    return found
