"""The embedded servers: loopback only, closed without a password, restartable after kill -9."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import psutil
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import scratch
from vigil.machine.embedded.broker import Broker
from vigil.machine.embedded.database import Database, running_port


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch("house") as made:
        yield made


@pytest.mark.database
def test_a_killed_database_comes_back_with_what_was_committed(folder: Path) -> None:
    server = Database(data_dir=folder).start()
    try:
        with psycopg.connect(server.admin_url, autocommit=True) as db:
            db.execute("create table kept (n int)")
            db.execute("insert into kept values (1)")
        server.kill()
        server.start()
        with psycopg.connect(server.admin_url) as db:
            assert db.execute("select n from kept").fetchone() == (1,)
        assert running_port(folder) == server.port
    finally:
        server.stop()
    assert running_port(folder) is None


@pytest.mark.database
def test_the_database_is_on_loopback_asks_for_a_password_and_is_not_root(folder: Path) -> None:
    server = Database(data_dir=folder).start()
    try:
        assert server.process is not None
        postmaster = psutil.Process(server.process.pid)
        listening = [c.laddr.ip for c in postmaster.net_connections("tcp") if c.status == "LISTEN"]
        assert listening == ["127.0.0.1"]
        assert postmaster.uids().effective != 0
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{server.port}/postgres")
        assert oct((server.home / "administrator.password").stat().st_mode)[-3:] == "600"
    finally:
        server.stop()


@pytest.mark.database
def test_a_closed_data_folder_is_not_opened(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = Database(data_dir=closed).start()
    try:
        assert oct(closed.stat().st_mode)[-3:] == "700"
        if os.geteuid() == 0:
            assert closed not in server.home.parents
    finally:
        server.stop()
        shutil.rmtree(server.home)


def connect(port: int, *, user: str = "", password: str = "", name: str = "") -> str:
    """The broker's answer to CONNECT."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    if user:
        client.username_pw_set(user, password)
    answers: list[str] = []

    def heard(client: mqtt.Client, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        answers.append(str(reason))
        client.disconnect()

    client.on_connect = heard
    client.connect("127.0.0.1", port)
    client.loop_forever()
    return answers[0]


@pytest.mark.broker
def test_the_broker_lets_in_only_who_knows_the_password(folder: Path) -> None:
    server = Broker(data_dir=folder, passwords={"ingest": "right"}).start()
    try:
        assert connect(server.port, user="ingest", password="right") == "Success"
        assert connect(server.port, user="ingest", password="wrong") == "Not authorized"
        assert connect(server.port) == "Not authorized"
    finally:
        server.stop()
