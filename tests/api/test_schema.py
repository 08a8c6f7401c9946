"""Schemathesis over the OpenAPI document, signed in as each role: no 5xx, no foreign data."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from domain.identity import public_id
from tests.api.world import ROLES, World, client

pytestmark = [pytest.mark.database, pytest.mark.slow]

SKIPPED = ("/api/v1/alerts/stream", "/api/v1/tokens")
"""The feed does not end by itself; signing in has its own tests."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
def test_no_input_breaks_the_service_or_shows_foreign_cars(
    app: FastAPI, world: World, role: str
) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    token = client(app, role).headers["Authorization"]
    foreign = [world.foreign, public_id(world.alerts["theirs.weak_cell"], "a")]
    if role in ("group_analyst", "auditor"):
        foreign = []  # their reach is the whole group
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    operations = [o for o in found if o.path.startswith("/api/") and o.path not in SKIPPED]
    assert len(operations) > 25
    cases = st.sampled_from(operations).flatmap(lambda operation: operation.as_strategy())

    @settings(
        max_examples=120,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(cases)
    def holds(case: Any) -> None:
        answer = case.call(headers={"Authorization": token})
        assert answer.status_code < 500, (case.method, case.path, answer.text)
        assert not any(id in answer.text for id in foreign)
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0] == "application/problem+json"

    holds()
