"""The pages on a real server, in a real browser; pictures are kept in `artefacts/`."""

from __future__ import annotations

import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from care.offers.make_offers import make_offers
from store.db.pool import Pool
from store.people.reports import Reports
from tests import databases
from tests.api import world as worlds
from tests.databases import Database
from tests.report.samples import VIN, assessment, vehicle
from vigil.report.issue import issue
from vigil.report.keys import KeyRing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).parents[2] / "artefacts"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1366, "height": 900}}


@contextmanager
def serving(app: object) -> Iterator[str]:
    """The application on a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def world(
    admin_url: str, database_template: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[worlds.World]:
    name = f"vigil_test_{secrets.token_hex(4)}"
    made = worlds.build(databases._copy(admin_url, database_template, name))
    worlds.add_alert(made, "mine", "weak_cell", 2)
    worlds.add_alert(made, "petrol", "thermostat_open", 1, component="thermostat")
    with worlds.service(made) as app:
        wish = {"purpose": "personal_offers", "days": 30}
        owner = worlds.client(app, "owner")
        assert owner.post(f"/api/v1/vehicles/{made.car}/consents", json=wish).status_code == 201
    keys = KeyRing(tmp_path_factory.mktemp("keys")).open(made.now)
    with made.database.pool("vigil_worker") as pool:
        make_offers(pool, datetime.now(UTC))
        made.report = _report(made, pool, keys)
    yield made
    databases._drop(admin_url, name)


def _report(world: worlds.World, pool: Pool, keys: KeyRing) -> str:
    car = world.cars["mine"]
    report = issue(
        replace(assessment(), vehicle_id=car),
        replace(vehicle(), id=car),
        keys,
        world.now,
        address="https://localhost",
        vin=VIN,
    )
    Reports(pool).keep(car, report, keys.public()[report.key_id])
    return report.report_id


@pytest.fixture(scope="module")
def site(world: worlds.World) -> Iterator[str]:
    with worlds.service(world) as app, serving(app) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Visitor:
    """A person at a screen."""

    def __init__(self, context: BrowserContext, site: str, name: str) -> None:
        self.context, self.site, self.name = context, site, name
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str) -> Page:
        self.page.goto(self.site + path, wait_until="load")
        return self.page

    def sign_in(self, role: str) -> Page:
        self.go("/sign-in")
        self.page.fill("#email", f"{role}@example.org")
        self.page.fill("#password", worlds.PASSWORD)
        self.page.click("form[action='/sign-in'] button")
        self.page.wait_for_load_state("load")
        return self.page

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.name}.png", full_page=True)


class Visit(Protocol):
    """Opens a browser for one person."""

    def __call__(self, size: str = ..., lang: str = ..., scheme: str = ...) -> Visitor: ...


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """visit(size, lang, scheme) -> Visitor."""
    opened: list[BrowserContext] = []

    def made(size: str = "desktop", lang: str = "zh", scheme: str = "light") -> Visitor:
        context = browser.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            locale={"zh": "zh-CN", "en": "en-GB"}[lang],
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        context.add_cookies([{"name": "vigil_lang", "value": lang, "url": site}])
        opened.append(context)
        return Visitor(context, site, f"{size}-{lang}" + ("-dark" if scheme == "dark" else ""))

    yield made
    for context in opened:
        context.close()
