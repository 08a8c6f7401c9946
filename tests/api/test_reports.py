"""Whoever holds a report verifies it: valid, superseded, withdrawn, unknown; nobody can try ids."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth.dependencies import REPORTS_A_MINUTE
from api.auth.limits import Buckets
from domain.errors import NotFound
from domain.reports import SignedReport, verify
from store.db.pool import Pool
from store.people.reports import Reports
from tests.api.world import World, service
from tests.report.samples import VIN, assessment, vehicle
from vigil.report.issue import issue
from vigil.report.keys import KeyRing

pytestmark = pytest.mark.database


@pytest.fixture
def anybody(app: FastAPI) -> TestClient:
    app.state.context = replace(app.state.context, reports=Buckets(rate_s=1.0, burst=1000))
    return TestClient(app)


def _issued(world: World, book: Pool, keys: KeyRing, days_ago: float = 0) -> SignedReport:
    car = world.cars["mine"]
    report = issue(
        replace(assessment(), vehicle_id=car),
        replace(vehicle(), id=car),
        keys,
        world.now - timedelta(days=days_ago),
        address="https://localhost",
        vin=VIN,
    )
    Reports(book).keep(car, report, keys.public()[report.key_id])
    return report


def _standing(anybody: TestClient, report: SignedReport) -> str:
    answer = anybody.get(f"/api/v1/reports/{report.report_id}/standing")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["standing"])


def test_a_report_is_valid_until_a_later_one_supersedes_it(
    world: World, book: Pool, keys: KeyRing, anybody: TestClient
) -> None:
    first = _issued(world, book, keys, days_ago=1)
    assert _standing(anybody, first) == "valid"
    second = _issued(world, book, keys)
    assert (_standing(anybody, first), _standing(anybody, second)) == ("superseded", "valid")
    Reports(book).withdraw(second.report_id, "wrong car", world.now)
    assert (_standing(anybody, first), _standing(anybody, second)) == ("valid", "withdrawn")
    Reports(book).withdraw(first.report_id, "test", world.now)


def test_the_signed_values_can_be_checked_by_the_reader(
    world: World, book: Pool, keys: KeyRing, anybody: TestClient
) -> None:
    report = _issued(world, book, keys)
    told = anybody.get(f"/api/v1/reports/{report.report_id}/standing").json()
    seal = {"key_id": told["key_id"], "value": told["signature"], "algorithm": told["algorithm"]}
    read = SignedReport.from_json(json.dumps({"body": told["body"], "signature": seal}))
    assert verify(read, keys.public(), world.now).value == "valid"


@pytest.mark.parametrize(("lang", "words"), [("zh", "电池报告核验"), ("en", "Superseded|Valid")])
def test_the_page_shows_what_was_signed_and_no_whole_vin(
    world: World, book: Pool, keys: KeyRing, anybody: TestClient, lang: str, words: str
) -> None:
    report = _issued(world, book, keys)
    page = anybody.get(f"/verify/{report.report_id}?lang={lang}")
    assert page.status_code == 200
    assert any(word in page.text for word in words.split("|"))
    assert "93.4" in page.text
    assert "1M8**********2788" in page.text
    assert VIN not in page.text


@pytest.mark.parametrize("number", ["r-0000000000007", "r-x", "v-0000000000007", "../etc"])
def test_an_unknown_number_says_unknown_and_no_more(anybody: TestClient, number: str) -> None:
    answer = anybody.get(f"/api/v1/reports/{number}/standing")
    assert answer.status_code == 404
    assert answer.json()["remedy"]


def test_reports_of_a_compromised_key_stand_only_if_older(
    world: World, book: Pool, keys: KeyRing, anybody: TestClient
) -> None:
    old = _issued(world, book, keys, days_ago=1)
    fresh = _issued(world, book, keys)
    marked = Reports(book).compromise(fresh.key_id, world.now - timedelta(hours=1))
    assert marked >= 2
    assert _standing(anybody, old) in ("valid", "superseded")
    assert _standing(anybody, fresh) == "withdrawn"


def test_nobody_tries_numbers(world: World) -> None:
    with service(world) as app:
        asked = [
            TestClient(app).get("/verify/r-0000000000007").status_code
            for _ in range(REPORTS_A_MINUTE + 5)
        ]
    assert asked[-1] == 429
    assert asked[0] == 404


def test_the_book_refuses_an_unknown_car_and_an_unknown_report(
    world: World, book: Pool, keys: KeyRing
) -> None:
    report = issue(assessment(), vehicle(), keys, world.now, address="https://localhost")
    with pytest.raises(NotFound):
        Reports(book).keep(77, report, keys.public()[report.key_id])
    with pytest.raises(NotFound):
        Reports(book).withdraw("r-0000000000007", "", world.now)
