"""Jobs live in PostgreSQL too: procrastinate's tables in a schema of their own, `jobs`.

Prepared once by the owner; the worker role may use them and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from store.db.errors import translated
from store.db.pool import Pool
from store.db.sql import queries

SCHEMA = "jobs"
SEARCH_PATH = f"-c search_path={SCHEMA}"
ASSESS = "assess"
"""Task that assesses one vehicle; at most one waits per vehicle."""
_Q = queries("jobs")


def prepare(owner_url: str) -> bool:
    """Make the schema where it is missing; True when it was made now. Safe to call at once."""
    from procrastinate import App, PsycopgConnector

    text = App(connector=PsycopgConnector()).schema_manager.get_schema()
    with translated(), psycopg.connect(owner_url, options=SEARCH_PATH) as owner:
        owner.execute(_Q["lock"])
        if owner.execute(_Q["made"]).fetchone():
            return False
        owner.execute(_Q["make_schema"])
        owner.execute(text.encode())
        owner.execute(_Q["grant"])
    return True


@contextmanager
def alone(pool: Pool, vehicle_id: int) -> Iterator[None]:
    """Hold a vehicle against every other worker; let go at the end, or with our last breath."""
    with pool.session() as connection:
        connection.execute(_Q["alone"], {"vehicle": vehicle_id})
        yield


def ask(url: str, vehicle_id: int) -> bool:
    """Have a vehicle assessed now, as the worker; False where this store has no jobs."""
    from procrastinate import App, SyncPsycopgConnector, exceptions

    app = App(connector=SyncPsycopgConnector(conninfo=url, kwargs={"options": SEARCH_PATH}))
    job = app.configure_task(ASSESS, queueing_lock=f"{ASSESS}-{vehicle_id}", allow_unknown=True)
    try:
        with app.open():
            job.defer(vehicle_id=vehicle_id)
    except exceptions.AlreadyEnqueued:
        return True
    except exceptions.ConnectorException:
        return False
    return True
