"""The typed client against a real server: reading, following, refusals."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from fastapi import FastAPI

from api.client import ApiError, Client
from domain.identity import public_id
from tests.api.world import PASSWORD, World, add_alert

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def vigil(address: str) -> Iterator[Client]:
    with Client(address) as made:
        made.sign_in("owner@example.org", PASSWORD)
        yield made


def test_reads_what_a_program_needs(vigil: Client, world: World) -> None:
    assert vigil.me().role == "owner"
    (car,) = vigil.vehicles()
    assert car.id == world.car
    assert vigil.state(car.id).readings
    assert vigil.battery(car.id).answers["capacity_soh"].low
    end = datetime.now(UTC)
    assert vigil.series(car.id, "soc_pct", end - timedelta(days=1), end).unit == "%"
    assert {a.cause for a in vigil.alerts()} >= {"weak_cell", "bms_alarm_3"}


def test_a_refusal_carries_its_remedy(vigil: Client, world: World) -> None:
    with pytest.raises(ApiError, match="GET /api/v1/vehicles") as found:
        vigil.battery(world.foreign)
    assert found.value.status == 404


def test_follows_alerts_of_own_cars_only_and_goes_on_where_it_broke(
    vigil: Client, world: World
) -> None:
    def raise_two() -> None:
        time.sleep(1.5)
        add_alert(world, "theirs", "tyre_pressure", 1, component="tyre_fr")
        add_alert(world, "mine", "tyre_pressure", 1, component="tyre_fr")

    thread = threading.Thread(target=raise_two)
    thread.start()
    position, change = next(vigil.follow())
    thread.join()
    assert (change["vehicle"], change["kind"]) == (world.car, "raise")
    assert change["alert"] == public_id(world.alerts["mine.tyre_pressure"], "a")
    _, again = next(vigil.follow(after=position - 1))
    assert again["alert"] == change["alert"]
