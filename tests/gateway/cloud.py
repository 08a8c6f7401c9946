"""The other end for gateway tests: reads what devices send through a real broker, keeps a ledger,
and answers as ingest does. It can be told to stay silent, to forget, or to call for a new stream.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from firmware_contracts import codec, topics
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.receipts import Receipt, Refusal
from firmware_contracts.topics import Topic


@dataclass
class Cloud:
    """`ledger` maps (stream, seq) to the digest; `seen` counts every arrival."""

    host: str
    port: int
    epoch: int = 1
    silent: bool = False
    answers_time: bool = True
    utc_ms: int = 1_800_000_000_000
    refuse: str = ""
    mqtt5: bool = True
    ledger: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    sealed: list[codec.Sealed] = field(default_factory=list)
    seen: Counter[tuple[bytes, int]] = field(default_factory=Counter)
    hellos: list[Hello] = field(default_factory=list)
    leaves: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0

    def __enter__(self) -> Cloud:
        self._ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTv5 if self.mqtt5 else MQTTv311
        )
        self._client.on_connect = lambda c, *_: c.subscribe(
            [(topics.every(leaf), 1) for leaf in ("telemetry", "event", "status")]
        )
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._heard
        self._client.connect(self.host, self.port)
        self._client.loop_start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        topic = topics.parse(message.topic)
        self.leaves[topic.leaf] += 1
        if topic.leaf == "status":
            self._greet(topic, codec.decode_hello(bytes(message.payload)))
        else:
            self._store(topic, codec.unseal(bytes(message.payload)))

    def _greet(self, topic: Topic, hello: Hello) -> None:
        self.hellos.append(hello)
        if hello.alive and self.answers_time:
            self.say(topic, TimeReply(boot=hello.boot, mono_ms=hello.mono_ms, utc_ms=self.utc_ms))

    def _store(self, topic: Topic, sealed: codec.Sealed) -> None:
        key = (sealed.batch.stream, sealed.batch.seq)
        self.seen[key] += 1
        self.sealed.append(sealed)
        if self.silent:
            return
        if self.refuse:
            refusal = Refusal(stream=key[0], ranges=((key[1], key[1]),), reason=self.refuse)
            self.say(topic, Receipt(store_epoch=self.epoch, closed={}, refused=(refusal,)))
        elif self.ledger.setdefault(key, sealed.digest) == sealed.digest:
            self.say(topic, Receipt(store_epoch=self.epoch, closed={key[0]: ((key[1], key[1]),)}))
        else:
            self.conflicts += 1
            self.say(topic, Receipt(store_epoch=self.epoch, closed={}, renew=(key[0],)))

    def say(self, topic: Topic, message: Receipt | TimeReply) -> None:
        down = Topic(tenant=topic.tenant, device=topic.device, leaf="receipt")
        self._client.publish(str(down), codec.encode_down(message), qos=0)


def until(done: Callable[..., object], seconds: float = 20.0) -> bool:
    """Poll a condition; False when it stayed untrue."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.01)
    return bool(done())
