"""From the outbox to the broker, and receipts back. A batch is let go on a receipt only.

    away --jitter--> connecting --SUBACK--> [asking the time] --> sending
      ^                  |                                           |
      '------------------'------------- line cut --------------------'

One thread of ours does all the work; paho's thread only puts down what happened. A PUBACK says no
more than that the broker has it; "no subscriber" (0x10) and every code from 0x80 on mean keep, and
pause. A boot that was never on the calendar sends nothing monotonic before a time reply.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from firmware_contracts import codec
from firmware_contracts.backoff import Backoff
from firmware_contracts.clock import Hello, TimeReply
from firmware_contracts.errors import ContractError
from firmware_contracts.receipts import Receipt
from firmware_contracts.telemetry import Anchor
from gateway.errors import GatewayError
from gateway.link import Link
from gateway.outbox import Key, Kind, Outbox, Queued

LEAVES = {Kind.ALARM: "event", Kind.TELEMETRY: "telemetry"}
NO_SUBSCRIBER = 0x10
FAILED = 0x80
ASK_AGAIN_MS = 10_000
ASK_EVERY_MS = 3_600_000
DRIFT = 100e-6
"""Of a crystal in a car, cold to hot: 100 ppm, 0.36 s an hour."""
PAUSE_S, PAUSE_MOST_S = 0.5, 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """This boot's name and its clock. `hello` fills the rest of a birth (versions, profile).

    `needs_time`: batches of this boot count monotonic ms, and the calendar is not known.
    """

    id: bytes
    needs_time: bool = False
    mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000
    hello: Callable[[], Hello] | None = None


class Uplink:
    """Start it with `start`, end it with `stop`; thread-safe. `counts` are its meters.

    counts: connects, cuts, sent, resent, acknowledged, no_subscriber, refused_by_broker, receipts,
    closed, refused, moved, reoffered, unsendable, unreadable, times.
    """

    def __init__(
        self,
        outbox: Outbox,
        link: Link,
        boot: Boot,
        *,
        on_receipt: Callable[[Receipt], None] | None = None,
    ) -> None:
        self.outbox, self.link, self.boot = outbox, link, boot
        self.counts: Counter[str] = Counter()
        self.anchor: Anchor | None = outbox.anchor(boot.id)
        self._anchored_ms = 0
        self._on_receipt = on_receipt
        self._changed = threading.Condition()
        self._stopping = self._news = False
        self._thread: threading.Thread | None = None
        self._cut()

    def _cut(self) -> None:
        """Forget everything that belonged to one connection."""
        self._client: Client | None = None
        self._connected = self._subscribed = self._lost = False
        self._inbox: deque[bytes] = deque()
        self._pubacks: deque[tuple[int, int]] = deque()
        self._flying: dict[int, Key] = {}
        self._asked_ms: int | None = None
        self._pause_until_ms = 0
        self._pauses = Backoff(first_s=PAUSE_S, most_s=PAUSE_MOST_S)

    # -- the outside ------------------------------------------------------------------------

    def start(self) -> Uplink:
        """Begin to connect and send, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)
        self._thread.start()
        return self

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._note()

    def wait_empty(self, timeout: float | None = None) -> bool:
        """Wait until every batch has its receipt; False when `timeout` seconds passed first."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._stopping or self.outbox.pending == 0, timeout
            ) and (self.outbox.pending == 0)

    def stop(self, timeout: float = 5.0) -> None:
        """Say goodbye where connected, and end. What has no receipt stays in the outbox."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    @property
    def connected(self) -> bool:
        """True while receipts can come in."""
        return self._subscribed and not self._lost

    # -- the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                failures = 0 if self._serve() else failures + 1
            except Exception:  # the line's thread must outlive every surprise, and say it
                failures += 1
                log.exception("uplink: connection ended by an unexpected error")
            if not self._stopping:
                self._rest(failures)

    def _rest(self, failures: int) -> None:
        """Full jitter: anything between nothing and the doubled bound."""
        link = self.link
        backoff = Backoff(first_s=link.back_off_s, most_s=link.back_off_most_s)
        bound = backoff.pause_s(failures)
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, random.uniform(0, bound))

    def _serve(self) -> bool:
        """One connection from start to end; False where it never got through."""
        client = self._client = self.link.client(self._will())
        self._wire(client)
        try:
            self.link.open(client)
        except (OSError, ValueError) as failed:
            log.info("uplink: %s:%s: %s", self.link.host, self.link.port, failed)
            self._cut()
            return False
        client.loop_start()
        try:
            through = self._await(lambda: self._subscribed, self.link.connect_s)
            if through:
                self._pump(client)
            return through
        finally:
            self._end(client)

    def _end(self, client: Client) -> None:
        if self._stopping and self.connected:
            self._say_goodbye(client)
        client.disconnect()
        client.loop_stop()
        self._settle_all()
        self.outbox.postpone(list(self._flying.values()), 0)
        self.counts["cuts"] += 1
        self._cut()

    def _await(self, done: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: done() or self._lost or self._stopping, seconds)
        return done()

    def _pump(self, client: Client) -> None:
        self.counts["connects"] += 1
        self._ask_time(client)
        while not self._stopping and not self._lost:
            try:
                self._settle_all()
                self._send_due(client)
            except GatewayError as failed:
                log.error("uplink: %s", failed)
                self._pause()
            self._ask_time(client)
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._stopping, self._nap_s())
                self._news = False

    def _nap_s(self) -> float:
        """Long enough to cost nothing, short enough for resends and pauses."""
        wait = self._pause_until_ms - self._now_ms()
        return min(0.2, wait / 1000) if wait > 0 else 0.2

    def _now_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    # -- sending ----------------------------------------------------------------------------

    def _send_due(self, client: Client) -> None:
        now = self._now_ms()
        if now < self._pause_until_ms or not self._may_send():
            return
        for batch in self.outbox.due(now, self.link.in_flight):
            self._send(client, batch)

    def _may_send(self) -> bool:
        return not self.boot.needs_time or self.anchor is not None

    def _send(self, client: Client, batch: Queued) -> None:
        try:
            payload = codec.seal(batch.body, self._anchor_of(batch), backfill=batch.late)
        except ContractError as wrong:
            log.error("uplink: batch %s cannot be sent and is declared lost: %s", batch.seq, wrong)
            self.counts["unsendable"] += 1
            self.outbox.drop(batch.key)
            return
        # never under self._changed: paho's thread takes it while it holds what publish needs
        info = client.publish(self.link.topic(LEAVES[batch.kind]), payload, qos=1)
        self._flying[info.mid] = batch.key
        if info.rc != MQTT_ERR_SUCCESS:
            self.outbox.postpone([batch.key], 0)
            self._lost = True
            return
        self.counts["resent" if batch.tries > 1 else "sent"] += 1

    def _anchor_of(self, batch: Queued) -> Anchor | None:
        boot = codec.boot_of(batch.body)
        return self.anchor if boot == self.boot.id else self.outbox.anchor(boot)

    def _pause(self) -> None:
        bound = self._pauses.next_s()
        self._pause_until_ms = self._now_ms() + int(1000 * random.uniform(bound / 2, bound))

    # -- what came back ---------------------------------------------------------------------

    def _settle_all(self) -> None:
        while self._pubacks:
            self._acknowledged(*self._pubacks.popleft())
        while self._inbox:
            self._take(self._inbox.popleft())

    def _acknowledged(self, mid: int, code: int) -> None:
        key = self._flying.pop(mid, None)
        if code != NO_SUBSCRIBER and code < FAILED:
            self.counts["acknowledged"] += 1
            self._pauses.reset()
            return
        self.counts["no_subscriber" if code == NO_SUBSCRIBER else "refused_by_broker"] += 1
        if key is not None:
            if self._now_ms() >= self._pause_until_ms:
                self._pause()
            self.outbox.postpone([key], self._pause_until_ms)

    def _take(self, data: bytes) -> None:
        try:
            message = codec.decode_down(data)
        except ContractError as wrong:
            self.counts["unreadable"] += 1
            log.warning("uplink: message on the receipt topic: %s", wrong)
            return
        if isinstance(message, TimeReply):
            self._learn_time(message)
        else:
            self._settle(message)

    def _settle(self, receipt: Receipt) -> None:
        done = self.outbox.settle(receipt)
        self.outbox.hasten()
        self.counts.update(
            receipts=1,
            closed=done.closed,
            refused=done.refused,
            moved=done.moved,
            reoffered=done.reoffered,
        )
        if self._on_receipt is not None:
            self._on_receipt(receipt)
        self.wake()

    # -- time -------------------------------------------------------------------------------

    def _ask_time(self, client: Client) -> None:
        """Birth, once per connection and every hour for the clock's sake; every 10 s while the
        time is needed and unknown."""
        now = self._now_ms()
        if self.boot.hello is None and not self.boot.needs_time:
            return
        again = ASK_EVERY_MS if self._may_send() else ASK_AGAIN_MS
        if self._asked_ms is not None and now < self._asked_ms + again:
            return
        self._asked_ms = now
        client.publish(self.link.topic("status"), codec.encode_hello(self._hello()), qos=1)

    def _hello(self) -> Hello:
        filled = self.boot.hello() if self.boot.hello else Hello(boot=self.boot.id, mono_ms=0)
        return replace(
            filled,
            boot=self.boot.id,
            mono_ms=self.boot.mono_ms(),
            streams=dict(self.outbox.streams()),
            evicted=self.outbox.evicted,
        )

    def _learn_time(self, reply: TimeReply) -> None:
        """Take a better anchor; an old one grows worse by the drift of a cheap crystal."""
        if reply.boot != self.boot.id:
            return
        now = self.boot.mono_ms()
        anchor = reply.anchor(now)
        self.counts["times"] += 1
        if self.anchor is not None:
            drift_ms = (now - self._anchored_ms) * DRIFT
            if anchor.quality_ms > self.anchor.quality_ms + drift_ms:
                return
        self.outbox.remember_anchor(anchor)
        self.anchor, self._anchored_ms = anchor, now

    def _will(self) -> bytes | None:
        if self.boot.hello is None:
            return None
        return codec.encode_hello(replace(self._hello(), alive=False))

    def _say_goodbye(self, client: Client) -> None:
        will = self._will()
        if will is not None:
            client.publish(self.link.topic("status"), will, qos=1).wait_for_publish(2)

    # -- paho's thread: puts down what happened, and nothing else ---------------------------

    def _wire(self, client: Client) -> None:
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.suppress_exceptions = True

    def _on_connect(
        self, client: Client, _u: Any, _f: Any, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("uplink: the broker refuses us: %s", code)
            self._note(lost=True)
        else:
            client.subscribe(self.link.topic("receipt"), qos=0)

    def _on_subscribe(self, _c: Client, _u: Any, _m: int, codes: list[ReasonCode], _p: Any) -> None:
        refused = any(code.is_failure for code in codes)
        if refused:
            log.warning("uplink: the broker refuses our receipt topic: %s", codes)
        self._note(lost=refused, subscribed=not refused)

    def _on_message(self, _c: Client, _u: Any, message: MQTTMessage) -> None:
        self._inbox.append(bytes(message.payload))
        self._note()

    def _on_publish(self, _c: Client, _u: Any, mid: int, code: ReasonCode, _p: Any) -> None:
        self._pubacks.append((mid, code.value))
        self._note()

    def _on_disconnect(self, _c: Client, _u: Any, _f: Any, _code: ReasonCode, _p: Any) -> None:
        self._note(lost=True)

    def _note(self, *, lost: bool = False, subscribed: bool = False) -> None:
        with self._changed:
            self._lost = self._lost or lost
            self._subscribed = self._subscribed or subscribed
            self._news = True
            self._changed.notify_all()
