"""With the product's own processes: an ask is answered once, also when the worker dies on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.identity import new_vehicle_id
from store.db.pool import Pool
from store.db.reach import Kind, Reach
from store.db.roles import Role
from store.people.identity import Registry
from store.people.report_requests import ReportDesk
from store.people.reports import Reports
from store.results.assessments import Assessments
from tests.faults.house import House, house, server, until
from tests.report.samples import VIN, assessment, vehicle

pytestmark = [pytest.mark.database, pytest.mark.broker]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("desk") / "house"
    with server() as database, house(database, "desk", folder) as made:
        made.start("worker")
        yield made


def test_an_ask_is_answered_once_whoever_dies(place: House) -> None:
    with Pool.open(place.url(Role.WORKER)) as pool, Pool.open(place.url(Role.API)) as api:
        registry, car = Registry(pool), new_vehicle_id()
        tenant = registry.add_tenant("desk")
        registry.add_vehicle(replace(vehicle(), id=car, tenant_id=tenant), vin=VIN)
        Assessments(pool).save(replace(assessment(), vehicle_id=car))
        reach = Reach(tenant_id=tenant, kind=Kind.GROUP, person_id=1)
        context = ReportDesk(api)
        assert context.ask(reach, car, "owner", datetime.now(UTC))
        place.kill_service("worker")

        def made() -> bool:
            found = context.newest(reach, car)
            return found is not None and found.report_id is not None

        until(made, limit_s=120)
        [kept] = Reports(api).of_vehicle(reach, car)
        assert kept.standing(datetime.now(UTC)).value == "valid"
        keys = list(place.folder.rglob("signing.pem"))
        assert [key.stat().st_mode & 0o777 for key in keys] == [0o600]
