"""deploy/mosquitto on a real mosquitto: every role and every topic, by certificate."""

from __future__ import annotations

import itertools
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from firmware_contracts import topics
from tests.servers import note, scratch
from vigil.authority.ca import open_authority
from vigil.machine.embedded import process
from vigil.machine.embedded.broker import access_list, find_mosquitto

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "mosquitto"
ROLES = ("ingest", "control", "own", "other")
MAY_WRITE = {leaf: {"own"} for leaf in topics.UP} | {
    "receipt": {"ingest"},
    "collect": {"control"},
    "cmd": {"control"},
}
MAY_READ = {leaf: {"own"} for leaf in topics.DOWN} | {
    "telemetry": {"ingest"},
    "event": {"ingest"},
    "status": {"ingest"},
    "reply": {"control"},
}
pytestmark = pytest.mark.broker


@dataclass(kw_only=True)
class Party:
    """One client with one certificate; remembers what reached it and what was refused."""

    name: str
    port: int
    tls: ssl.SSLContext
    heard: set[str] = field(default_factory=set)
    client: mqtt.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.tls_set_context(self.tls)
        self.client.on_message = lambda _c, _u, message: self.heard.add(message.topic)
        self._answers: dict[int, str] = {}
        self._news = threading.Condition()
        self.client.on_publish = lambda _c, _u, mid, code, _p: self._answer(mid, str(code))
        self.client.on_subscribe = lambda _c, _u, mid, codes, _p: self._answer(mid, str(codes[0]))
        self.client.connect("localhost", self.port)
        self.client.loop_start()

    def publish(self, topic: str) -> str:
        """The broker's answer to a QoS 1 publish."""
        return self._await(self.client.publish(topic, self.name, qos=1).mid)

    def subscribe(self, topic: str) -> None:
        number = self.client.subscribe(topic, qos=1)[1]
        assert number is not None
        self._await(number)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _answer(self, number: int, code: str) -> None:
        with self._news:
            self._answers[number] = code
            self._news.notify_all()

    def _await(self, number: int) -> str:
        with self._news:
            assert self._news.wait_for(lambda: number in self._answers, timeout=20)
            return self._answers[number]


@pytest.fixture(scope="module")
def broker() -> Iterator[tuple[int, Path]]:
    """Port and certificates of a mosquitto that runs deploy/mosquitto/mosquitto.conf.

    Only where things lie is changed: the port, the address and the folders.
    """
    program = find_mosquitto()
    assert program is not None, "mosquitto is missing: apt-get install mosquitto"
    with scratch("rules") as folder:
        home = process.home(folder, "broker")
        shutil.copy(ROOT / "deploy" / "compose" / "prepare.sh", folder)
        subprocess.run([folder / "prepare.sh", "localhost"], check=True, capture_output=True)
        made = folder / "secrets"
        made.chmod(0o711)
        port = process.free_port()
        text = (DEPLOY / "mosquitto.conf").read_text()
        for here, there in (
            ("listener 8883", f"listener {port} 127.0.0.1"),
            ("/mosquitto/tls", str(made)),
            ("/mosquitto/data/", f"{home}/"),
            ("/mosquitto/config/access.acl", f"{home}/access.acl"),
            ("log_dest stdout", "log_dest stderr"),
        ):
            assert here in text
            text = text.replace(here, there)
        (home / "mosquitto.conf").write_text(text)
        shutil.copy(DEPLOY / "access.acl", home)
        (home / "access.acl").chmod(0o644)
        log = home / "log"
        server = process.launch([program, "-c", str(home / "mosquitto.conf")], log=log)
        ready = lambda: process.answers(port)  # noqa: E731
        process.await_ready(server, ready, what="mosquitto", log=log, limit_s=20)
        note("mosquitto mTLS")
        yield port, made
        process.stop(server, signal.SIGTERM)


def issue(made: Path, common_name: str) -> ssl.SSLContext:
    """A certificate for this name, as `vigil authority` signs it for a gateway."""
    authority = open_authority(made / "authority")
    key, certificate = authority.issue_client(common_name, now=datetime.now(UTC))
    (made / f"{common_name}.key").write_text(key)
    (made / f"{common_name}.pem").write_text(certificate)
    return context(made, common_name)


def context(made: Path, name: str) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=str(made / "authority.pem"))
    tls.load_cert_chain(made / f"{name}.pem", made / f"{name}.key")
    return tls


@pytest.fixture(scope="module")
def parties(broker: tuple[int, Path]) -> Iterator[dict[str, Party]]:
    port, made = broker
    contexts = {name: context(made, name) for name in ("ingest", "control")}
    contexts |= {name: issue(made, name) for name in ("own", "other")}
    found = {name: Party(name=name, port=port, tls=tls) for name, tls in contexts.items()}
    yield found
    for party in found.values():
        party.close()


def test_the_access_file_is_written_from_the_topic_table() -> None:
    assert (DEPLOY / "access.acl").read_text() == access_list("%u")


@pytest.mark.parametrize(("role", "leaf"), list(itertools.product(ROLES, topics.LEAVES)))
def test_who_may_write(role: str, leaf: str, parties: dict[str, Party]) -> None:
    answer = parties[role].publish(f"v1/tenant/own/{leaf}")
    if role in MAY_WRITE[leaf]:
        assert answer in ("Success", "No matching subscribers")
    else:
        assert answer == "Not authorized"


@pytest.mark.parametrize("leaf", topics.LEAVES)
def test_who_may_read(leaf: str, parties: dict[str, Party]) -> None:
    topic = f"v1/tenant/own/{leaf}"
    for party in parties.values():
        party.heard.clear()
        party.subscribe(topic)
    (writer,) = MAY_WRITE[leaf]
    parties[writer].publish(topic)
    (reader,) = MAY_READ[leaf]
    for _ in range(3):
        settle(parties)
    assert {name for name, party in parties.items() if topic in party.heard} == {reader}


def settle(parties: dict[str, Party]) -> None:
    """A round trip of every client: what was under way before it has arrived."""
    for party in parties.values():
        party.subscribe(f"v1/settle/{party.name}/cmd")


@pytest.mark.parametrize("wildcard", ["#", "v1/#", "v1/+/+/cmd", "$SYS/#"])
def test_a_device_hears_nothing_by_wildcards(wildcard: str, parties: dict[str, Party]) -> None:
    parties["other"].heard.clear()
    parties["other"].subscribe(wildcard)
    parties["control"].publish("v1/tenant/own/cmd")
    settle(parties)
    parties["other"].client.unsubscribe(wildcard)
    assert not parties["other"].heard


def test_without_a_certificate_of_this_authority_nobody_connects(
    broker: tuple[int, Path], tmp_path: Path
) -> None:
    port, made = broker
    shutil.copy(ROOT / "deploy" / "compose" / "prepare.sh", tmp_path)
    subprocess.run([tmp_path / "prepare.sh"], check=True, capture_output=True)
    foreign = ssl.create_default_context(cafile=str(made / "authority.pem"))
    foreign.load_cert_chain(tmp_path / "secrets/ingest.pem", tmp_path / "secrets/ingest.key")
    nobody = ssl.create_default_context(cafile=str(made / "authority.pem"))
    for tls in (foreign, nobody):
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.tls_set_context(tls)
        reached: list[str] = []
        client.on_connect = lambda _c, _u, _f, code, _p, seen=reached: seen.append(str(code))
        client.connect_async("localhost", port)
        try:
            client.reconnect()
            for _ in range(20):
                client.loop(0.05)
        except (OSError, ssl.SSLError):
            pass
        assert reached == []
