"""Puts batches into an outbox and lets the gateway's own uplink bring them to the broker.

At most `AHEAD` batches wait at once; nothing counts as sent before its receipt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from domain.errors import BrokerUnavailable
from firmware_contracts import codec
from firmware_contracts.telemetry import TelemetryBatch
from gateway.link import Link, Tls
from gateway.outbox import Outbox
from gateway.uplink import Boot, Uplink
from vigil.settings import Mqtt

AHEAD = 96
"""Enough to keep two workers busy, too few to fill a broker."""
ROOM_BYTES = 2 << 30
"""The outbox of a replay: every recording we met fits."""
RESEND_MS, RESEND_MOST_MS = 3_000, 30_000
PATIENCE_S = 300.0
"""Without any receipt for five minutes nobody is there."""

Progress = Callable[[int], None]
"""Told how many batches have a receipt so far."""


def link(mqtt: Mqtt, tenant: str, device: str) -> Link:
    """The line of a device to the broker of these settings."""
    user, word = mqtt.login("device") or (None, None)
    return Link(
        host=mqtt.host,
        port=mqtt.port,
        tenant=tenant,
        device=device,
        mqtt5=not mqtt.demo_only,
        username=user,
        password=word,
        tls=_tls(mqtt),
        back_off_s=0.25,
        back_off_most_s=5.0,
        in_flight=64,
    )


def _tls(mqtt: Mqtt) -> Tls | None:
    if mqtt.ca_file is None:
        return None
    return Tls(ca=mqtt.ca_file, certificate=mqtt.cert_file, key=mqtt.key_file)


class Sender:
    """An outbox with its uplink, for as long as one recording is sent."""

    def __init__(
        self,
        path: Path,
        to: Link,
        boot: bytes,
        *,
        progress: Progress,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._path = path
        self._outbox = Outbox(
            path, max_bytes=ROOM_BYTES, resend_ms=RESEND_MS, resend_most_ms=RESEND_MOST_MS
        )
        self._uplink = Uplink(self._outbox, to, Boot(id=boot))
        self._progress = progress
        self._patience_s = patience_s
        self._put = 0

    def send(self, batches: Iterable[TelemetryBatch], *, speed: float | None = None) -> None:
        """Everything put and receipted. `speed` 60 sends an hour of the recording per minute.

        Raises BrokerUnavailable when no receipt came for `patience_s`; what waits is kept, and
        the next run of the same recording goes on with it.
        """
        self._uplink.start()
        try:
            pace = Pace(speed)
            for batch in batches:
                pace.wait_for(batch)
                self._outbox.put(batch.stream, batch.seq, codec.encode(batch))
                self._put += 1
                self._uplink.wake()
                self._until(AHEAD)
            self._until(0)
        finally:
            self._uplink.stop()
            self._outbox.close()
        self._path.unlink(missing_ok=True)

    def _until(self, most: int) -> None:
        """Until at most `most` batches wait for their receipt."""
        fewest, since = self._outbox.pending, time.monotonic()
        while (pending := self._outbox.pending) > most:
            if pending < fewest:
                fewest, since = pending, time.monotonic()
            if time.monotonic() - since > self._patience_s:
                raise BrokerUnavailable(
                    f"no receipt for {self._patience_s:.0f} s; {pending} batches wait",
                    remedy="look whether broker and ingest run (vigil status), then run it again",
                )
            self._progress(self._put - pending)
            self._uplink.wait_empty(0.05)
        self._progress(self._put - self._outbox.pending)


class Pace:
    """Holds batches back so that the recording's time passes `speed` times as fast as ours."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._begun: tuple[float, int] | None = None

    def wait_for(self, batch: TelemetryBatch) -> None:
        """Return when the batch's last row may be sent."""
        if self._speed is None:
            return
        if self._begun is None:
            self._begun = (time.monotonic(), int(batch.ticks_ms[0]))
        start, first_ms = self._begun
        due = start + (int(batch.ticks_ms[-1]) - first_ms) / 1000 / self._speed
        time.sleep(max(0.0, due - time.monotonic()))
