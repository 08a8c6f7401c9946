"""Where the assessment run reads its work and leaves its results."""

from __future__ import annotations

from datetime import datetime

from psycopg.types.json import Jsonb

from domain.checkpoint import Checkpoint, Opening
from domain.errors import NotFound
from domain.health import Assessment
from domain.vehicle import Vehicle
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.people.identity import read_vehicle
from store.results.assessment_json import assessment_body, assessment_of

_Q = queries("assessments")


class Assessments:
    """The PostgreSQL `AssessmentBook`; connects as vigil_worker.

    A vehicle is due while its data moved on since the state that the last run saw. What a run saw
    is noted when it opens the vehicle, before it reads: data that comes meanwhile makes the vehicle
    due again, and keeps a new checkpoint from being believed.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._seen: dict[int, int] = {}

    def open(self, vehicle_id: int) -> Opening | None:
        """See domain.ports.AssessmentBook."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["open"], {"vehicle": vehicle_id}).fetchone()
            vehicle = read_vehicle(connection, vehicle_id)
        if row is None or vehicle is None:
            return None
        version, first, last, late_from, *kept = row
        self._seen[vehicle_id] = int(version or 0)
        return Opening(
            vehicle=vehicle,
            span=None if first is None else (first, last),
            checkpoint=None if kept[0] is None else _checkpoint(*kept),
            late_from=late_from,
        )

    def vehicle(self, vehicle_id: int) -> Vehicle | None:
        """The asset."""
        with self._pool.transaction() as connection:
            return read_vehicle(connection, vehicle_id)

    def due(self, limit: int) -> list[int]:
        """Vehicles with data newer than their last assessment, oldest assessment first."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["due"], {"limit": limit}).fetchall()
        self._seen.update(rows)
        return [vehicle for vehicle, _ in rows]

    def versions(self, limit: int) -> dict[int, int]:
        """The vehicles that are due, and the state of their data; notes nothing."""
        with self._pool.transaction() as connection:
            return dict(connection.execute(_Q["due"], {"limit": limit}).fetchall())

    def save(self, assessment: Assessment, checkpoint: Checkpoint | None = None) -> None:
        """See domain.ports.AssessmentBook; NotFound when the vehicle is gone."""
        vehicle = assessment.vehicle_id
        with self._pool.transaction() as connection:
            seen = self._seen.pop(vehicle, None)
            if seen is None:
                row = connection.execute(_Q["version"], {"vehicle": vehicle}).fetchone()
                seen, checkpoint = int(row[0]) if row else 0, None
            parameters = {
                "vehicle": vehicle,
                "as_of": assessment.as_of,
                "model_version": assessment.model_version,
                "input_digest": assessment.input_digest,
                "body": Jsonb(assessment_body(assessment)),
                "seen": seen,
            }
            if connection.execute(_Q["save"], parameters).fetchone() is None:
                raise NotFound(f"vehicle {vehicle} is not registered")
            if checkpoint is not None:
                _keep(connection, vehicle, seen, checkpoint)

    def latest(self, vehicle_id: int) -> Assessment | None:
        """The newest assessment."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["latest"], {"vehicle": vehicle_id}).fetchone()
        return None if row is None else assessment_of(vehicle_id, *row)

    def history(self, vehicle_id: int, start: datetime, end: datetime) -> list[Assessment]:
        """Assessments by the order they were made, with start <= as_of < end."""
        parameters = {"vehicle": vehicle_id, "start": start, "end": end}
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["history"], parameters).fetchall()
        return [assessment_of(vehicle_id, *row) for row in rows]


def _checkpoint(edge: datetime, key: str, body: bytes) -> Checkpoint:
    return Checkpoint(edge=edge, key=key, body=bytes(body))


def _keep(connection: Connection, vehicle: int, seen: int, checkpoint: Checkpoint) -> None:
    """Put the checkpoint in the place of the one before, unless something came meanwhile."""
    parameters = {"vehicle": vehicle, "seen": seen, "edge": checkpoint.edge}
    row = connection.execute(_Q["settle"], parameters).fetchone()
    if row is not None:
        kept = {"tenant": row[0], "key": checkpoint.key, "body": checkpoint.body}
        connection.execute(_Q["keep"], {**parameters, **kept})
