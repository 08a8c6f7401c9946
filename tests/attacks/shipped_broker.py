"""A mosquitto that runs the shipped files, and clients with certificates of its authority."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import note, scratch
from vigil.authority.ca import open_authority
from vigil.machine.embedded import process
from vigil.machine.embedded.broker import find_mosquitto

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "mosquitto"
LIMIT_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """Where the broker listens, and the folder of its certificates."""

    cars: int
    services: int
    made: Path
    server: Popen[bytes]

    def car(self, identity: str, client_id: str = "") -> Party:
        """A car `tenant/device` with a certificate of its own."""
        return Party(
            name=identity, port=self.cars, tls=self.issue(identity), client_id=client_id or identity
        )

    def service(self, role: str, client_id: str = "") -> Party:
        """A service of ours with the certificate that prepare.sh made."""
        tls = self.context(self.made / f"{role}.pem", self.made / f"{role}.key")
        return Party(name=role, port=self.services, tls=tls, client_id=client_id)

    def issue(self, common_name: str) -> ssl.SSLContext:
        """A certificate for this name, as the authority signs it."""
        authority = open_authority(self.made / "authority")
        key, certificate = authority.issue_client(common_name, now=datetime.now(UTC))
        stem = common_name.replace("/", "_")
        (self.made / f"{stem}.key").write_text(key)
        (self.made / f"{stem}.pem").write_text(certificate)
        return self.context(self.made / f"{stem}.pem", self.made / f"{stem}.key")

    def context(self, certificate: Path, key: Path) -> ssl.SSLContext:
        """TLS of a client that trusts the broker's authority."""
        tls = ssl.create_default_context(cafile=str(self.made / "authority.pem"))
        tls.load_cert_chain(certificate, key)
        return tls


@contextmanager
def shipped_broker() -> Iterator[Shipped]:
    """mosquitto with deploy/mosquitto as it is: only where things lie is changed."""
    program = find_mosquitto()
    assert program is not None, "mosquitto is missing: apt-get install mosquitto"
    with scratch("rules") as folder:
        home = process.home(folder, "broker")
        shutil.copy(ROOT / "deploy" / "compose" / "prepare.sh", folder)
        subprocess.run([folder / "prepare.sh", "localhost"], check=True, capture_output=True)
        made = folder / "secrets"
        made.chmod(0o711)
        cars, services = process.free_port(), process.free_port()
        text = (DEPLOY / "mosquitto.conf").read_text()
        for here, there in (
            ("listener 8883", f"listener {cars} 127.0.0.1"),
            ("listener 8884", f"listener {services} 127.0.0.1"),
            ("/mosquitto/tls", str(made)),
            ("/mosquitto/data/", f"{home}/"),
            ("/mosquitto/config", str(home)),
            ("log_dest stdout", "log_dest stderr"),
        ):
            assert here in text
            text = text.replace(here, there)
        (home / "mosquitto.conf").write_text(text)
        for name in ("cars.acl", "services.acl"):
            shutil.copy(DEPLOY / name, home)
            (home / name).chmod(0o644)
        log = home / "log"
        server = process.launch([program, "-c", str(home / "mosquitto.conf")], log=log)
        process.await_ready(
            server, lambda: process.answers(cars), what="mosquitto", log=log, limit_s=LIMIT_S
        )
        note("mosquitto mTLS")
        try:
            yield Shipped(cars=cars, services=services, made=made, server=server)
        finally:
            process.stop(server, signal.SIGTERM)


@dataclass(kw_only=True)
class Party:
    """One client with one certificate; remembers what reached it and what was refused."""

    name: str
    port: int
    tls: ssl.SSLContext
    client_id: str = ""
    heard: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    client: mqtt.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self.client_id, protocol=mqtt.MQTTv5
        )
        self.client.tls_set_context(self.tls)
        self.client.reconnect_delay_set(60, 60)
        self.client.on_message = lambda _c, _u, message: self.heard.append(message.topic)
        self._answers: dict[int, str] = {}
        self._news = threading.Condition()
        self.client.on_publish = lambda _c, _u, mid, code, _p: self._answer(mid, str(code))
        self.client.on_subscribe = lambda _c, _u, mid, codes, _p: self._answer(mid, str(codes[0]))
        self.client.on_connect = lambda _c, _u, _f, code, _p: self._answer(0, str(code))
        self.client.on_disconnect = lambda _c, _u, _f, code, _p: self.ended.append(str(code))
        self.client.connect("localhost", self.port)
        self.client.loop_start()
        self._await(0)

    def publish(self, topic: str, *, retain: bool = False) -> str:
        """The broker's answer to a QoS 1 publish; "" where it hangs up instead."""
        number = self.client.publish(topic, self.name, qos=1, retain=retain).mid
        return self._await(number, or_ended=True)

    def subscribe(self, topic: str) -> str:
        """The broker's answer to a subscription."""
        number = self.client.subscribe(topic, qos=1)[1]
        assert number is not None
        return self._await(number)

    def close(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.client.loop_stop()

    def _answer(self, number: int, code: str) -> None:
        with self._news:
            self._answers[number] = code
            self._news.notify_all()

    def _await(self, number: int, *, or_ended: bool = False) -> str:
        def answered() -> bool:
            return number in self._answers or (or_ended and bool(self.ended))

        with self._news:
            assert self._news.wait_for(answered, timeout=LIMIT_S), f"{self.name}: no answer"
            return self._answers.get(number, "")


def settle(*parties: Party) -> None:
    """Round trips of every client: what was under way before has arrived."""
    for _ in range(3):
        for party in parties:
            party.subscribe("v1/settle/nobody/cmd")
