"""Every right of every role, read from the catalogue of a database.

Run as a module with an administrator's URL to print store/grants.toml anew after a migration:
    python -m tests.store.grants postgresql://…
"""

from __future__ import annotations

import sys

import psycopg

RIGHTS = """
WITH objects AS (
    SELECT n.nspname || '.' || c.relname AS name, c.relacl AS acl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT c.relispartition
    UNION ALL
    SELECT n.nspname || '.' || c.relname || '(' || a.attname || ')', a.attacl
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s) AND a.attacl IS NOT NULL
    UNION ALL
    SELECT n.nspname || '.' || p.proname || '()',
           coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY(%(schemas)s)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'schema ' || n.nspname, n.nspacl FROM pg_namespace n
    WHERE n.nspname = ANY(%(schemas)s)
)
SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, o.name,
       array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type)
FROM objects o, aclexplode(o.acl) a
WHERE a.grantee <> 'vigil_owner'::regrole
  AND a.grantee <> (SELECT datdba FROM pg_database WHERE datname = 'template1')
  AND a.grantee::regrole::text <> 'pg_database_owner'
GROUP BY 1, 2 ORDER BY 1, 2
"""
SCHEMAS = ["public", "identity", "reading"]


def granted(url: str) -> dict[str, dict[str, list[str]]]:
    """Rights by role and object; chunks, partitions and extensions are left out."""
    found: dict[str, dict[str, list[str]]] = {}
    with psycopg.connect(url) as line:
        for role, name, rights in line.execute(RIGHTS, {"schemas": SCHEMAS}).fetchall():
            found.setdefault(role, {})[name] = rights
    return found


def as_toml(rights: dict[str, dict[str, list[str]]]) -> str:
    lines = ["# Every right of every role. A migration that grants changes this table too."]
    for role, objects in rights.items():
        lines += ["", f"[{role}]"]
        lines += [f'"{name}" = {held!r}'.replace("'", '"') for name, held in objects.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_toml(granted(sys.argv[1])), end="")
