"""Deny by default: every route, for every role, with every kind of foreign id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import PUBLIC, ROUTERS, check_routes, rights_of
from api.auth.caller import posting
from api.auth.rights import RIGHTS
from care.offers.make_offers import make_offers
from domain.identity import new_vehicle_id, public_id
from tests.api.world import ROLES, World, client, visitor

pytestmark = pytest.mark.database

ROUTES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
BODIES: dict[str, dict[str, Any]] = {
    "actions": {"action": "acknowledge"},
    "price": {"services": ["battery_inspection"]},
    "accept": {"version": 1, "services": ["battery_inspection"]},
    "decline": {"version": 1},
    "{offer_id}": {"version": 1},
    "moves": {"state": "received"},
    "extras": {"service": "brake_fluid"},
    "{extra_id}": {"yes": True},
    "rating": {"rating": 5},
    "notes": {"body": "called"},
    "consents": {"purpose": "personal_offers", "days": 30},
}
FORMS: dict[str, dict[str, Any]] = {
    "/alerts/{alert_id}/act": {"action": "acknowledge"},
    "/offers/{offer_id}/price": {"services": ["battery_inspection"]},
    "/offers/{offer_id}/accept": {"services": ["battery_inspection"], "version": 1},
    "/offers/{offer_id}/decline": {"version": 1},
    "/orders/{order_id}/extras/{extra_id}": {"yes": "true"},
    "/orders/{order_id}/rate": {"rating": 5},
    "/privacy/{vehicle_id}/give": {"purpose": "personal_offers", "days": 30},
    "/console/cars/{vehicle_id}/notes": {"body": "called"},
    "/console/offers/{offer_id}/edit": {"version": 1, "remove": "battery_inspection"},
    "/console/orders/{order_id}/move": {"state": "received"},
    "/console/orders/{order_id}/extras": {"service_id": "brake_fluid"},
}


@dataclass(frozen=True)
class Visitor:
    """One person as a program (bearer token) and as a browser (cookie, forms with CSRF)."""

    program: Any
    browser: Any
    csrf: str


def visit(app: FastAPI, role: str) -> Visitor:
    browser, csrf = visitor(app, role)
    return Visitor(program=client(app, role), browser=browser, csrf=csrf)


@pytest.fixture(scope="module")
def foreign(world: World, app: FastAPI) -> dict[str, dict[str, str]]:
    """Ids of another owner and centre, and of another tenant."""
    with world.database.pool("vigil_worker") as pool:
        make_offers(pool, datetime.now(UTC))
    other = client(app, "other")
    offer = other.get("/api/v1/offers").json()["items"][0]
    body = {
        "version": 1,
        "services": [offer["lines"][0]["service"]],
        "slot": offer["slots"][0]["id"],
    }
    order = other.post(f"/api/v1/offers/{offer['id']}/accept", json=body).json()["order"]
    give = {"purpose": "personal_offers", "days": 30}
    consent = other.post(f"/api/v1/vehicles/{world.foreign}/consents", json=give).json()["id"]
    theirs = {
        "vehicle_id": world.foreign,
        "offer_id": offer["id"],
        "order_id": order,
        "alert_id": public_id(world.alerts["theirs.weak_cell"], "a"),
        "consent_id": consent,
        "extra_id": public_id(7, "x"),
        "token_id": "0" * 24,
        "report_id": _reported(world),
    }
    return {"theirs": theirs, "abroad": {**theirs, **_abroad(world)}}


def _reported(world: World) -> str:
    """A report of the foreign car, in the book."""
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute(
            "INSERT INTO reports (tenant_id, id, vehicle_id, issued_at, key_id, public_key,"
            " key_since, signed) VALUES (%s, 9, %s, now(), 'k', '', now(), '{}')",
            (world.tenant_id, world.cars["theirs"]),
        )
    return public_id(9, "r")


def _abroad(world: World) -> dict[str, str]:
    car = new_vehicle_id()
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        row = line.execute("INSERT INTO tenants (name) VALUES ('abroad') RETURNING id").fetchone()
        assert row is not None
        line.execute(
            "INSERT INTO vehicles (tenant_id, id, powertrain) VALUES (%s, %s, 'bev')", (row[0], car)
        )
    return {"vehicle_id": public_id(car)}


def call(who: Visitor, method: str, route: APIRoute, ids: dict[str, str]) -> Any:
    path = route.path
    if (method, path) in PUBLIC:  # whoever holds a report's number may verify it
        ids = {**ids, "report_id": public_id(7, "r")}
    if posting in (d.call for d in route.dependant.dependencies):
        form = {"csrf": who.csrf, **FORMS.get(path, {})}
        return who.browser.post(path.format(**ids), data=form)
    last = path.rsplit("/", 1)[-1]
    body = BODIES.get(last) if method in ("POST", "PATCH") else None
    query = {"signal": "soc_pct", "kind": "trip"} if method == "GET" else None
    return who.program.request(method, path.format(**ids), json=body, params=query)


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_id_is_unknown_to_every_role_on_every_route(
    app: FastAPI, foreign: dict[str, dict[str, str]], role: str
) -> None:
    who = visit(app, role)
    # A group role reaches every centre of its tenant, but no other tenant.
    sets = ["abroad"] if role in ("auditor", "group_analyst") else ["theirs", "abroad"]
    walked = 0
    for method, route in ROUTES:
        if "{" not in route.path:
            continue
        for name in sets:
            answer = call(who, method, route, foreign[name])
            allowed = rights_of(route.endpoint) <= RIGHTS[role]
            assert answer.status_code == (404 if allowed else 403), (
                method,
                route.path,
                answer.text,
            )
            assert answer.json()["remedy"]
            walked += 1
    assert walked > 20


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_right_is_refused(app: FastAPI, role: str) -> None:
    who = visit(app, role)
    for method, route in ROUTES:
        if rights_of(route.endpoint) <= RIGHTS[role] or "{" in route.path:
            continue
        answer = call(who, method, route, {})
        assert answer.status_code == 403, (method, route.path)


def test_nobody_gets_in_without_a_sign_in(app: FastAPI, foreign: dict[str, dict[str, str]]) -> None:
    stranger = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    nobody = Visitor(program=stranger, browser=stranger, csrf="")
    for method, route in ROUTES:
        if (method, route.path) in PUBLIC:
            continue
        answer = call(nobody, method, route, foreign["theirs"])
        assert answer.status_code == 401, (method, route.path)


def test_a_route_that_names_no_right_stops_the_start() -> None:
    router = APIRouter()

    @router.get("/open")
    def open_to_all() -> str:
        return "everything"

    with pytest.raises(RuntimeError, match="names no right"):
        check_routes(router)


def test_every_right_is_asked_for_somewhere_and_held_by_somebody() -> None:
    asked = {right for _, route in ROUTES for right in rights_of(route.endpoint)}
    held = {str(right) for rights in RIGHTS.values() for right in rights}
    assert asked <= held
