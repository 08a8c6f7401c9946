"""What an owner and an adviser read, and what they never see."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from domain.identity import public_id
from tests.api.world import World, client

pytestmark = pytest.mark.database


def test_an_owner_sees_own_cars_with_their_age(app: FastAPI, world: World) -> None:
    page = client(app, "owner").get("/api/v1/vehicles").json()
    assert [v["id"] for v in page["items"]] == [world.car]
    assert page["items"][0]["age_s"] >= 5
    assert page["items"][0]["worst"] == "red"


def test_a_null_has_a_reason_and_every_reading_an_age(app: FastAPI, world: World) -> None:
    state = client(app, "owner").get(f"/api/v1/vehicles/{world.car}/state").json()
    found = {r["signal"]: r for r in state["readings"]}
    assert found["soc_pct"]["value"] == 64.5
    assert found["pack_voltage_v"]["value"] is None
    assert found["pack_voltage_v"]["reason"] == "invalid"
    assert all(r["age_s"] >= 0 for r in state["readings"])


def test_battery_health_has_an_interval_or_says_what_is_missing(app: FastAPI, world: World) -> None:
    answers = client(app, "owner").get(f"/api/v1/vehicles/{world.car}/battery").json()["answers"]
    assert answers["capacity_soh"]["low"] < answers["capacity_soh"]["value"]
    assert answers["resistance"]["value"] is None
    assert answers["resistance"]["missing"] == "more_driving"


def test_an_alert_tells_what_since_when_how_sure_and_what_follows(
    app: FastAPI, world: World
) -> None:
    id = public_id(world.alerts["mine.weak_cell"], "a")
    alert = client(app, "owner").get(f"/api/v1/alerts/{id}").json()
    assert alert["component"] == "V_2"
    assert alert["confidence"] == 0.93
    for words in (alert["title"], alert["what"], alert["if_ignored"]):
        assert words["zh"]
        assert words["en"]
    assert alert["chart"][0]["name"] == "spread_mv"
    assert [s["kind"] for s in alert["steps"]] == ["raise"]


def test_no_answer_carries_a_number_that_is_not_public(app: FastAPI, world: World) -> None:
    caller = client(app, "adviser")
    for path in ("/api/v1/vehicles", "/api/v1/alerts", "/api/v1/queue", "/api/v1/offers"):
        text = caller.get(path).text
        assert not any(str(id) in text for id in (*world.cars.values(), *world.alerts.values()))


def test_the_queue_puts_red_first_and_says_why(app: FastAPI, world: World) -> None:
    queue = client(app, "adviser").get("/api/v1/queue").json()
    assert [q["severity"] for q in queue] == ["red", "orange", "yellow"]
    assert queue[0]["because"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("signal=soc_pct", 200),
        ("signal=soc_pct&from=2016-01-01T00:00Z&to=2026-01-01T00:00Z", 422),
        ("signal=soc_pct&points=1000000", 422),
        ("signal=soc_pct&from=2026-01-01T00:00:00", 422),
        ("signal=latitude_deg", 422),
        ("signal=soc_pct;drop", 422),
        ("signal=soc_pct&zone=Mars/Base", 422),
    ],
)
def test_series_are_bounded_and_refusals_say_what_to_do(
    app: FastAPI, world: World, query: str, status: int
) -> None:
    answer = client(app, "owner").get(f"/api/v1/vehicles/{world.car}/series?{query}")
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["remedy"]


def test_times_come_in_the_zone_that_was_asked(app: FastAPI, world: World) -> None:
    path = f"/api/v1/vehicles/{world.car}/state?zone=Asia/Shanghai"
    assert client(app, "owner").get(path).json()["seen_at"].endswith("+08:00")


def test_every_look_is_in_the_access_log_that_the_owner_reads(app: FastAPI, world: World) -> None:
    client(app, "adviser").get(f"/api/v1/vehicles/{world.car}/battery")
    log = client(app, "owner").get(f"/api/v1/vehicles/{world.car}/access").json()["items"]
    assert ("adviser", "battery", "North") in {(x["role"], x["what"], x["centre"]) for x in log}


def test_health_is_truthful(app: FastAPI) -> None:
    assert client(app).get("/healthz").json() == {"status": "ok"}
    assert client(app).get("/readyz").json()["ready"] is True
