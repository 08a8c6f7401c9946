"""The supervisor: brings back what dies, leaves nothing behind, and two never share a folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from domain.errors import BadInput, Refused, StoreFull
from tests.servers import scratch
from vigil import settings as config
from vigil.machine import instance
from vigil.machine import supervisor as supervisor_module
from vigil.machine.attach import attach_or_start
from vigil.machine.supervisor import Child, Supervisor

HOLD = """
import sys, time
from vigil import settings
from vigil.machine.attach import attach_or_start
made = settings.load(flags={"data_dir": sys.argv[1]})
with attach_or_start(made, services=()) as working:
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def settings() -> Iterator[config.Settings]:
    with scratch("instance") as folder:
        yield config.load(flags={"data_dir": str(folder / "state")}, environment={})


def until(true: Callable[[], bool], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Every process whose command line names the folder, except ourselves."""
    named = [p for p in psutil.process_iter(["cmdline", "status"]) if p.pid != os.getpid()]
    return [
        p
        for p in named
        if str(data_dir) in " ".join(p.info["cmdline"] or []) and p.info["status"] != "zombie"
    ]


@pytest.mark.database
@pytest.mark.broker
def test_a_killed_server_comes_back_at_the_same_address(settings: config.Settings) -> None:
    supervisor = Supervisor(settings, services=())
    with supervisor.in_background() as working:
        database = supervisor.servers.database
        assert database is not None
        with psycopg.connect(database.admin_url, autocommit=True) as line:
            line.execute("CREATE TABLE kept AS SELECT 1 AS n")
        for child in supervisor.servers.children:
            assert child.process is not None
            child.process.kill()
        until(lambda: [c.restarts for c in supervisor.servers.children] == [1, 1])
        until(lambda: set(instance.read_services(working.data_dir).values()) == {"running"})
        with psycopg.connect(database.admin_url) as line:
            assert line.execute("SELECT n FROM kept").fetchone() == (1,)
        psycopg.connect(working.database.url_for("ingest")).close()
        with socket.create_connection((working.mqtt.host, working.mqtt.port), timeout=5):
            pass


@pytest.mark.database
@pytest.mark.broker
def test_children_die_with_a_killed_supervisor_and_the_next_one_starts(
    settings: config.Settings,
) -> None:
    command = [sys.executable, "-c", HOLD, str(settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        found = instance.find(settings.data_dir)
        assert found is not None
        assert found.pid == holder.pid
        assert len(processes_of(settings.data_dir)) > 2
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert instance.find(settings.data_dir) is None
    with attach_or_start(settings, services=()) as working:
        psycopg.connect(working.database.url_for("read")).close()
    until(lambda: not processes_of(settings.data_dir))


@pytest.mark.database
@pytest.mark.broker
def test_a_running_instance_is_used_and_not_started_twice(settings: config.Settings) -> None:
    with attach_or_start(settings, services=()) as first:
        with attach_or_start(settings, services=()) as second:
            assert second.mqtt.url_for("ingest") == first.mqtt.url_for("ingest")
            assert second.database.url_for("api") == first.database.url_for("api")
        with (
            pytest.raises(Refused, match="runs in"),
            Supervisor(settings, services=()).running(),
        ):
            pass
        with pytest.raises(Refused, match="runs in"):
            instance.wipe(settings.data_dir)
        assert instance.find(settings.data_dir) is not None
    assert instance.find(settings.data_dir) is None


@pytest.mark.database
@pytest.mark.broker
def test_services_never_get_the_administrator_or_the_owner(settings: config.Settings) -> None:
    with attach_or_start(settings, services=()) as working:
        state = working.data_dir / instance.STATE
        assert oct(state.stat().st_mode)[-3:] == "600"
        given = json.loads(state.read_text())["database"]
        assert not {"admin_url", "owner_password", "backup_password"} & {
            key for key, value in given.items() if value is not None
        }
        assert working.database.admin_url is not None
        assert working.database.admin_url.get_secret_value() not in state.read_text()


def test_a_port_in_use_is_named_with_what_helps(settings: config.Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = settings.with_values({"api": {"port": taken.getsockname()[1]}})
        with (
            pytest.raises(BadInput, match="in use") as caught,
            Supervisor(wanted, services=("api",)).running(),
        ):
            pass
    assert "VIGIL_API__PORT" in caught.value.remedy


def test_a_full_disk_and_a_closed_folder_are_said_before_anything_starts(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(supervisor_module, "LEAST_FREE_BYTES", 1 << 62)
        with pytest.raises(StoreFull, match="MB left"), Supervisor(settings, services=()).running():
            pass
    (tmp_path / "file").write_text("")
    blocked = settings.with_values({"data_dir": str(tmp_path / "file" / "state")})
    with pytest.raises(BadInput, match="data_dir"), Supervisor(blocked, services=()).running():
        pass


def test_fresh_forgets_our_folder_and_no_other(tmp_path: Path) -> None:
    foreign = tmp_path / "documents"
    foreign.mkdir()
    (foreign / "letter").write_text("dear")
    with pytest.raises(Refused, match="other things"):
        instance.wipe(foreign)
    assert (foreign / "letter").exists()
    ours = tmp_path / "ours"
    instance.made_secrets(ours)
    instance.wipe(ours)
    assert not ours.exists()


def test_passwords_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = instance.made_secrets(tmp_path)
    assert instance.made_secrets(tmp_path) == first
    assert instance.made_secrets(tmp_path / "other") != first
    assert oct((tmp_path / instance.SECRETS).stat().st_mode)[-3:] == "600"


def test_what_keeps_dying_is_restarted_with_longer_and_longer_waits() -> None:
    child = Child(name="short", begin=lambda: subprocess.Popen([sys.executable, "-c", ""]))
    now, waits = 0.0, []
    for _ in range(9):
        child.tick(now)
        assert child.process is not None
        child.process.wait()
        child.tick(now)
        waits.append(child.due - now)
        now = child.due
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
