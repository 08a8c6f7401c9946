"""What an owner finds on the first page, and an adviser in the queue."""

from __future__ import annotations

import re

import pytest

from domain.identity import public_id
from tests.api import world as worlds

pytestmark = [pytest.mark.database]


def test_the_owners_first_page_says_which_car_an_alert_is_about(world: worlds.World) -> None:
    alert = public_id(world.alerts["mine.weak_cell"], "a")
    with worlds.service(world) as app:
        owner, _ = worlds.visitor(app, "owner")
        page = owner.get("/cars?lang=en").text
    [card] = re.findall(rf'<a class="card edge[^>]*href="/alerts/{alert}">.*?</a>', page, re.S)
    assert "Demo One 2023" in card


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_reads_the_confidence_of_a_finding_as_a_per_cent(
    world: worlds.World, lang: str
) -> None:
    alert = public_id(world.alerts["mine.weak_cell"], "a")
    certain = {"zh": "迹象明确", "en": "clear signs"}[lang]
    with worlds.service(world) as app:
        adviser, _ = worlds.visitor(app, "adviser")
        for path in (f"/alerts/{alert}", "/console"):
            page = adviser.get(f"{path}?lang={lang}").text
            assert certain in page, path
            assert "93 %" not in page, path
        [queued] = [q for q in adviser.get("/api/v1/queue").json() if q["alert"] == alert]
    assert any(certain in reason[lang] for reason in queued["because"])
    assert not any("%" in reason[lang] for reason in queued["because"])
