# ruff: noqa: E501
"""A small world for tests of the service: one group, two centres, three cars, their people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from api.app import create_app
from api.auth import passwords
from api.options import Options
from domain.identity import new_vehicle_id, public_id
from firmware_contracts.signals import BY_NAME
from store.db.pool import Pool
from store.people.people import People, start_tenure
from store.people.workshop import NewSlot, Workshop
from tests.databases import Database

PASSWORD = "a long enough password"
HASH = passwords.hashed(PASSWORD)
ROLES = ("owner", "adviser", "technician", "centre_manager", "group_analyst", "auditor", "device")


@dataclass
class World:
    """Ids and sign-ins. `north` has the owner's car and a petrol car, `south` a foreign one."""

    database: Database
    tenant_id: int = 0
    centres: dict[str, int] = field(default_factory=dict)
    cars: dict[str, int] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    report: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def car(self) -> str:
        return public_id(self.cars["mine"])

    @property
    def foreign(self) -> str:
        return public_id(self.cars["theirs"])


def build(database: Database) -> World:
    """Registers everything by the worker's role, as the product does."""
    world = World(database=database)
    with psycopg.connect(database.admin_url, autocommit=True) as line:
        _places(world, line)
        _cars(world, line)
        _readings(world, line)
        _mandates(world, line)
    with database.pool("vigil_worker") as pool:
        _people(world, pool)
        _slots(world, pool)
    with psycopg.connect(database.admin_url, autocommit=True) as line:
        _agree(world, line)
    return world


def _places(world: World, line: psycopg.Connection[Any]) -> None:
    insert = "INSERT INTO tenants (name, title) VALUES ('group', 'Group') RETURNING id"
    found = line.execute(insert).fetchone()
    assert found is not None
    world.tenant_id = found[0]
    for name in ("north", "south"):
        row = line.execute(
            "INSERT INTO centres (tenant_id, name, title) VALUES (%s, %s, %s) RETURNING id",
            (world.tenant_id, name, name.title()),
        ).fetchone()
        assert row is not None
        world.centres[name] = row[0]


def _cars(world: World, line: psycopg.Connection[Any]) -> None:
    start = date.today() - timedelta(days=900)
    for name, centre, train in (
        ("mine", "north", "bev"),
        ("petrol", "north", "petrol"),
        ("theirs", "south", "bev"),
    ):
        world.cars[name] = new_vehicle_id()
        line.execute(
            "INSERT INTO vehicles (tenant_id, id, centre_id, powertrain, make, model, model_year,"
            " chemistry, in_service) VALUES (%s, %s, %s, %s, 'Demo', 'One', 2023, 'nmc', %s)",
            (world.tenant_id, world.cars[name], world.centres[centre], train, start),
        )


def add_alert(
    world: World, car: str, cause: str, severity: int, component: str = "V_2", **more: Any
) -> int:
    """An open alert, as the alert book writes it."""
    id = new_vehicle_id()
    at = more.get("at", world.now - timedelta(hours=2))
    chart = {
        "spread_mv": [
            [int(at.timestamp() * 1000) + i * 60000 for i in range(60)],
            [20.0 + i for i in range(60)],
        ]
    }
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute(
            "INSERT INTO alerts (tenant_id, id, vehicle_id, cause, component, severity, state, since,"
            " as_of, confidence, historical, readings, limits, method, rescue, opened_at, changed_at,"
            " chart, due_low) VALUES (%s, %s, %s, %s, %s, %s, 'open', %s, %s, 0.93, false, %s, %s,"
            " 'pack_spread', %s, %s, %s, %s, %s)",
            (
                world.tenant_id,
                id,
                world.cars[car],
                cause,
                component,
                severity,
                at,
                at,
                Jsonb({"spread_mv": 82.0}),
                Jsonb({"spread_mv": 50.0}),
                severity == 3,
                at,
                at,
                Jsonb(chart),
                more.get("due_low"),
            ),
        )
        line.execute(
            "INSERT INTO alert_changes (tenant_id, alert_id, vehicle_id, kind, at, severity, notify,"
            " why) VALUES (%s, %s, %s, 'raise', %s, %s, true, 'pack_spread')",
            (world.tenant_id, id, world.cars[car], at, severity),
        )
    world.alerts[f"{car}.{cause}"] = id
    return id


def _readings(world: World, line: psycopg.Connection[Any]) -> None:
    soc, odometer, cell = (BY_NAME[n].id for n in ("soc_pct", "odometer_m", "pack_voltage_v"))
    at = world.now - timedelta(seconds=5)
    ms = int(at.timestamp() * 1000)
    for car in world.cars.values():
        line.execute(
            "INSERT INTO latest (tenant_id, vehicle_id, ts, first_ts, received_at, signals, times_ms,"
            " readings, reasons, sources) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                world.tenant_id,
                car,
                at,
                at - timedelta(days=30),
                at,
                [soc, odometer, cell],
                [ms, ms, ms],
                [64.5, 42_000_000.0, float("nan")],
                [0, 0, 2],
                [1, 1, 1],
            ),
        )
        _assessment(world, line, car)


def _assessment(world: World, line: psycopg.Connection[Any], car: int) -> None:
    estimate = {
        "value": 91.4,
        "low": 89.6,
        "high": 93.1,
        "unit": "%",
        "method": "coulomb_counting",
        "level": 0.9,
        "windows": 14,
        "coverage": 0.8,
        "detail": {},
    }
    body: dict[str, Any] = {
        "answers": {
            "capacity_soh": estimate,
            "resistance": {
                "reason": "too_few_current_steps",
                "missing": "more_driving",
                "detail": {"steps": 3, "needed": 20},
            },
        },
        "findings": [],
        "facts": {"chemistry": "nmc"},
        "assessed_causes": [],
    }
    for days in (60, 30, 0):
        value = {**estimate, "value": 91.4 + days / 60, "high": 94.5}
        row = line.execute(
            "INSERT INTO assessments (tenant_id, vehicle_id, as_of, model_version, input_digest, body)"
            " VALUES (%s, %s, %s, 'v1', 'd', %s) RETURNING id",
            (
                world.tenant_id,
                car,
                world.now - timedelta(days=days),
                Jsonb(body | {"answers": body["answers"] | {"capacity_soh": value}}),
            ),
        ).fetchone()
    assert row is not None
    line.execute(
        "INSERT INTO assessment_latest (tenant_id, vehicle_id, assessment_id, seen_version)"
        " VALUES (%s, %s, %s, 1)",
        (world.tenant_id, car, row[0]),
    )


def _people(world: World, pool: Pool) -> None:
    people, staff = People(pool), ("adviser", "technician", "centre_manager")
    for role in ROLES:
        centre = world.centres["north"] if role in staff else None
        id = people.add(
            tenant_id=world.tenant_id,
            email=f"{role}@example.org",
            name=role.title(),
            role=role,
            password_hash=HASH,
            centre_id=centre,
        )
        if role == "owner":
            start_tenure(
                pool,
                tenant_id=world.tenant_id,
                vehicle_id=world.cars["mine"],
                person_id=id,
                since=world.now - timedelta(days=800),
            )
    other = people.add(
        tenant_id=world.tenant_id,
        email="other@example.org",
        name="Other",
        role="owner",
        password_hash=HASH,
    )
    start_tenure(
        pool,
        tenant_id=world.tenant_id,
        vehicle_id=world.cars["theirs"],
        person_id=other,
        since=world.now - timedelta(days=800),
    )


def _mandates(world: World, line: psycopg.Connection[Any]) -> None:
    """Each centre looks after its cars."""
    line.execute(
        "INSERT INTO mandates (tenant_id, vehicle_id, centre_id, since)"
        " SELECT tenant_id, id, centre_id, %s FROM vehicles",
        (world.now - timedelta(days=700),),
    )


def _agree(world: World, line: psycopg.Connection[Any]) -> None:
    """Every keeper lets the centre look."""
    line.execute(
        "INSERT INTO consents (tenant_id, id, person_id, vehicle_id, purpose, given_at, until,"
        " text_hash) SELECT tenant_id, vehicle_id, person_id, vehicle_id, 'centre_share', %s, %s, 'x'"
        " FROM identity.tenures",
        (world.now - timedelta(days=9), world.now + timedelta(days=300)),
    )


def _slots(world: World, pool: Pool) -> None:
    day = world.now.replace(minute=0, second=0, microsecond=0)
    slots = [
        NewSlot(
            centre_id=centre,
            start=day + timedelta(days=d),
            end=day + timedelta(days=d, hours=3),
            skills=["general", "hv"],
            bay="1",
        )
        for centre in world.centres.values()
        for d in range(1, 15)
    ]
    Workshop(pool).add_slots(world.tenant_id, slots)


@contextmanager
def service(world: World, **options: Any) -> Iterator[FastAPI]:
    """The application on the role the product runs it with."""
    given = {"requests_s": 10_000.0, "burst": 100_000, "sign_ins": 10_000, **options}
    with world.database.pool("vigil_api", max_size=8) as pool:
        yield create_app(Options(secret=b"0123456789abcdef0123", **given), pool)


def client(app: FastAPI, role: str = "", *, fresh: bool = False) -> TestClient:
    """A client; with a role, signed in by token (one per role and application unless `fresh`)."""
    made = TestClient(app)
    if not role:
        return made
    kept: dict[str, str] = app.state.__dict__.setdefault("kept_tokens", {})
    token = None if fresh else kept.get(role)
    if token is None:
        body = {"email": f"{role}@example.org", "password": PASSWORD}
        answer = made.post("/api/v1/tokens", json=body)
        assert answer.status_code == 201, answer.text
        token = kept[role] = answer.json()["token"]
    made.headers["Authorization"] = f"Bearer {token}"
    return made


def visitor(app: FastAPI, role: str) -> tuple[TestClient, str]:
    """A browser of a role, signed in by the form, and its CSRF word."""
    browser = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    form = {"email": f"{role}@example.org", "password": PASSWORD}
    answer = browser.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console/nothing").text)
    assert found is not None
    return browser, found[1]
