"""Devices of their own for the cars of the small world."""

from __future__ import annotations

import psycopg

from tests.api.world import World
from tests.store.fleet import Car


def car_of(world: World, name: str) -> Car:
    """The car with a device of its own."""
    with psycopg.connect(world.database.admin_url, autocommit=True) as admin:
        row = admin.execute(
            "INSERT INTO devices (tenant_id, name) VALUES (%s, %s) RETURNING id",
            (world.tenant_id, f"box-{name}"),
        ).fetchone()
    assert row is not None
    return Car(
        tenant_id=world.tenant_id,
        tenant="t",
        device_id=row[0],
        device=f"box-{name}",
        vehicle_id=world.cars[name],
    )
