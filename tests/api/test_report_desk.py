"""Asking for a battery report: who may, once a day, one at a time; then reading what was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.client import Client
from care.reports.ask_report import MOST_ASKS
from domain.identity import from_public, public_id
from domain.reports import SignedReport, verify
from store.db.pool import Pool
from store.people.report_requests import ReportDesk
from store.people.reports import Reports
from tests.api.world import World, client, visitor
from tests.report.samples import VIN, assessment, vehicle
from vigil.report.issue import issue
from vigil.report.keys import KeyRing

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def clean(world: World) -> None:
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute("DELETE FROM report_asks")
        line.execute("DELETE FROM reports")
        line.execute("DELETE FROM consents WHERE purpose <> 'centre_share'")


def path(world: World, car: str = "mine") -> str:
    return f"/api/v1/vehicles/{public_id(world.cars[car])}/reports"


def made(
    world: World,
    book: Pool,
    keys: KeyRing,
    *,
    days_ago: float = 0,
    car: str = "mine",
    pdf: bytes | None = b"%PDF-1.7",
    ask: int | None = None,
) -> SignedReport:
    """What a worker leaves in the book."""
    number = world.cars[car]
    report = issue(
        replace(assessment(), vehicle_id=number),
        replace(vehicle(), id=number),
        keys,
        world.now - timedelta(days=days_ago),
        address="https://localhost",
        vin=VIN,
    )
    Reports(book).keep(number, report, keys.public()[report.key_id], pdf=pdf, ask=ask)
    return report


def test_an_ask_is_answered_by_a_report_that_everybody_of_the_car_reads(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    owner = client(app, "owner")
    before = owner.get(path(world)).json()
    assert (before["items"], before["ask"], before["why_not"]) == ([], None, None)
    asked = owner.post(path(world))
    assert (asked.status_code, asked.json()["state"]) == (202, "being_made")
    again = owner.post(path(world))
    assert (again.status_code, again.json()) == (202, asked.json())
    assert owner.get(path(world)).json()["why_not"] == "being_made"
    [waiting] = ReportDesk(book).waiting(world.now)

    report = made(world, book, keys, ask=waiting)
    told = owner.get(path(world)).json()
    assert told["ask"]["state"] == "made"
    assert told["ask"]["report"] == report.report_id
    [item] = told["items"]
    assert (item["id"], item["standing"], item["pdf"]) == (report.report_id, "valid", True)
    assert item["capacity_soh_pct"] == 93.4123
    for role in ("owner", "adviser", "technician", "centre_manager"):
        file = client(app, role).get(f"/api/v1/reports/{report.report_id}")
        assert file.headers["content-disposition"].endswith(f'"{report.report_id}.json"')
        read = SignedReport.from_json(file.text)
        assert verify(read, keys.public(), world.now).value == "valid"
    pages = owner.get(f"/api/v1/reports/{report.report_id}/pdf")
    assert (pages.content, pages.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")


def test_a_program_asks_and_reads_by_the_typed_client(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    http = client(app, "owner")
    with Client("http://test", transport=http._transport) as vigil:
        vigil._http.headers.update(http.headers)
        assert vigil.ask_report(world.car).state == "being_made"
        [waiting] = ReportDesk(book).waiting(world.now)
        report = made(world, book, keys, ask=waiting)
        [item] = vigil.reports(world.car).items
        assert vigil.report(item.id).signature.key_id == report.key_id


def test_one_report_a_day_and_a_withdrawn_one_does_not_count(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    owner = client(app, "owner")
    report = made(world, book, keys, days_ago=0.5)
    refused = owner.post(path(world))
    assert refused.status_code == 409
    assert "24 hours" in refused.json()["detail"]
    assert "ask again after" in refused.json()["remedy"]
    told = owner.get(path(world)).json()
    assert told["why_not"] == "again_at"
    assert told["next_at"][:10] == f"{world.now + timedelta(days=0.5):%Y-%m-%d}"
    Reports(book).withdraw(report.report_id, "key", world.now)
    assert owner.post(path(world)).status_code == 202


def test_asks_that_fail_are_not_asked_for_ever(world: World, app: FastAPI, book: Pool) -> None:
    owner = client(app, "owner")
    for _ in range(MOST_ASKS):
        assert owner.post(path(world)).status_code == 202
        [waiting] = ReportDesk(book).waiting(world.now + timedelta(days=1))
        ReportDesk(book).refuse(waiting, "failed", world.now)
    told = owner.get(path(world)).json()
    assert (told["ask"]["state"], told["ask"]["trouble"]) == ("failed", "failed")
    assert owner.post(path(world)).status_code == 409


def test_a_centre_asks_only_with_the_keepers_yes(world: World, app: FastAPI) -> None:
    adviser, owner = client(app, "adviser"), client(app, "owner")
    refused = adviser.post(path(world))
    assert refused.status_code == 403
    assert "certificate" in refused.json()["detail"]
    assert adviser.get(path(world)).json()["why_not"] == "needs_consent"
    yes = {"purpose": "certificate", "days": 30}
    given = owner.post(f"/api/v1/vehicles/{world.car}/consents", json=yes)
    assert given.status_code == 201
    assert adviser.post(path(world)).status_code == 202


def test_a_centre_may_report_a_car_that_nobody_keeps(world: World, app: FastAPI) -> None:
    with psycopg.connect(world.database.admin_url, autocommit=True) as line:
        line.execute(
            "UPDATE identity.tenures SET until = now() - interval '1 day' WHERE vehicle_id = %s",
            (world.cars["mine"],),
        )
        try:
            assert client(app, "adviser").post(path(world)).status_code == 202
        finally:
            line.execute(
                "UPDATE identity.tenures SET until = NULL WHERE vehicle_id = %s",
                (world.cars["mine"],),
            )


@pytest.mark.parametrize("role", ["technician", "group_analyst", "auditor", "device"])
def test_other_roles_ask_for_none(world: World, app: FastAPI, role: str) -> None:
    assert client(app, role).post(path(world)).status_code == 403


def test_a_car_without_traction_battery_has_none(world: World, app: FastAPI) -> None:
    assert client(app, "adviser").post(path(world, "petrol")).status_code == 409


def test_an_owner_sees_reports_of_their_own_time_only(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    old = made(world, book, keys, days_ago=850)
    mine = made(world, book, keys, days_ago=10)
    owner, adviser = client(app, "owner"), client(app, "adviser")
    assert [r["id"] for r in owner.get(path(world)).json()["items"]] == [mine.report_id]
    assert len(adviser.get(path(world)).json()["items"]) == 2
    for part in ("", "/pdf"):
        assert owner.get(f"/api/v1/reports/{old.report_id}{part}").status_code == 404
        assert adviser.get(f"/api/v1/reports/{old.report_id}{part}").status_code == 200


def test_a_foreign_report_is_unknown_with_its_pages(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    theirs = made(world, book, keys, car="theirs")
    for role in ("owner", "adviser"):
        for part in ("", "/pdf"):
            answer = client(app, role).get(f"/api/v1/reports/{theirs.report_id}{part}")
            assert answer.status_code == 404
            assert "93.4" not in answer.text


@pytest.mark.parametrize("number", ["r-zzzzzzzzzzzzz", "r-0000000000000", "r-92ev5904rfk5r"])
def test_a_number_that_no_report_can_have_is_unknown(app: FastAPI, number: str) -> None:
    for part in ("", "/pdf"):
        answer = client(app, "owner").get(f"/api/v1/reports/{number}{part}")
        assert answer.status_code == 404, answer.text


def test_without_pages_the_remedy_is_named_and_the_rest_is_there(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    report = made(world, book, keys, pdf=None)
    owner = client(app, "owner")
    answer = owner.get(f"/api/v1/reports/{report.report_id}/pdf")
    assert answer.status_code == 404
    assert "fonts-noto-cjk" in answer.json()["remedy"]
    assert owner.get(f"/api/v1/reports/{report.report_id}").status_code == 200
    browser, _ = visitor(app, "owner")
    page = browser.get(f"/reports/{report.report_id}?lang=en").text
    assert "No PDF" in page
    assert f"/api/v1/reports/{report.report_id}/pdf" not in page


def test_the_button_asks_and_the_page_follows_it(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    browser, csrf = visitor(app, "owner")
    page = f"/cars/{world.car}/battery?lang=en"
    assert "Make a report" in browser.get(page).text
    assert browser.post(f"/cars/{world.car}/reports", data={"csrf": "x"}).status_code == 403
    answer = browser.post(f"/cars/{world.car}/reports", data={"csrf": csrf})
    assert answer.headers["location"].endswith("said=report_asked")
    part = browser.get(f"/cars/{world.car}/reports").text
    assert "Being made" in part
    assert "hx-trigger" in part
    [waiting] = ReportDesk(book).waiting(world.now)
    report = made(world, book, keys, ask=waiting)
    part = browser.get(f"/cars/{world.car}/reports").text
    assert report.report_id in part
    assert "hx-trigger" not in part
    assert "Make a report" not in part
    refused = browser.post(f"/cars/{world.car}/reports", data={"csrf": csrf})
    assert refused.headers["location"].endswith("said=report_not_now")


def test_asking_and_reading_are_in_the_access_log(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    owner = client(app, "owner")
    owner.post(path(world))
    [waiting] = ReportDesk(book).waiting(world.now)
    report = made(world, book, keys, ask=waiting)
    client(app, "adviser").get(f"/api/v1/reports/{report.report_id}")
    looks = owner.get(f"/api/v1/vehicles/{world.car}/access").json()["items"]
    assert {("report_ask", "owner"), ("report", "adviser")} <= {
        (each["what"], each["role"]) for each in looks
    }


def test_the_service_can_neither_make_nor_end_nor_change_a_report(
    world: World, app: FastAPI, book: Pool, keys: KeyRing
) -> None:
    report = made(world, book, keys)
    number = from_public(report.report_id, "r")
    with world.database.pool("vigil_api") as pool:
        for statement in (
            "UPDATE reports SET signed = '{}' WHERE id = %s",
            "UPDATE report_asks SET report_id = NULL, trouble = 'x' WHERE report_id = %s",
            "DELETE FROM report_prints WHERE report_id = %s",
        ):
            with pytest.raises(Exception, match=r"denied|refused"), pool.transaction() as line:
                line.execute(statement, (number,))


def test_the_verify_page_says_unknown_in_the_readers_language(app: FastAPI) -> None:
    anybody = TestClient(app, headers={"accept": "text/html"})
    for lang, words in (("zh", "没有这个编号的报告"), ("en", "No report has this number")):
        page = anybody.get(f"/verify/r-0000000000007?lang={lang}")
        assert (page.status_code, words in page.text) == (404, True)
