"""Cars of the bench: registered in one go, under a tenant of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from domain.identity import new_vehicle_id
from store.db.pool import Pool
from store.people.identity import Registry
from store.sink.bench_tables import register


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """`names`, `devices` and `vehicles` belong together by position."""

    tenant: str
    tenant_id: int
    names: tuple[str, ...]
    devices: tuple[int, ...]
    vehicles: tuple[int, ...]


def enrol(pool: Pool, count: int) -> Fleet:
    """A new tenant with so many cars, as vigil_worker."""
    tenant = f"bench-{secrets.token_hex(4)}"
    tenant_id = Registry(pool).add_tenant(tenant)
    names = tuple(f"car-{number}" for number in range(count))
    vehicles = tuple({new_vehicle_id() for _ in range(2 * count)})[:count]
    devices = register(pool, tenant_id, names, vehicles)
    return Fleet(
        tenant=tenant,
        tenant_id=tenant_id,
        names=names,
        devices=tuple(devices),
        vehicles=vehicles,
    )
