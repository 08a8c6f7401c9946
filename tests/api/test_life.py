"""From an alert to a rated repair, as owner and adviser live it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI

from care.offers.make_offers import make_offers
from domain.identity import public_id
from store.people.notifications import Notifications
from store.people.rows.people import ChangeToTell
from tests.api.world import World, add_alert, client

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def made(world: World) -> Any:
    with world.database.pool("vigil_worker") as pool:
        first = make_offers(pool, datetime.now(UTC))
        again = make_offers(pool, datetime.now(UTC))
    return first, again


def test_each_alert_gets_one_offer_and_red_a_rescue_instead(
    app: FastAPI, world: World, made: Any
) -> None:
    first, again = made
    assert (first.offers, first.rescues) == (3, 1)
    assert (again.offers, again.rescues) == (0, 0)
    offers = client(app, "adviser").get("/api/v1/offers").json()["items"]
    assert {o["cause"] for o in offers} == {"weak_cell", "thermostat_open"}
    red = public_id(world.alerts["mine.bms_alarm_3"], "a")
    assert client(app, "owner").get(f"/api/v1/alerts/{red}").json()["no_offer"] == "no_offer.red"
    queue = client(app, "adviser").get("/api/v1/queue").json()
    assert [q["rescue"] for q in queue] == [True, False, False]


def test_one_piece_of_work_is_offered_once_for_the_weightiest_alert(world: World) -> None:
    add_alert(world, "petrol", "tyre_pressure", 1, component="tyre_rl")
    with world.database.pool("vigil_worker") as pool:
        assert make_offers(pool, datetime.now(UTC)).offers == 1
        add_alert(world, "petrol", "tyre_leak", 2, component="tyre_rl")
        assert make_offers(pool, datetime.now(UTC)).offers == 1
        assert make_offers(pool, datetime.now(UTC)).offers == 0
    with psycopg.connect(world.database.admin_url) as line:
        found = line.execute(
            "SELECT cause, state FROM offers WHERE vehicle_id = %s AND cause LIKE 'tyre%%'"
            " ORDER BY cause",
            (world.cars["petrol"],),
        ).fetchall()
    assert found == [("tyre_leak", "open"), ("tyre_pressure", "withdrawn")]


def test_the_centre_of_the_car_has_the_offer_and_the_other_has_not(
    app: FastAPI, world: World, made: Any
) -> None:
    offers = client(app, "centre_manager").get("/api/v1/offers").json()["items"]
    assert world.foreign not in {o["vehicle"] for o in offers}


def test_a_yes_becomes_work_progress_a_label_and_a_rating(
    app: FastAPI, world: World, made: Any
) -> None:
    owner, adviser = client(app, "owner"), client(app, "adviser")
    offer = owner.get("/api/v1/offers?state=open").json()["items"][0]
    assert offer["lines"][0]["service"] == "battery_inspection"
    assert not any(line["ticked"] for line in offer["lines"])
    path = f"/api/v1/offers/{offer['id']}"
    bill = owner.post(f"{path}/price", json={"services": ["battery_inspection"]}).json()
    body = {"version": 1, "services": ["battery_inspection"], "slot": bill["slots"][0]["id"]}
    yes = owner.post(f"{path}/accept", json=body)
    assert yes.status_code == 201
    assert yes.json()["total_fen"] == bill["total_fen"]
    assert owner.post(f"{path}/accept", json=body).status_code == 409
    order = f"/api/v1/orders/{yes.json()['order']}"
    assert adviser.post(f"{order}/moves", json={"state": "done"}).status_code == 409
    for state in ("received", "in_work"):
        assert adviser.post(f"{order}/moves", json={"state": state}).status_code == 200
    extra = adviser.post(f"{order}/extras", json={"service": "cell_balancing"}).json()["extras"][0]
    adviser.post(f"{order}/moves", json={"state": "quality_check"})
    assert adviser.post(f"{order}/moves", json={"state": "ready"}).status_code == 409
    total = owner.post(f"{order}/extras/{extra['id']}", json={"yes": True}).json()["total_fen"]
    assert total == bill["total_fen"] + extra["price_fen"]
    adviser.post(f"{order}/moves", json={"state": "ready"})
    assert adviser.post(f"{order}/moves", json={"state": "done"}).status_code == 422
    done = adviser.post(f"{order}/moves", json={"state": "done", "outcome": "confirmed"}).json()
    assert [s["state"] for s in done["steps"]] == [
        "booked",
        "received",
        "in_work",
        "quality_check",
        "ready",
        "done",
    ]
    assert owner.post(f"{order}/rating", json={"rating": 5}).status_code == 204
    assert owner.post(f"{order}/rating", json={"rating": 1}).status_code == 409
    with psycopg.connect(world.database.admin_url) as line:
        labels = line.execute(
            "SELECT cause, outcome FROM labels WHERE alert_id = %s",
            (world.alerts["mine.weak_cell"],),
        ).fetchall()
    assert labels == [("weak_cell", "confirmed")]


def test_a_no_is_remembered_and_the_alert_stays(app: FastAPI, world: World, made: Any) -> None:
    alert = add_alert(world, "mine", "twelve_volt_weak", 1, component="12v")
    with world.database.pool("vigil_worker") as pool:
        make_offers(pool, datetime.now(UTC))
    owner = client(app, "owner")
    offer = owner.get("/api/v1/offers?state=open").json()["items"][0]
    assert offer["cause"] == "twelve_volt_weak"
    no = {"version": 1, "reason": "my own workshop does it"}
    assert owner.post(f"/api/v1/offers/{offer['id']}/decline", json=no).status_code == 204
    with world.database.pool("vigil_worker") as pool:
        assert make_offers(pool, datetime.now(UTC) + timedelta(days=2)).offers == 0
    found = owner.get(f"/api/v1/alerts/{public_id(alert, 'a')}").json()
    assert found["state"] == "open"
    assert found["no_offer"] == "no_offer.declined_before"


def test_an_alert_can_be_acknowledged_snoozed_and_called_wrong(app: FastAPI, world: World) -> None:
    id = public_id(add_alert(world, "petrol", "brake_wear", 1, component="front"), "a")
    staff, path = client(app, "adviser"), f"/api/v1/alerts/{id}/actions"
    assert staff.post(path, json={"action": "acknowledge"}).json()["acknowledged_at"]
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    assert staff.post(path, json={"action": "snooze", "until": until}).json()["snoozed_until"]
    assert staff.post(path, json={"action": "snooze"}).status_code == 422
    wrong = staff.post(path, json={"action": "wrong", "why": "valve cap"}).json()
    assert wrong["state"] == "wrong"
    assert staff.post(path, json={"action": "resolve"}).status_code == 409


def test_red_needs_evidence_not_a_click(app: FastAPI, world: World) -> None:
    path = f"/api/v1/alerts/{public_id(world.alerts['mine.bms_alarm_3'], 'a')}/actions"
    owner = client(app, "owner")
    assert owner.post(path, json={"action": "wrong"}).status_code == 409
    assert owner.post(path, json={"action": "resolve"}).status_code == 403


def test_a_consent_has_a_term_and_ends_when_taken_back(app: FastAPI, world: World) -> None:
    owner, path = client(app, "owner"), f"/api/v1/vehicles/{world.car}/consents"
    long = owner.post(path, json={"purpose": "position_rescue", "days": 30})
    assert long.status_code == 422
    assert "at most 14 days" in long.json()["remedy"]
    given = owner.post(path, json={"purpose": "position_rescue", "days": 7}).json()
    assert given["in_force"]
    assert owner.delete(f"/api/v1/consents/{given['id']}").status_code == 204
    listed = {c["id"]: c for c in owner.get("/api/v1/consents").json()}
    assert not listed[given["id"]]["in_force"]


def test_the_owner_takes_everything_along(app: FastAPI, world: World) -> None:
    found = client(app, "owner").get(f"/api/v1/vehicles/{world.car}/export").json()
    assert found["vehicle"]["id"] == world.car
    assert found["alerts"]
    assert set(found["records"]) == {"trip", "charge", "crank", "parked"}


def test_staff_lower_a_price_but_never_raise_one(app: FastAPI, world: World, made: Any) -> None:
    staff = client(app, "adviser")
    offer = next(
        o for o in staff.get("/api/v1/offers").json()["items"] if o["cause"] == "thermostat_open"
    )
    path, line = f"/api/v1/offers/{offer['id']}", offer["lines"][0]
    up = {"version": offer["version"], "pay_fen": {line["service"]: line["pay_fen"] + 1}}
    assert staff.patch(path, json=up).status_code == 422
    down = {"version": offer["version"], "pay_fen": {line["service"]: line["pay_fen"] - 100}}
    assert staff.patch(path, json=down).json()["lines"][0]["pay_fen"] == line["pay_fen"] - 100
    assert staff.patch(path, json=down).status_code == 409


def test_the_group_compares_centres_with_intervals(app: FastAPI, made: Any) -> None:
    north, south = client(app, "group_analyst").get("/api/v1/group").json()
    assert (north["name"], south["name"]) == ("north", "south")
    assert north["accept_low"] <= (north["accept_share"] or 0.5) <= north["accept_high"]
    cohorts = client(app, "group_analyst").get("/api/v1/cohorts").json()
    assert [c["cars"] for c in cohorts] == [[] for _ in cohorts]
    assert all(c["median"] is c["low"] is c["vehicles"] is None for c in cohorts), "too few cars"


def test_cohorts_show_single_cars_to_their_own_centre_only(app: FastAPI, made: Any) -> None:
    cohorts = client(app, "centre_manager").get("/api/v1/cohorts").json()
    assert sum(c["vehicles"] for c in cohorts) == len([car for c in cohorts for car in c["cars"]])


@pytest.mark.finding("S2", "S18")
def test_withdrawing_centre_share_takes_the_car_from_the_centre_at_once(
    app: FastAPI, world: World
) -> None:
    staff, mine = client(app, "centre_manager"), public_id(world.cars["mine"])
    orders_done = "UPDATE work_orders SET state = 'done' WHERE vehicle_id = %s"
    set_withdrawn = (
        "UPDATE consents SET withdrawn_at = %s WHERE vehicle_id = %s AND purpose = 'centre_share'"
    )
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute(orders_done, (world.cars["mine"],))
        assert staff.get(f"/api/v1/vehicles/{mine}/state").status_code == 200
        line.execute(set_withdrawn, (datetime.now(UTC), world.cars["mine"]))
        for path in ("state", "battery", "records?kind=trip", "events"):
            assert staff.get(f"/api/v1/vehicles/{mine}/{path}").status_code == 404, path
        change = ChangeToTell(
            id=1,
            tenant_id=world.tenant_id,
            vehicle_id=world.cars["mine"],
            centre_id=world.centres["north"],
            severity=1,
            cause="weak_cell",
            since=datetime.now(UTC),
            make="",
            model="",
            model_year=None,
        )
        with world.database.pool("vigil_worker") as pool:
            told = {p.role for p in Notifications(pool).hearers(change, datetime.now(UTC))}
        assert told == {"owner"}, "a withdrawn yes silences messages too"
        line.execute(set_withdrawn, (None, world.cars["mine"]))
    assert staff.get(f"/api/v1/vehicles/{mine}/state").status_code == 200


@pytest.mark.finding("S18")
def test_a_mandate_that_ended_hides_the_car(app: FastAPI, world: World) -> None:
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute(
            "UPDATE mandates SET until = %s WHERE vehicle_id = %s",
            (datetime.now(UTC) - timedelta(days=1), world.cars["petrol"]),
        )
    seen = {v["id"] for v in client(app, "adviser").get("/api/v1/vehicles").json()["items"]}
    assert public_id(world.cars["petrol"]) not in seen
