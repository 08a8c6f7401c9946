"""The two sides of the report desk: the worker that makes, the service that asks and shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.db.pool import Pool
from store.db.roles import Role
from tests.databases import Database


@pytest.fixture
def pool(database: Database) -> Iterator[Pool]:
    with database.pool(Role.WORKER) as opened:
        yield opened


@pytest.fixture
def api(database: Database) -> Iterator[Pool]:
    with database.pool(Role.API) as opened:
        yield opened
