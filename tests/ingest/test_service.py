"""A whole ingest worker on a real mosquitto: messages in, PUBACK after the commit, receipts out."""

from __future__ import annotations

import queue
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from domain.errors import StoreUnavailable, VigilError
from domain.readings import Rejected
from firmware_contracts import codec
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.receipts import Receipt
from ingest.broker import Broker
from ingest.health import HealthPort
from ingest.service import IngestService
from tests.ingest.parts import BOOT, STREAM, Register, TellingSink, batch, device
from vigil.machine.embedded import process

pytestmark = pytest.mark.broker


def until(true: Callable[[], Any], limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Box:
    """A device on the line: publishes and hears its own receipts."""

    def __init__(self, host: str, port: int, protocol: int = MQTTProtocolVersion.MQTTv5) -> None:
        self.heard: queue.Queue[Receipt | TimeReply] = queue.Queue()
        self._closed: set[int] = set()
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="box-1",
            protocol=MQTTProtocolVersion(protocol),
        )
        self.client.on_message = self._hear
        self.client.connect(host, port)
        self.client.subscribe("v1/demo/box-1/receipt")
        self.client.loop_start()

    def _hear(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.heard.put(codec.decode_down(bytes(message.payload)))

    def send(self, seq: int) -> None:
        now_ms = int(time.time() * 1000)
        payload = codec.seal(codec.encode(batch([now_ms - 1000, now_ms], seq=seq)))
        self.client.publish("v1/demo/box-1/telemetry", payload, qos=1)

    def closed(self) -> set[int]:
        """Sequences closed by all receipts heard so far."""
        while not self.heard.empty():
            said = self.heard.get()
            assert isinstance(said, Receipt)
            for first, last in said.closed.get(STREAM, ()):
                self._closed |= set(range(first, last + 1))
        return self._closed


@contextmanager
def worker(
    sink: TellingSink, broker: tuple[str, int], group: str, *, mqtt5: bool = True
) -> Iterator[IngestService]:
    host, port = broker
    service = IngestService(
        sink=sink,
        directory=Register(device()),
        broker=Broker(host=host, port=port, mqtt5=mqtt5),
        group=group,
    )
    service.start()
    try:
        until(lambda: all(service.ready.values()))
        yield service
    finally:
        service.stop()


@pytest.fixture
def box(broker: tuple[str, int]) -> Iterator[Box]:
    made = Box(*broker)
    yield made
    made.client.disconnect()
    made.client.loop_stop()


def test_every_message_is_committed_and_receipted(broker: tuple[str, int], box: Box) -> None:
    sink = TellingSink()
    with worker(sink, broker, "whole"):
        for seq in range(300):
            box.send(seq)
        until(lambda: box.closed() == set(range(300)))
    assert len(sink.kept) == 300
    assert sink.calls < 300


def test_two_workers_share_the_messages(broker: tuple[str, int], box: Box) -> None:
    one, two = TellingSink(), TellingSink()
    with worker(one, broker, "pair"), worker(two, broker, "pair"):
        for seq in range(400):
            box.send(seq)
        until(lambda: len(one.kept) + len(two.kept) == 400)
    assert one.kept
    assert two.kept


def test_nothing_is_receipted_while_the_store_is_away(broker: tuple[str, int], box: Box) -> None:
    away = [True]
    trouble: Callable[[Any], VigilError | None] = lambda _: (  # noqa: E731
        StoreUnavailable("away") if away[0] else None
    )
    sink = TellingSink(trouble)
    with worker(sink, broker, "away") as service:
        box.send(1)
        until(lambda: sink.calls > 2)
        assert box.heard.empty()
        assert service.ready["store"] is False
        away[0] = False
        until(lambda: box.closed() == {1})
        assert service.ready["store"] is True


def test_a_boot_without_a_clock_is_told_the_time(broker: tuple[str, int], box: Box) -> None:
    with worker(TellingSink(), broker, "clock"):
        hello = codec.encode_hello(Hello(boot=BOOT, mono_ms=1234))
        before_ms = int(time.time() * 1000)
        box.client.publish("v1/demo/box-1/status", hello, qos=1)
        reply = box.heard.get(timeout=10)
    assert isinstance(reply, TimeReply)
    assert (reply.boot, reply.mono_ms) == (BOOT, 1234)
    assert before_ms <= reply.utc_ms <= int(time.time() * 1000)


def test_garbage_is_a_dead_letter_and_the_line_goes_on(broker: tuple[str, int], box: Box) -> None:
    sink = TellingSink()
    with worker(sink, broker, "garbage"):
        box.client.publish("v1/demo/box-1/status", b"\xff\xff", qos=1)
        box.client.publish("v1/demo/box-1/telemetry", b"\xff\xff", qos=1)
        box.send(3)
        until(lambda: len(sink.kept) == 2)
    assert [type(m) is Rejected for m in sink.kept] in ([True, False], [False, True])


def test_the_health_port_tells_the_truth(broker: tuple[str, int], box: Box) -> None:
    with worker(TellingSink(), broker, "health") as service:
        port = HealthPort(service.meters.registry, lambda: service.ready)
        port.start()
        box.send(1)
        until(lambda: box.closed() == {1})
        base = f"http://127.0.0.1:{port.port}"
        with urlopen(f"{base}/readyz") as said:
            assert said.status == 200
        with urlopen(f"{base}/metrics") as said:
            text = said.read().decode()
        assert 'vigil_ingest_messages_total{outcome="committed"} 1.0' in text
        assert "box-1" not in text
        port.stop()


def test_the_demo_broker_gets_a_plain_subscription() -> None:
    port = process.free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "vigil.machine.embedded.amqtt_server", str(port)]
    )
    try:
        until(lambda: process.answers(port))
        box = Box("127.0.0.1", port, MQTTProtocolVersion.MQTTv311)
        with worker(TellingSink(), ("127.0.0.1", port), "demo", mqtt5=False):
            for seq in range(20):
                box.send(seq)
            until(lambda: box.closed() == set(range(20)))
        box.client.disconnect()
        box.client.loop_stop()
    finally:
        server.terminate()
        server.wait(10)
