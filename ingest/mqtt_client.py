"""paho's client with a reader's buffer and answers in one write.

paho asks the socket for a byte of a packet's head at a time, waits in select after every packet,
and wakes its own thread for every packet sent: at 200 messages a group this is most of what a
message costs. Here a read takes all that has come, and PUBACKs and receipts of a group go as one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion

READ_BYTES = 1 << 16
"""Some two hundred messages: a group."""
PACKETS_AT_ONCE = 200
"""Read before the writer has its turn: a group."""
_PUBLISH_QOS_0 = 0x30
"""First byte of a PUBLISH that is sent once (MQTT 5, section 3.3.1)."""


class BufferedSocket:
    """A socket that is read in large pieces; everything else goes to the socket itself."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._ready = memoryview(b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def recv(self, size: int) -> bytes:
        """At most `size` bytes, as socket.recv: b"" at the end, BlockingIOError without any."""
        if not self._ready:
            if size >= READ_BYTES:
                return bytes(self._inner.recv(size))
            self._ready = memoryview(self._inner.recv(READ_BYTES))
        taken, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return taken

    def pending(self) -> int:
        """Bytes that were read already; select does not know of them."""
        inner = self._inner.pending() if hasattr(self._inner, "pending") else 0
        return len(self._ready) + int(inner)


class BufferedClient(Client):
    """`answer` may be called from any thread, like `publish`."""

    def answer(self, acknowledged: Iterable[int], told: Iterable[tuple[str, bytes]]) -> None:
        """PUBACK of these packet ids in order, then messages of QoS 0, in one write.

        Nothing is sent without a connection: its packet ids are void then, and senders repeat.
        """
        properties = b"\0" if self._protocol == MQTTProtocolVersion.MQTTv5 else b""
        parts = [struct.pack("!BBH", MessageType.PUBACK, 2, mid) for mid in acknowledged]
        for topic, payload in told:
            name = topic.encode()
            body = struct.pack("!H", len(name)) + name + properties + payload
            parts.append(bytes([_PUBLISH_QOS_0]) + _length(len(body)) + body)
        if parts and self.socket() is not None:
            self._packet_queue(MessageType.PUBACK, b"".join(parts), 0, 1)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """As paho's, until what was read is handled."""
        code = super().loop_read(max_packets)
        for _ in range(PACKETS_AT_ONCE):
            sock: Any = self.socket()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or sock is None or not sock.pending():
                break
            code = super().loop_read(max_packets)
        return code

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())


def _length(size: int) -> bytes:
    """Remaining length: seven bits a byte, lowest first (MQTT 5, section 1.5.5)."""
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])
