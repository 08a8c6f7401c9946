"""The commands of the gateway, as a person in a garage types them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.gateway.cloud import Cloud, until
from tests.gateway.test_agent import channel_of, frozen

runner = CliRunner()


def test_check_says_what_a_car_answers() -> None:
    served = frozen("petrol-01")
    given = ["--interface", "virtual", "--channel", channel_of(served), "--profile", "obd_petrol"]
    done = runner.invoke(app, ["check", *given, "--seconds", "5", "--json"])
    served.stop()
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["vin_read"]
    assert {"engine_speed_rpm", "lv_voltage_v"} <= set(found["signals"])


def test_check_of_a_silent_bus_ends_with_3() -> None:
    given = ["--interface", "virtual", "--channel", secrets.token_hex(4), "--seconds", "0.3"]
    done = runner.invoke(app, ["check", *given])
    assert done.exit_code == 3
    assert "ignition" in done.stdout


def test_profiles_are_listed() -> None:
    assert "obd_petrol" in runner.invoke(app, ["profiles"]).stdout


def _vigil_gateway(*args: str, **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from gateway.cli import main; main()", *args]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started: subprocess.Popen[str] = subprocess.Popen(command, text=True, **pipes, **more)
    return started


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["run", "--folder", "nowhere"], 1, "enrol"),
        (["run", "--broker", "tcp://x"], 2, "mqtt://"),
        (["run", "--broker", "mqtt://x", "--device", "d", "--allow", "all"], 2, "asset"),
        (["enrol", "--code", "x.y", "--authority", "http://x", "--folder", "f"], 1, "https://"),
        (["check", "--interface", "socketcan", "--channel", "nosuchcan9"], 1, "does not open"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(
    tmp_path: Path, args: list[str], code: int, said: str
) -> None:
    child = _vigil_gateway(*args, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    _, error = child.communicate(timeout=60)
    assert child.returncode == code
    assert said in error
    assert "Traceback" not in error


@pytest.mark.broker
def test_run_ends_cleanly_and_keeps_what_has_no_receipt(
    broker: tuple[str, int], tmp_path: Path
) -> None:
    host, port = broker
    child = _vigil_gateway(
        "run",
        "--interface",
        "virtual",
        "--channel",
        "none",
        "--folder",
        str(tmp_path),
        "--broker",
        f"mqtt://{host}:{port}",
        "--device",
        secrets.token_hex(5),
    )
    with Cloud(*broker) as cloud:
        assert until(lambda: any(h.alive for h in cloud.hellos), 30)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        child.wait(20)
        assert until(lambda: not cloud.hellos[-1].alive)
    assert child.returncode == 0
    assert list(tmp_path.glob("*.outbox.db"))


def test_check_ranks_the_profiles_that_fit_and_says_what_to_type_next() -> None:
    served = frozen("bev-01")
    given = ["--interface", "virtual", "--channel", channel_of(served), "--seconds", "2"]
    shown = runner.invoke(app, ["check", *given, "--json"])
    people = runner.invoke(app, ["check", *given])
    served.stop()
    found = json.loads(shown.stdout)
    assert found["fits"][0]["profile"] == "egmp_bev"
    assert found["next"] == "vigil-gateway check --profile egmp_bev"
    assert found["addressing"] == "11 bit"
    assert "vin" not in found
    assert "VIN" in people.stdout
    assert "*******" in people.stdout or "not read" in people.stdout
