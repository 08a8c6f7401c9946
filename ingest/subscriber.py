"""The MQTT side of ingest: messages in, acknowledgements and receipts out.

MQTT 5 on a shared subscription, clean start, session expiry 0: a dead member's session would go on
swallowing its share of the messages, and durability is the receipts' business. The broker holds
back what exceeds the receive maximum. A 3.1.1 broker gets a plain subscription: one worker only.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_contracts import topics
from ingest.broker import Broker
from ingest.delivery import Delivery
from ingest.mqtt_client import BufferedClient

log = logging.getLogger(__name__)

GROUP = "ingest"
LEAVES = ("telemetry", "event", "status")
RECEIVE_MAXIMUM = 800
"""Unacknowledged messages: four groups, so that the broker never waits for a commit."""
LARGEST_PACKET = 4 * 1024 * 1024
"""Above the largest payload (1 MiB) with its topic; more is cut off by the broker."""
KEEPALIVE_S = 20
"""A dead line is noticed within 30 s: one and a half times this."""


class Subscriber:
    """Delivers to `receive` on its own network thread; reconnects by itself."""

    def __init__(
        self,
        broker: Broker,
        receive: Callable[[Delivery], None],
        *,
        group: str = GROUP,
        receive_maximum: int = RECEIVE_MAXIMUM,
    ) -> None:
        self._broker = broker
        self._receive = receive
        self._group = group
        self._receive_maximum = receive_maximum
        self._session = 0
        self._ready = False
        self._client = self._new_client()

    @property
    def ready(self) -> bool:
        """Connected and every subscription granted."""
        return self._ready

    def start(self) -> None:
        """Connect in the background and keep trying; `ready` tells when it listens."""
        self._client.connect_async(self._broker.host, self._broker.port, **self._connect_options())
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye; what was not acknowledged stays with its senders."""
        self._ready = False
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """PUBACK in the order of arrival. Packet ids of an earlier connection are void."""
        for delivery in deliveries:
            if delivery.mid and delivery.session == self._session:
                self._client.ack(delivery.mid, 1)

    def answer(
        self, deliveries: Iterable[Delivery], told: Iterable[tuple[topics.Topic, bytes]]
    ) -> None:
        """`acknowledge`, then `publish`, in one write."""
        mids = [d.mid for d in deliveries if d.mid and d.session == self._session]
        self._client.answer(mids, [(str(topic), payload) for topic, payload in told])

    def publish(self, topic: topics.Topic, payload: bytes) -> None:
        """QoS 0, not retained: the sender repeats what it hears nothing about."""
        self._client.publish(str(topic), payload, qos=0, retain=False)

    def _new_client(self) -> BufferedClient:
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=f"ingest-{secrets.token_hex(6)}",
            clean_session=None if self._broker.mqtt5 else True,
            protocol=MQTTProtocolVersion.MQTTv5
            if self._broker.mqtt5
            else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set_context(self._broker.context())
        return client

    def _connect_options(self) -> Mapping[str, Any]:
        if not self._broker.mqtt5:
            return {"keepalive": KEEPALIVE_S}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        properties.ReceiveMaximum = self._receive_maximum
        properties.MaximumPacketSize = LARGEST_PACKET
        return {"keepalive": KEEPALIVE_S, "clean_start": True, "properties": properties}

    def _filters(self) -> list[tuple[str, int]]:
        if self._broker.mqtt5:
            return [(topics.shared(self._group, leaf), 1) for leaf in LEAVES]
        return [(topics.every(leaf), 1) for leaf in LEAVES]

    def _on_connect(self, client: Client, _data: Any, _flags: Any, code: Any, _props: Any) -> None:
        if code.is_failure:
            log.error("broker refused the connection: %s", code)
            return
        self._session += 1
        client.subscribe(self._filters())

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, codes: Any, _p: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.error("broker refused a subscription: %s", ", ".join(refused))
        self._ready = not refused

    def _on_disconnect(self, _c: Client, _data: Any, _flags: Any, code: Any, _props: Any) -> None:
        self._ready = False
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            log.warning("broker connection lost: %s", code)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._receive(
            Delivery(
                topic=message.topic,
                payload=bytes(message.payload),
                received_at=datetime.now(UTC),
                mid=message.mid if message.qos else 0,
                session=self._session,
            )
        )
