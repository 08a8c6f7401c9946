"""What waits is listed and driven again from the command line, on a real store."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.identity import new_vehicle_id
from domain.vehicle import Powertrain, Vehicle
from store.db.pool import Pool
from store.db.roles import Role
from store.people.identity import Registry
from tests.faults.cars import expected, on_line, stored
from tests.faults.house import House, house, until
from vigil.cli import app

pytestmark = [pytest.mark.database, pytest.mark.broker]


@pytest.fixture(scope="module")
def place(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("quarantine") / "house"
    with house(admin_url, "quarantine", folder) as made:
        made.start("ingest")
        yield made


def run(place: House, *arguments: str) -> tuple[int, dict[str, Any]]:
    environment = {"VIGIL_CONFIG": str(place.folder / "instance.json")}
    done = CliRunner().invoke(app, ["ingest", "quarantine", *arguments, "--json"], env=environment)
    return done.exit_code, json.loads(done.stdout)


def test_rows_of_a_device_without_a_vehicle_wait_for_its_binding(
    place: House, tmp_path: Path
) -> None:
    name = f"box-{secrets.token_hex(3)}"
    assert run(place, "list")[0] == 3
    assert run(place, "redrive")[0] == 3
    with Pool.open(place.url(Role.WORKER)) as pool:
        registry = Registry(pool)
        tenant = registry.add_tenant("demo")
        device = registry.add_device(tenant, name)
        vehicle = new_vehicle_id()
        registry.add_vehicle(
            Vehicle(id=vehicle, tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV)
        )
        with on_line(place, name, vehicle, tmp_path / "box.db") as car:
            for number in range(3):
                car.add(number)
            until(lambda: car.outbox.pending == 0)
            code, said = run(place, "list")
            assert code == 0
            assert [(w["reason"], w["letters"], w["rows"]) for w in said["waiting"]] == [
                ("unbound", 3, 30)
            ]
            assert run(place, "redrive") == (1, {"closed": 0, "waiting": 3, "rows_stored": 0})
            registry.bind(tenant, device, vehicle, datetime.now(UTC) - timedelta(days=3))
            assert run(place, "redrive") == (0, {"closed": 3, "waiting": 0, "rows_stored": 30})
            assert stored(place, vehicle) == expected(car, range(3))
    assert run(place, "list")[0] == 3


def test_a_reason_that_does_not_exist_is_refused(place: House) -> None:
    environment = {"VIGIL_CONFIG": str(place.folder / "instance.json")}
    done = CliRunner().invoke(
        app, ["ingest", "quarantine", "list", "--reason", "boredom"], env=environment
    )
    assert done.exit_code != 0
