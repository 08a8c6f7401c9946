"""Fixtures that every room's tests share."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import hypothesis
import pytest

from tests import servers

hypothesis.settings.register_profile("fuzz", max_examples=2_000, deadline=None)
hypothesis.settings.register_profile("quick", max_examples=30, deadline=None)

if importlib.util.find_spec("tests.databases") is not None:
    pytest_plugins = ["tests.databases"]


def pytest_configure(config: pytest.Config) -> None:
    """An id without a sentence is a mistake of ours: a person would read bare words."""
    unknown = "error::domain.sentences.catalogue.UnknownSentence"
    config.addinivalue_line("filterwarnings", unknown)


@pytest.fixture(scope="session")
def admin_url() -> Iterator[str]:
    """Administrator URL of a running PostgreSQL (VIGIL_TEST_ADMIN_URL names another)."""
    with servers.running_database() as url:
        yield url


@pytest.fixture(scope="session")
def broker() -> Iterator[tuple[str, int]]:
    """Host and port of a real mosquitto on loopback."""
    with servers.running_broker() as server:
        yield "127.0.0.1", server.port
