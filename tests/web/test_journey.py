"""From an alert to finished work, by an owner and an adviser in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from domain.identity import public_id
from tests.api.world import World
from tests.web.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.slow]

OTHER_BILL = "n => !document.querySelector('#bill dd strong')?.textContent.includes(n)"


def test_an_owner_reads_chooses_accepts_and_rates_while_the_adviser_works(
    visit: Visit, world: World
) -> None:
    owner, adviser = visit("phone", "zh"), visit("desktop", "en")
    page = owner.sign_in("owner")
    assert page.url.endswith("/cars")
    owner.picture("cars")
    page.click(f"a.card[href='/cars/{world.car}'] >> nth=0")
    owner.go(f"/cars/{world.car}/battery")
    assert page.get_by_text("91.4").first.is_visible()
    assert page.locator("[data-chart] canvas").first.is_visible()
    owner.picture("battery")

    page.goto(f"{owner.site}/offers")
    page.click("a.card[href^='/offers/']")
    boxes = page.locator("input[name=services]")
    assert boxes.count() >= 2
    assert page.locator("input[name=services]:checked").count() == 0
    boxes.nth(0).check()
    page.wait_for_selector("#slot option:nth-child(2)", state="attached")
    one = _total(page)
    boxes.nth(1).check()
    page.wait_for_function(OTHER_BILL, arg=one)
    both = _total(page)
    boxes.nth(1).uncheck()
    page.wait_for_function(OTHER_BILL, arg=both)
    assert _yuan(_total(page)) < _yuan(both)
    page.select_option("#slot", index=1)
    owner.picture("offer")
    page.click("form[action$='/accept'] button[type=submit]")
    page.wait_for_url(re.compile("/orders/w-"))
    order = page.url.split("?")[0].rsplit("/", 1)[-1]

    context = adviser.sign_in("adviser")
    assert context.url.endswith("/console")
    adviser.picture("queue")
    context.click(f"a[href='/orders/{order}']")
    for state in ("received", "in_work", "quality_check", "ready"):
        context.click(f"button[name=state][value={state}]")
        context.wait_for_url(re.compile("said=moved"))
    page.reload()
    assert page.locator("ol.steps [aria-current=step]").inner_text() == "可取车"
    context.select_option("#outcome", "confirmed")
    context.click("button[name=state][value=done]")
    adviser.picture("order")
    page.reload()
    page.locator("input[name=rating][value='5']").check()
    page.fill("#rate-note", "很清楚")
    page.click("form[action$='/rate'] button")
    assert page.get_by_text("★★★★★").is_visible()
    owner.picture("order")
    assert owner.errors == []
    assert adviser.errors == []


def _total(page: Page) -> str:
    return page.locator("#bill dd strong").inner_text()


def _yuan(text: str) -> float:
    return float(text.replace("¥", "").replace(",", ""))


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_whole_and_usable_by_everybody(
    visit: Visit, world: World, size: str, lang: str
) -> None:
    alert = public_id(world.alerts["mine.weak_cell"], "a")
    petrol = public_id(world.cars["petrol"])
    walks = {
        "owner": [
            "/cars",
            f"/cars/{world.car}",
            f"/cars/{world.car}/battery",
            f"/alerts/{alert}",
            f"/reports/{world.report}",
            f"/verify/{world.report}",
            "/verify/r-0000000000007",
            "/offers",
            "/orders",
            "/privacy",
        ],
        "centre_manager": [
            "/console",
            "/console/cars",
            f"/console/cars/{world.car}",
            f"/console/cars/{petrol}",
            f"/alerts/{alert}",
            "/console/orders",
            "/console/slots",
            "/console/cohorts",
            "/console/group",
        ],
    }
    for role, paths in walks.items():
        person = visit(size, lang)
        person.sign_in(role)
        for path in paths:
            page = person.go(path)
            name = (
                f"{role}{path}".replace("/", "-")
                .replace(world.car, "car")
                .replace(petrol, "petrol")
                .replace(world.report, "report")
            )
            person.picture(name.replace(alert, "alert"))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            untranslated = re.findall(
                r"\b(?:web|battery|report|missing|silence|consent|offer)\.[a-z_.]+",
                page.inner_text("body"),
            )
            assert untranslated == [], path
            if (size, lang) not in {("phone", "zh"), ("desktop", "en")}:
                continue
            found = Axe().run(page).response["violations"]
            serious = [
                (v["id"], [n["html"][:120] for n in v["nodes"]][:3])
                for v in found
                if v["impact"] in ("serious", "critical")
            ]
            assert serious == [], (path, serious)
        assert person.errors == []


def test_what_was_seen_is_there_without_a_network(visit: Visit, world: World) -> None:
    owner = visit("phone", "zh")
    page = owner.sign_in("owner")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    owner.go("/cars")
    owner.go(f"/cars/{world.car}")
    owner.go("/cars")
    owner.context.set_offline(True)
    page.reload()
    assert page.locator("#offline").is_visible()
    assert page.locator(f"a[href='/cars/{world.car}']").is_visible()
    owner.context.set_offline(False)


def test_pages_work_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.fill("#email", "owner@example.org")
    page.fill("#password", "not the password")
    page.click("form[action='/sign-in'] button")
    assert page.locator("[role=alert]").is_visible()
    context.close()


def test_the_dark_scheme_is_as_readable(visit: Visit, world: World) -> None:
    owner = visit("phone", "en", "dark")
    owner.sign_in("owner")
    for path in ("/cars", f"/cars/{world.car}/battery", "/privacy"):
        page = owner.go(path)
        owner.picture(f"dark{path.replace('/', '-').replace(world.car, 'car')}")
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
