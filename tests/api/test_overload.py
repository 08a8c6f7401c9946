"""More than the service can answer is told to come back; what was let in is answered."""

from __future__ import annotations

import asyncio

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.request_limits import Guard


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.2)
    await PlainTextResponse("done")(scope, receive, send)


def flood(paths: list[str]) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=Guard(slow, most=5))
        async with httpx.AsyncClient(transport=transport, base_url="http://car.test") as client:
            return await asyncio.gather(*(client.get(p) for p in paths))

    return asyncio.run(ask())


def test_beyond_its_measure_the_service_answers_429_at_once_and_says_when_to_come_back() -> None:
    answers = flood(["/api/v1/vehicles"] * 20)
    assert [a.status_code for a in answers].count(200) == 5
    refused = [a for a in answers if a.status_code == 429]
    assert len(refused) == 15
    assert all(a.headers["retry-after"] == "1" and a.json()["remedy"] for a in refused)


def test_live_feeds_do_not_use_up_the_places() -> None:
    answers = flood(["/api/v1/alerts/stream"] * 20 + ["/api/v1/vehicles"] * 5)
    assert {a.status_code for a in answers} == {200}
