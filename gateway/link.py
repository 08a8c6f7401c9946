"""Where the broker is and how to reach it: the settings of an uplink, and one paho client of them.

A new client is made for every connection, so nothing waits in memory: the outbox alone remembers.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_contracts.topics import Topic, identity

WILL_DELAY_S = 45
"""Longer than a reconnect takes, so that a short hole in coverage is no death."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """mTLS: the authority to trust, our certificate and key. Without the last two: server only."""

    ca: Path
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, the broker's name checked."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`mqtt5` False speaks MQTT 3.1.1 (the demo broker): no reasons in PUBACKs, no will delay.

    `back_off_s` and `back_off_most_s` bound the full-jitter pause between connections.
    """

    host: str
    port: int
    tenant: str
    device: str
    mqtt5: bool = True
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None
    keepalive_s: int = 30
    connect_s: float = 10.0
    back_off_s: float = 1.0
    back_off_most_s: float = 120.0
    in_flight: int = 32

    def __post_init__(self) -> None:
        if self.in_flight < 1:
            raise ValueError(f"in_flight {self.in_flight}: at least one batch must be on its way")
        self.topic("telemetry")

    def topic(self, leaf: str) -> str:
        """This device's own topic of a leaf."""
        return str(Topic(tenant=self.tenant, device=self.device, leaf=leaf))

    def client(self, will: bytes | None) -> Client:
        """A paho client that connects once and never by itself; the client id is the identity."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=identity(self.tenant, self.device),
            protocol=MQTTv5 if self.mqtt5 else MQTTv311,
            clean_session=None if self.mqtt5 else True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = self.connect_s
        client.max_inflight_messages_set(2 * self.in_flight)
        if self.username is not None:
            client.username_pw_set(self.username, self.password)
        if self.tls is not None:
            client.tls_set_context(self.tls.context())
        if will is not None:
            client.will_set(self.topic("status"), will, qos=1, properties=self._will_delay())
        return client

    def open(self, client: Client) -> None:
        """Connect with a clean session: what the broker would keep for us, the outbox keeps."""
        if self.mqtt5:
            client.connect(self.host, self.port, self.keepalive_s, clean_start=True)
        else:
            client.connect(self.host, self.port, self.keepalive_s)

    def _will_delay(self) -> Properties | None:
        if not self.mqtt5:
            return None
        properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        properties.WillDelayInterval = WILL_DELAY_S
        return properties
