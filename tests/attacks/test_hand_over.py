"""The new keeper of a car gets the car and not the trail of the keeper before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from fastapi import FastAPI

from care.offers.make_offers import make_offers
from domain.identity import public_id
from store.people.people import People, hand_over
from store.sink.sink import Telemetry
from tests import databases
from tests.api import world as worlds
from tests.api.world import HASH, World, client
from tests.attacks.boxes import car_of
from tests.databases import Database
from tests.store.fleet import accepted

pytestmark = [pytest.mark.database, pytest.mark.finding("S9")]


@pytest.fixture(scope="module")
def world(admin_url: str, database_template: Database) -> Iterator[World]:
    copied = databases._copy(admin_url, database_template, "vigil_test_handed")
    made = worlds.build(copied)
    worlds.add_alert(made, "mine", "weak_cell", 2)
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    driven: dict[str, list[float]] = {
        "soc_pct": [50.0, 49.0],
        "odometer_m": [1e6, 1.001e6],
        "vehicle_speed_kmh": [50, 60],
    }
    with copied.pool("vigil_ingest") as door:
        batch = accepted(car_of(made, "mine"), 0, [0, 60], driven, start_ms=hour_ago)
        Telemetry(door).commit([batch], [])
    with copied.pool("vigil_worker") as pool:
        make_offers(pool, datetime.now(UTC))
    with psycopg.connect(copied.admin_url, autocommit=True) as admin:
        admin.execute(
            "UPDATE alerts SET state = 'resolved', closed_at = now() - interval '1 minute'"
        )
    yield made
    databases._drop(admin_url, "vigil_test_handed")


@pytest.fixture(scope="module")
def app(world: World) -> Iterator[FastAPI]:
    with worlds.service(world) as made:
        yield made


def read(app: FastAPI, role: str, car: str) -> dict[str, int]:
    """How much a person sees of a car, by what they ask."""
    who, now = client(app, role), datetime.now(UTC)
    since = {"from": (now - timedelta(days=300)).isoformat(), "to": now.isoformat()}
    vehicle = f"/api/v1/vehicles/{car}"
    asked: list[tuple[str, str, str, dict[str, str]]] = [
        (f"series {name}", f"{vehicle}/series", "t", since | {"signal": name})
        for name in ("soc_pct", "odometer_m", "vehicle_speed_kmh")
    ]
    asked += [
        ("trips", f"{vehicle}/records", "items", since | {"kind": "trip"}),
        ("events", f"{vehicle}/events", "items", since),
        ("alerts", "/api/v1/alerts", "items", {"vehicle": car}),
        ("offers", "/api/v1/offers", "items", {"vehicle": car}),
        ("looks", f"{vehicle}/access", "items", {}),
    ]
    found = {}
    for name, path, key, wanted in asked:
        answer = who.get(path, params=wanted)
        assert answer.status_code == 200, (name, answer.text)
        found[name] = len(answer.json()[key])
    state = who.get(f"/api/v1/vehicles/{car}/state")
    found["state"] = len(state.json()["readings"]) if state.status_code == 200 else 0
    return found


def test_the_new_keeper_sees_nothing_of_the_time_before(app: FastAPI, world: World) -> None:
    car = public_id(world.cars["mine"])
    before = read(app, "owner", car)
    assert before["series soc_pct"] > 0
    assert before["alerts"] > 0
    assert before["state"] > 0
    with world.database.pool("vigil_worker") as pool:
        second = People(pool).add(
            tenant_id=world.tenant_id,
            email="second@example.org",
            name="second",
            role="owner",
            password_hash=HASH,
        )
        hand_over(
            pool,
            tenant_id=world.tenant_id,
            vehicle_id=world.cars["mine"],
            person_id=second,
            since=datetime.now(UTC),
        )
    after = read(app, "second", car)
    looks = after.pop("looks")
    assert set(after.values()) == {0}, after
    assert looks <= 6, "only the new keeper's own looks"
    assert client(app, "owner").get(f"/api/v1/vehicles/{car}/state").status_code == 404
