"""Strangers and one greedy account against the HTTP service, as it is served."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api import patient_protocol, request_limits
from api.auth.limits import Buckets, Places, SignInFailures, network_of
from api.errors import SignInNeeded
from api.patient_protocol import PatientProtocol
from domain.errors import Busy, StoreUnavailable
from tests.api import world as worlds
from tests.api.world import PASSWORD, World, client
from tests.databases import Database

SHORT_S = 1.0


@pytest.fixture(scope="module")
def world(admin_url: str, database_template: Database) -> Iterator[World]:
    from tests import databases

    copied = databases._copy(admin_url, database_template, "vigil_test_attacked")
    made = worlds.build(copied)
    worlds.add_alert(made, "mine", "weak_cell", 2)
    yield made
    databases._drop(admin_url, "vigil_test_attacked")


@pytest.fixture
def app(world: World) -> Iterator[FastAPI]:
    with worlds.service(world) as made:
        yield made


@pytest.fixture
def served(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The service behind uvicorn as the product starts it, with short patience."""
    monkeypatch.setattr(patient_protocol, "HEAD_S", SHORT_S)
    monkeypatch.setattr(request_limits, "BODY_S", SHORT_S)
    config = uvicorn.Config(
        app, port=0, log_level="warning", http=PatientProtocol, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join(10)


def ask(port: int, path: str = "/healthz") -> int:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code


@pytest.mark.database
@pytest.mark.finding("S5")
def test_half_sent_bodies_take_no_place_and_end(served: int) -> None:
    with ExitStack() as stack:
        for _ in range(request_limits.MOST_AT_ONCE + 20):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", served)))
            line.sendall(
                b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail="
            )
        time.sleep(0.3)
        assert ask(served) == 200
        assert ask(served, "/sign-in") == 200
        line.settimeout(15)
        assert b" 408 " in line.recv(4096)


@pytest.mark.database
@pytest.mark.finding("S5")
def test_half_sent_heads_are_closed(served: int) -> None:
    with socket.create_connection(("127.0.0.1", served)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        line.settimeout(5 * SHORT_S)
        assert line.recv(4096) == b""
    assert ask(served) == 200


@pytest.mark.database
@pytest.mark.finding("S10")
def test_a_stranger_who_fails_shuts_out_the_stranger_and_not_the_owner(world: World) -> None:
    with worlds.service(world, sign_ins=5, sign_in_window=timedelta(hours=1)) as app:
        context = app.state.context
        from api.auth import service as signing

        for _ in range(40):
            with pytest.raises(Exception, match=r"wrong|too many"):
                signing.checked(context, "owner@example.org", "wrong", "203.0.113.9")
        with pytest.raises(Busy):
            signing.checked(context, "owner@example.org", PASSWORD, "203.0.113.9")
        assert signing.checked(context, "owner@example.org", PASSWORD, "198.51.100.7")


@pytest.mark.finding("S10")
def test_wrong_passwords_count_and_successes_and_outages_do_not() -> None:
    failures = SignInFailures(Buckets(rate_s=0.001, burst=3), Buckets(rate_s=0.001, burst=100))
    for _ in range(50):
        with failures.watched("a@b.c", "::1"):
            pass
        with pytest.raises(StoreUnavailable), failures.watched("a@b.c", "::1"):
            raise StoreUnavailable("away", remedy="wait")
    for _ in range(3):
        with pytest.raises(SignInNeeded), failures.watched("a@b.c", "::1"):
            raise SignInNeeded("wrong", remedy="try again")
    with pytest.raises(Busy), failures.watched("A@b.c ", "::2"):
        pass  # the same /64
    with failures.watched("a@b.c", "2001:db8::1"):
        pass


@pytest.mark.finding("S10")
def test_network_of_takes_an_ipv6_house_as_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") != network_of("192.0.2.2")


@pytest.mark.finding("S16")
def test_one_person_takes_three_live_feeds_and_no_more() -> None:
    places = Places(most=5, each=3)
    for _ in range(3):
        places.take("1:1", "live feeds")
    with pytest.raises(Busy):
        places.take("1:1", "live feeds")
    places.take("1:2", "live feeds")
    places.leave("1:1")
    places.take("1:1", "live feeds")
    places.take("1:3", "live feeds")
    with pytest.raises(Busy):
        places.take("1:4", "live feeds")


@pytest.mark.database
@pytest.mark.finding("S16")
def test_a_live_feed_ends_with_the_token_that_opened_it(served: int, app: FastAPI) -> None:
    owner = client(app, "owner", fresh=True)
    bearer = {"Authorization": owner.headers["Authorization"]}
    base = f"http://127.0.0.1:{served}"
    [token] = [
        t["id"]
        for t in owner.get("/api/v1/tokens").json()
        if t["id"] == bearer["Authorization"].split(".")[1]
    ]
    with httpx.stream("GET", f"{base}/api/v1/alerts/stream", headers=bearer, timeout=20) as feed:
        lines = feed.iter_lines()
        assert next(lines) == "retry: 3000"
        assert httpx.delete(f"{base}/api/v1/tokens/{token}", headers=bearer).status_code == 204
        assert not [line for line in lines if line.startswith("data")]


@pytest.mark.database
@pytest.mark.finding("low", "held")
def test_every_answer_carries_the_headers_that_keep_it_to_itself(app: FastAPI) -> None:
    for path in ("/sign-in", "/nothing-there", "/api/v1/vehicles", "/static/none.css"):
        headers = client(app).get(path).headers
        assert headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.database
@pytest.mark.finding("low")
def test_behind_tls_a_browser_is_told_to_stay_there(world: World) -> None:
    with worlds.service(world, behind_tls=True) as app:
        assert "max-age" in client(app).get("/sign-in").headers["strict-transport-security"]
