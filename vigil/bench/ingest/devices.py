"""Many devices in one process: one MQTT connection each, messages made before the clock starts.

Speaks just the part of MQTT 3.1.1 that a gateway needs (OASIS standard, section 3), so that the
load costs the machine less than what is measured. A message counts as done with its receipt.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.errors import BrokerUnavailable
from firmware_contracts import codec, topics
from firmware_contracts.receipts import Receipt

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
CLEAN, WITH_USER, WITH_WORD = 0x02, 0x80, 0x40
READ_BYTES = 1 << 16
PATIENCE_S = 60.0
"""Without any receipt for so long, the run has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where the broker is, and how devices sign in."""

    host: str
    port: int
    login: tuple[str, str] | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One sending of everything: seconds from the first message to the last receipt."""

    seconds: float
    receipt_ms: tuple[float, ...]


@dataclass(slots=True, kw_only=True)
class Car:
    """One connection; `packets` in order, of which `sent` went and `closed` have a receipt."""

    sock: socket.socket
    packets: list[bytes] = field(default_factory=list)
    first_seq: int = 0
    sent: int = 0
    closed: int = 0
    sent_at: list[float] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    waits: bytes = b""


class Devices:
    """Connects on creation; `load` then `send`, any number of times."""

    def __init__(self, door: Door, tenant: str, names: Sequence[str]) -> None:
        self._selector = selectors.DefaultSelector()
        self._topics = [str(topics.Topic(tenant=tenant, device=n, leaf="telemetry")) for n in names]
        self._cars = [self._connect(door, tenant, name) for name in names]
        self._receipt_ms: list[float] = []
        self._heard_at = 0.0

    def close(self) -> None:
        """Hang up."""
        for car in self._cars:
            car.sock.close()
        self._selector.close()

    def load(self, messages: Sequence[tuple[int, int, bytes]]) -> None:
        """(car, sequence, payload) in order of sequence."""
        for car in self._cars:
            car.packets = []
        for number, seq, payload in messages:
            car = self._cars[number]
            if not car.packets:
                car.first_seq = seq
            mid = len(car.packets) % 65_000 + 1
            car.packets.append(publish(self._topics[number], mid, payload))

    def send(self, *, ahead: int, rate_s: float | None = None) -> Pass:
        """Send what is loaded, at most `ahead` without receipt a car, at `rate_s` messages a second
        in all. BrokerUnavailable when receipts stay away."""
        self._receipt_ms = []
        for car in self._cars:
            car.sent = car.closed = 0
            car.sent_at = []
        total = sum(len(car.packets) for car in self._cars)
        began = self._heard_at = time.perf_counter()
        pace = None if rate_s is None else _Pace(self._cars, began, rate_s)
        for car in self._cars if pace is None else ():
            self._push(car, ahead)
        while len(self._receipt_ms) < total:
            for key, mask in self._selector.select(0.05 if pace is None else pace.pause_s()):
                self._serve(key.data, mask, ahead if pace is None else 0)
            if pace is not None:
                for car in pace.due():
                    self._push(car, len(car.packets), 1)
            if time.perf_counter() - self._heard_at > PATIENCE_S:
                raise BrokerUnavailable(
                    f"{total - len(self._receipt_ms)} of {total} messages have no receipt",
                    remedy="read the log of the ingest workers",
                )
        return Pass(seconds=self._heard_at - began, receipt_ms=tuple(self._receipt_ms))

    def push_all(self) -> None:
        """Send what is loaded and wait for nothing: for a consumer that gives no receipts."""
        for car in self._cars:
            car.sent = car.closed = 0
            self._push(car, len(car.packets))

    def drain(self) -> None:
        """Send what did not fit into the sockets, and hear the broker's acknowledgements."""
        for key, mask in self._selector.select(0):
            self._serve(key.data, mask, 0)

    def _serve(self, car: Car, mask: int, ahead: int) -> None:
        if mask & selectors.EVENT_READ:
            self._hear(car)
        if ahead:
            self._push(car, ahead)
        elif car.waits:
            self._write(car, b"")

    def _push(self, car: Car, ahead: int, most: int = 1 << 30) -> None:
        if car.waits:
            return self._write(car, b"")
        count = min(car.closed + ahead - car.sent, len(car.packets) - car.sent, most)
        if count > 0:
            data = b"".join(car.packets[car.sent : car.sent + count])
            car.sent_at += [time.perf_counter()] * count
            car.sent += count
            self._write(car, data)
        return None

    def _write(self, car: Car, data: bytes) -> None:
        data = car.waits + data
        try:
            done = car.sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            done = 0
        car.waits = data[done:]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if car.waits else 0)
        self._selector.modify(car.sock, wanted, car)

    def _hear(self, car: Car) -> None:
        try:
            data = car.sock.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        if not data:
            raise BrokerUnavailable("the broker closed a connection", remedy="read its log")
        car.heard += data
        for kind, body in packets(car.heard):
            if kind & 0xF0 == PUBLISH:
                self._receipt(car, body)

    def _receipt(self, car: Car, body: bytes) -> None:
        (size,) = struct.unpack_from("!H", body)
        said = codec.decode_down(body[2 + size :])
        if not isinstance(said, Receipt):
            return
        now = self._heard_at = time.perf_counter()
        if said.refused or said.renew:
            raise BrokerUnavailable(f"a message was refused: {said.refused or said.renew}")
        for ranges in said.closed.values():
            for first, last in ranges:
                for seq in range(first, last + 1):
                    self._receipt_ms.append(1000 * (now - car.sent_at[seq - car.first_seq]))
                    car.closed += 1

    def _connect(self, door: Door, tenant: str, name: str) -> Car:
        sock: socket.socket = socket.create_connection((door.host, door.port), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if door.ca_file is not None:
            context = ssl.create_default_context(cafile=door.ca_file)
            sock = context.wrap_socket(sock, server_hostname=door.host)
        sock.sendall(connect(topics.identity(tenant, name), door.login))
        topic = str(topics.Topic(tenant=tenant, device=name, leaf="receipt"))
        sock.sendall(packet(SUBSCRIBE, struct.pack("!H", 1) + text(topic) + b"\0"))
        car = Car(sock=sock)
        kinds: list[int] = []
        while SUBACK not in kinds:
            data = sock.recv(READ_BYTES)
            if not data:
                raise BrokerUnavailable(f"the broker refused device {name}", remedy="read its log")
            car.heard += data
            kinds += [kind for kind, _ in packets(car.heard)]
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, car)
        return car


class _Pace:
    """Which car is due: one message after the other, round and round."""

    def __init__(self, cars: Sequence[Car], began: float, rate_s: float) -> None:
        longest = max(len(car.packets) for car in cars)
        self._order = [c for n in range(longest) for c in cars if n < len(c.packets)]
        self._began, self._rate_s, self._next = began, rate_s, 0

    def pause_s(self) -> float:
        """Until the next one is due."""
        due = self._began + self._next / self._rate_s
        return min(max(due - time.perf_counter(), 0.0), 0.05)

    def due(self) -> list[Car]:
        """Those whose time has come."""
        upto = min(int((time.perf_counter() - self._began) * self._rate_s) + 1, len(self._order))
        found = self._order[self._next : upto]
        self._next = max(self._next, upto)
        return found


def text(value: str) -> bytes:
    """A UTF-8 string with its length."""
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def packet(kind: int, body: bytes) -> bytes:
    """A control packet: first byte, length in groups of seven bits, body."""
    head, left = bytearray([kind]), len(body)
    while True:
        left, low = left >> 7, left & 0x7F
        head.append(low | (0x80 if left else 0))
        if not left:
            return bytes(head) + body


def connect(client: str, login: tuple[str, str] | None) -> bytes:
    """CONNECT with a clean session and no keep-alive."""
    flags = CLEAN | (WITH_USER | WITH_WORD if login else 0)
    words = b"".join(text(word) for word in login or ())
    return packet(CONNECT, text("MQTT") + bytes([4, flags, 0, 0]) + text(client) + words)


def publish(topic: str, mid: int, payload: bytes) -> bytes:
    """PUBLISH with QoS 1."""
    return packet(PUBLISH | 0x02, text(topic) + struct.pack("!H", mid) + payload)


def packets(heard: bytearray) -> list[tuple[int, bytes]]:
    """(first byte, body) of every whole packet, which are taken away."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while len(heard) - at >= 2:
        size, shift, start = 0, 0, at + 1
        while start < len(heard) and heard[start] & 0x80:
            size |= (heard[start] & 0x7F) << shift
            shift, start = shift + 7, start + 1
        if start >= len(heard):
            break
        size |= heard[start] << shift
        end = start + 1 + size
        if end > len(heard):
            break
        found.append((heard[at], bytes(heard[start + 1 : end])))
        at = end
    del heard[:at]
    return found
