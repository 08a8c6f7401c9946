"""One world per module: building it costs more than reading it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from store.db.pool import Pool
from tests import databases
from tests.api import world as worlds
from tests.databases import Database
from vigil.report.keys import KeyRing


@pytest.fixture(scope="module")
def world(admin_url: str, database_template: Database) -> Iterator[worlds.World]:
    name = f"vigil_test_{secrets.token_hex(4)}"
    copied = databases._copy(admin_url, database_template, name)
    made = worlds.build(copied)
    worlds.add_alert(made, "mine", "weak_cell", 2)
    worlds.add_alert(made, "theirs", "weak_cell", 2)
    worlds.add_alert(made, "petrol", "thermostat_open", 1, component="thermostat")
    worlds.add_alert(made, "mine", "bms_alarm_3", 3, component="pack")
    yield made
    databases._drop(admin_url, name)


@pytest.fixture(scope="module")
def app(world: worlds.World) -> Iterator[FastAPI]:
    with worlds.service(world) as made:
        yield made


@pytest.fixture
def book(world: worlds.World) -> Iterator[Pool]:
    """The store as the worker that makes reports."""
    with world.database.pool("vigil_worker") as pool:
        yield pool


@pytest.fixture
def keys(tmp_path: Path, world: worlds.World) -> KeyRing:
    """Keys of an installation that is older than every report of these tests."""
    return KeyRing(tmp_path / "keys").open(world.now - timedelta(days=900))
