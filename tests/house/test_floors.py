"""The floors of the house hold, and a breach of each rule is seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = tuple(contract["name"] for contract in PROJECT["contracts"])

BREACHES = {
    "floors": {"store/breach.py": "import models.base"},
    "the car does not know the cloud": {"gateway/breach.py": "import domain.errors"},
    "simulators do not borrow the gateway's decoder": {"simulators/breach.py": "import gateway"},
    "api reads assessments from the store": {"api/breach.py": "import ingest"},
    "models are pure": {"models/breach.py": "import store"},
    "the car installs light": {"gateway/breach.py": "def late():\n    import scipy"},
    "SQL lives in store": {"api/breach.py": "def late():\n    import psycopg"},
    "HTTP lives in api": {"ingest/breach.py": "import fastapi"},
    "learning lives in models": {"store/breach.py": "import lightgbm"},
    "MQTT lives at the two ends": {
        "api/breach.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import paho"
    },
    "embedded parts live in vigil": {"ingest/breach.py": "import amqtt"},
    "no circles inside a room": {
        "domain/breach_a.py": "import domain.breach_b",
        "domain/breach_b.py": "import domain.breach_a",
    },
    "walls inside vigil": {"vigil/trials/breach.py": "import vigil.machine.instance"},
    "walls inside store": {"store/sink/breach.py": "import store.results.alerts"},
    "walls inside care": {"care/offers/breach.py": "import care.notify.service"},
    "processes call care, never api": {"vigil/processes/breach.py": "import api.ids"},
}


def lint(folder: Path) -> str:
    """What the linter says of the tree in `folder`."""
    done = subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_every_contract_is_kept() -> None:
    said = lint(ROOT)
    assert [name for name in CONTRACTS if f"{name} KEPT" not in said] == [], said


def test_every_contract_has_a_breach() -> None:
    assert set(BREACHES) == set(CONTRACTS)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree again, to plant in."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room in PROJECT["root_packages"]:
        ignore = shutil.ignore_patterns("__pycache__", "static", "vectors")
        shutil.copytree(ROOT / room, folder / room, ignore=ignore)
    return folder


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_planted_breach_is_caught(contract: str, copy: Path) -> None:
    planted = [copy / name for name in BREACHES[contract]]
    for path, text in zip(planted, BREACHES[contract].values(), strict=True):
        path.write_text(f'"""Planted."""\n\n{text}\n')
    try:
        assert f"{contract} BROKEN" in lint(copy)
    finally:
        for path in planted:
            path.unlink()
