"""What a browser keeps for places without a network, and whom a form signs in."""

from __future__ import annotations

import pytest

from tests.api.world import PASSWORD, World, client, service
from tests.web.conftest import Visit, Visitor

pytestmark = [pytest.mark.database, pytest.mark.browser]


def cached(person: Visitor) -> list[str]:
    """Addresses that the service worker keeps."""
    found: list[str] = person.page.evaluate(
        "async () => { const all = []; for (const n of await caches.keys())"
        " if (n.includes('seen')) for (const r of await (await caches.open(n)).keys())"
        " all.push(new URL(r.url).pathname); return all; }"
    )
    return found


def settled(person: Visitor) -> None:
    """The worker rules the page, and what it keeps is kept."""
    person.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    person.page.wait_for_timeout(300)


@pytest.mark.finding("S15")
def test_the_next_person_at_the_screen_finds_nothing_of_the_one_before(
    visit: Visit, world: World
) -> None:
    owner = visit("phone", "zh")
    owner.sign_in("owner")
    settled(owner)
    for path in ("/privacy", "/cars", "/privacy"):
        owner.go(path)
    settled(owner)
    assert "/privacy" in cached(owner)
    owner.context.clear_cookies(name="vigil_session")  # the session ends by itself
    owner.go("/cars")
    settled(owner)
    assert cached(owner) == [], "a sign-in that ended takes its pages along"
    owner.sign_in("adviser")
    settled(owner)
    owner.context.set_offline(True)
    owner.page.goto(f"{owner.site}/privacy")
    assert "Offline" in owner.page.content()
    assert world.car not in owner.page.content()
    owner.context.set_offline(False)


@pytest.mark.finding("S15")
def test_a_download_is_never_kept(visit: Visit, world: World) -> None:
    owner = visit("phone", "zh")
    owner.sign_in("owner")
    settled(owner)
    owner.go("/privacy")
    with owner.page.expect_download() as download:
        owner.page.evaluate(f"window.location.assign('/privacy/{world.car}/export')")
    assert download.value.path()
    settled(owner)
    assert not [path for path in cached(owner) if "export" in path]


@pytest.mark.finding("low")
def test_a_form_of_another_site_signs_nobody_in(world: World) -> None:
    form = {"email": "owner@example.org", "password": PASSWORD}
    foreign = ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"})
    with service(world) as app:
        for headers in foreign:
            answer = client(app).post("/sign-in", data=form, headers=headers)
            assert answer.status_code == 403
            assert "vigil_session" not in answer.cookies
        here = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
        kept = client(app).post("/sign-in", data=form, headers=here, follow_redirects=False)
        assert kept.status_code == 303
