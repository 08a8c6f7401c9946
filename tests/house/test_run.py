"""`vigil run` as a person uses it: one command, a living fleet, a clean end, and back again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.servers import scratch

VIGIL = Path(sys.executable).parent / "vigil"
pytestmark = [
    pytest.mark.database,
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]


def environment(data_dir: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    return {
        **own,
        "VIGIL_DATA_DIR": str(data_dir),
        "VIGIL_API__PORT": "0",
        "VIGIL_DEMO__CARS": "3",
        "VIGIL_DEMO__HISTORY_DAYS": "10",
    }


@contextmanager
def running(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [str(VIGIL), "run", "--seed", "3", *arguments]
    with subprocess.Popen(
        command, env=environment(data_dir), stderr=subprocess.PIPE, text=True, cwd="/"
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)


def vigil(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [VIGIL, *arguments],
        env=environment(data_dir),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def status(data_dir: Path) -> dict[str, Any]:
    done = vigil(data_dir, "status", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def await_status(data_dir: Path, **wanted: int) -> dict[str, Any]:
    deadline = time.monotonic() + 240
    while True:
        seen = status(data_dir)
        states = set(seen["services"].values())
        if states == {"running"} and all(seen[key] >= least for key, least in wanted.items()):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(1)


def test_one_command_gives_a_living_fleet_and_ends_cleanly() -> None:
    with scratch("run") as folder:
        data_dir = folder / "state"
        with running(data_dir) as process:
            seen = await_status(data_dir, vehicles=3, fresh=3)
            assert set(seen) >= {"vehicles", "fresh", "alerts_open", "offers_open", "services"}
            sees_own_cars(seen["address"], data_dir)
            refused = vigil(data_dir, "run")
            assert refused.returncode == 1
            assert "vigil stop" in refused.stderr
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            assert process.returncode == 0
        assert not [child for child in family if child.is_running()]
        assert vigil(data_dir, "status").returncode == 3
        with running(data_dir):
            await_status(data_dir, vehicles=3, fresh=3)
            stopped = vigil(data_dir, "stop")
            assert stopped.returncode == 0, stopped.stderr


def sees_own_cars(address: str, data_dir: Path) -> None:
    """The owner signs in with what the terminal showed, and sees the cars on the bus."""
    (first, *_others) = json.loads((data_dir / "demo/sign-ins.json").read_text())
    with httpx.Client(base_url=address, timeout=20) as web:
        assert web.get("/readyz").status_code == 200
        assert web.get("/api/v1/vehicles").status_code == 401
        given = web.post(
            "/api/v1/tokens", json={"email": first["email"], "password": first["password"]}
        )
        assert given.status_code in (200, 201), given.text
        bearer = {"Authorization": f"Bearer {given.json()['token']}"}
        cars = web.get("/api/v1/vehicles", headers=bearer)
        assert cars.status_code == 200, cars.text
        assert len(cars.json()["items"]) >= 2
