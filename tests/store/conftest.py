"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.db.pool import Pool
from store.db.roles import Role
from store.people.identity import Registry
from tests.databases import Database
from tests.store.fleet import Car, register
from tests.store.stores import Store, in_memory, postgres


@pytest.fixture
def ingest(database: Database) -> Iterator[Pool]:
    with database.pool(Role.INGEST) as pool:
        yield pool


@pytest.fixture
def worker(database: Database) -> Iterator[Pool]:
    with database.pool(Role.WORKER) as pool:
        yield pool


@pytest.fixture
def registry(worker: Pool) -> Registry:
    return Registry(worker)


@pytest.fixture
def car(registry: Registry) -> Car:
    return register(registry)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.database)])
def store(request: pytest.FixtureRequest) -> Store:
    """Every implementation of the ports: a test that takes it is a contract test."""
    if request.param == "memory":
        return in_memory()
    return postgres(request.getfixturevalue("ingest"), request.getfixturevalue("worker"))
