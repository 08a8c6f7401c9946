"""The gateway's own state as signals of the catalogue: sent like everything else, once a minute."""

from __future__ import annotations

import psutil

from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import Anchor
from gateway.frames import SignalSample
from gateway.outbox import Outbox
from gateway.station.station import LATE_MS, Station

EVERY_MS = 60_000
"""Self-metrics are told each minute."""


class Meters:
    """Reads queue, CPU, memory, frames and the clock of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._next_ms = 0

    def due(
        self, now_ms: int, wall_ms: int, outbox: Outbox, station: Station, anchor: Anchor | None
    ) -> list[SignalSample]:
        """The samples, once in EVERY_MS; an empty list in between."""
        if now_ms < self._next_ms:
            return []
        self._next_ms = now_ms + EVERY_MS
        values = {
            "gateway_queue_batches": outbox.pending,
            "gateway_oldest_s": outbox.oldest_age_ms / 1000,
            "gateway_frames": station.frames,
            "gateway_decode_errors": station.errors,
            "gateway_cpu_pct": self._process.cpu_percent(),
            "gateway_rss_mb": self._process.memory_info().rss / 1e6,
        }
        if anchor is not None:
            values["gateway_clock_offset_ms"] = wall_ms - (now_ms + anchor.offset_ms)
        return [
            SignalSample(signal=BY_NAME[name].id, t_ms=now_ms - LATE_MS, value=float(value))
            for name, value in values.items()
        ]
