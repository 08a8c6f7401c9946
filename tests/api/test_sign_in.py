"""Signing in: tokens that are signed, rotate and can be revoked; limits; forms of a session."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from api.auth.caller import COOKIE
from api.auth.service import open_session
from tests.api.world import PASSWORD, World, client, service
from vigil.commands.bench.start import page_address

pytestmark = pytest.mark.database

OWNER = {"email": "owner@example.org", "password": PASSWORD}


def test_a_wrong_password_and_an_unknown_address_look_the_same(app: FastAPI) -> None:
    nobody = client(app)
    wrong = nobody.post("/api/v1/tokens", json={**OWNER, "password": "not this one"})
    unknown = nobody.post("/api/v1/tokens", json={**OWNER, "email": "who@example.org"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_a_token_ends_when_it_is_revoked(app: FastAPI) -> None:
    who = client(app, "owner", fresh=True)
    me = who.get("/api/v1/tokens").json()[0]
    assert who.delete(f"/api/v1/tokens/{me['id']}").status_code == 204
    answer = who.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.json()["remedy"] == "sign in again"


def test_a_token_that_was_changed_is_worth_nothing(app: FastAPI) -> None:
    who = client(app, "owner", fresh=True)
    good = who.headers["Authorization"]
    for bad in (good[:-2] + ("aa" if good[-2:] != "aa" else "bb"), "Bearer vgl_x", "Bearer x.y.z"):
        who.headers["Authorization"] = bad
        assert who.get("/api/v1/me").status_code == 401


def test_keys_rotate_and_a_retired_key_ends_its_tokens(app: FastAPI) -> None:
    signer, now = app.state.context.signer, datetime.now(UTC)
    old = client(app, "owner", fresh=True)
    old_key = old.headers["Authorization"].split("vgl_")[1].split(".")[0]
    new_key = signer.rotate(now + timedelta(seconds=1))
    new = client(app, "owner", fresh=True)
    assert f"vgl_{new_key}." in new.headers["Authorization"]
    assert old.get("/api/v1/me").status_code == 200
    signer.sessions.retire_key(old_key, now)
    assert old.get("/api/v1/me").status_code == 401
    assert new.get("/api/v1/me").status_code == 200


def test_an_expired_token_says_so(world: World) -> None:
    late = datetime.now(UTC) + timedelta(days=91)
    with service(world) as now_app:
        token = client(now_app, "owner", fresh=True).headers["Authorization"]
    with service(world, clock=lambda: late) as later_app:
        answer = client(later_app).get("/api/v1/me", headers={"Authorization": token})
    assert answer.status_code == 401
    assert "ended" in answer.json()["detail"]


def test_guessing_is_slowed_down(world: World) -> None:
    with service(world, sign_ins=5) as app:
        guesses = [
            client(app).post("/api/v1/tokens", json={**OWNER, "password": str(i)}) for i in range(8)
        ]
    assert [g.status_code for g in guesses] == [401] * 5 + [429] * 3
    assert "Retry-After" in guesses[-1].headers


def test_a_flood_of_requests_is_answered_429(world: World) -> None:
    with service(world, requests_s=5.0, burst=10) as app:
        who = client(app, "owner", fresh=True)
        codes = [who.get("/api/v1/me").status_code for _ in range(30)]
    assert set(codes) == {200, 429}


def test_a_session_changes_nothing_without_its_word(app: FastAPI, world: World) -> None:
    who = client(app)
    who.cookies.set(COOKIE, open_session(app.state.context, "owner@example.org", PASSWORD, "here"))
    assert who.get("/api/v1/me").json()["role"] == "owner"
    give = {"purpose": "personal_offers", "days": 1}
    assert who.post(f"/api/v1/vehicles/{world.car}/consents", json=give).status_code == 403


def test_a_body_that_is_too_large_is_refused_before_it_is_read(app: FastAPI) -> None:
    answer = client(app).post("/api/v1/tokens", content=b"x" * 100_000)
    assert answer.status_code == 413
    assert answer.json()["remedy"]


def test_bench_start_asks_for_the_page_that_everybody_gets_first(
    app: FastAPI, tmp_path: Path
) -> None:
    """The start page answers 401 to a stranger: a stopwatch that waits for its 200 never stops."""
    state = {"api": {"host": "127.0.0.1", "port": 8123}}
    (tmp_path / "instance.json").write_text(json.dumps(state))
    address = urlsplit(page_address(tmp_path))
    assert (address.hostname, address.port) == ("127.0.0.1", 8123)
    assert client(app).get(address.path).status_code == 200
