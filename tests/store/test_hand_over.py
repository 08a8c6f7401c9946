"""A car goes from one keeper to the next at one moment, and takes no consent along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.consent import Consent, Purpose
from domain.identity import new_vehicle_id
from domain.vehicle import Powertrain, Vehicle
from store.db.pool import Pool
from store.db.reach import Kind, Reach
from store.people.consents import Consents
from store.people.identity import Registry
from store.people.people import People, account_of, hand_over
from tests.databases import Database

NOW = datetime.now(UTC)
pytestmark = pytest.mark.database


def person(people: People, tenant: int, name: str) -> int:
    return people.add(
        tenant_id=tenant, email=f"{name}@example.org", name=name, role="owner", password_hash="x"
    )


def test_hand_over_ends_one_tenure_and_its_consents_and_begins_the_next(
    database: Database,
) -> None:
    with database.pool("vigil_worker") as pool, database.pool("vigil_api") as speaking:
        registry, people = Registry(pool), People(pool)
        tenant = registry.add_tenant("group")
        car = Vehicle(
            id=new_vehicle_id(), tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV
        )
        registry.add_vehicle(car)
        first, second = person(people, tenant, "first"), person(people, tenant, "second")
        hand_over(
            pool,
            tenant_id=tenant,
            vehicle_id=car.id,
            person_id=first,
            since=NOW - timedelta(days=9),
        )
        own = Reach(tenant_id=tenant, kind=Kind.OWNER, person_id=first)
        Consents(speaking).give(
            own,
            Consent(
                person_id=first,
                vehicle_id=car.id,
                purpose=Purpose.CENTRE_SHARE,
                given_at=NOW - timedelta(days=8),
                until=NOW + timedelta(days=80),
                text_hash="x",
            ),
        )
        for _ in range(2):  # once more changes nothing
            hand_over(pool, tenant_id=tenant, vehicle_id=car.id, person_id=second, since=NOW)
        assert tenures(pool, car.id) == [(first, NOW), (second, None)]
        assert withdrawn(pool, car.id) == [NOW]
        assert account_of(pool, "Second@example.org") == (tenant, second)
        assert account_of(pool, "nobody@example.org") is None


def test_add_vehicle_moves_the_mandate_with_the_centre_and_revives_none(
    database: Database,
) -> None:
    with database.pool("vigil_worker") as pool:
        registry = Registry(pool)
        tenant = registry.add_tenant("group")
        north, south = (registry.add_centre(tenant, name) for name in ("north", "south"))
        car = Vehicle(
            id=new_vehicle_id(), tenant_id=tenant, centre_id=north, powertrain=Powertrain.BEV
        )
        registry.add_vehicle(car)
        registry.add_vehicle(replace(car, make="Corrected"))
        assert mandates(pool, car.id) == [(north, True)]
        registry.add_vehicle(replace(car, centre_id=south))
        assert mandates(pool, car.id) == [(north, False), (south, True)]


def mandates(pool: Pool, vehicle: int) -> list[tuple[int, bool]]:
    with pool.transaction() as connection:
        query = "SELECT centre_id, until IS NULL FROM mandates WHERE vehicle_id = %s ORDER BY id"
        return connection.execute(query, (vehicle,)).fetchall()


def tenures(pool: Pool, vehicle: int) -> list[tuple[int, datetime | None]]:
    with pool.transaction() as connection:
        query = "SELECT person_id, until FROM identity.tenures WHERE vehicle_id = %s ORDER BY since"
        return connection.execute(query, (vehicle,)).fetchall()


def withdrawn(pool: Pool, vehicle: int) -> list[datetime]:
    with pool.transaction() as connection:
        query = "SELECT withdrawn_at FROM consents WHERE vehicle_id = %s"
        return [at for (at,) in connection.execute(query, (vehicle,)).fetchall()]
