"""A demo car now: lives in real time and reports a message every few seconds.

Its gateway is the product's own outbox and uplink. What was driven is kept every minute, so that
after a restart the odometer never runs backwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from firmware_contracts import codec
from firmware_contracts.telemetry import Gap, Int64, Origin, TelemetryBatch
from gateway.link import Link
from gateway.outbox import Kind, Outbox
from gateway.uplink import Boot, Uplink
from simulators.calendar import busy, calendar
from simulators.car import Car, CarPlan
from simulators.history import ROWS_PER_BATCH, Stream, excerpt, history
from simulators.stretch import Stretch
from vigil.demo.book import Book, Entry

UNSEALED = Stream(stream=bytes(16), boot=bytes(16))
"""Stands in until the outbox gives stream and sequence."""


class DemoCar:
    """One car and its gateway. `tick` sends what was lived since the last one."""

    def __init__(self, plan: CarPlan, entry: Entry, book: Book, link: Link, folder: Path) -> None:
        self.plan, self.entry = plan, entry
        folder.mkdir(parents=True, exist_ok=True)
        self.outbox = Outbox(folder / f"{entry.device}.outbox")
        self.uplink = Uplink(self.outbox, link, Boot(id=secrets.token_bytes(16)))
        self.car = Car(plan, book.start_ms)
        self._life: Iterator[Stretch] = iter(())
        self._stretch: Stretch | None = None
        self._told = 0

    def grow(self, book: Book) -> None:
        """Live the history again; the first time it also goes into the outbox."""
        if self.entry.imported:
            for _ in calendar(self.car, book.until_ms):
                pass
        else:
            for batch in history(self.car, book.until_ms, UNSEALED):
                self._keep(batch)
            self.entry.imported = True
        self._restore()

    def begin(self, now_ms: int) -> None:
        """Wake up: from now on the car drives."""
        self.car.now_ms = max(now_ms, self.car.now_ms)
        self._life = busy(self.car)
        self._stretch, self._told = next(self._life), 0
        self.uplink.start()

    def tick(self, now_ms: int) -> None:
        """Report every whole second lived until `now_ms`."""
        while self._stretch is not None:
            stretch = self._stretch
            passed = int((now_ms - stretch.start_ms) / 1000 / stretch.step_s) + 1
            upto = min(max(passed, self._told), stretch.samples)
            ended = upto == stretch.samples
            if upto > self._told:
                self._report(stretch, np.arange(self._told, upto, dtype=np.int64), ended)
                self._told = upto
            if not ended:
                return
            self._stretch, self._told = next(self._life), 0

    def stop(self) -> None:
        """End the gateway; what has no receipt stays in its outbox."""
        self.uplink.stop()
        self.outbox.close()

    def _report(self, stretch: Stretch, at: Int64, ended: bool) -> None:
        for part in np.array_split(at, -(-len(at) // ROWS_PER_BATCH)):
            self._keep(excerpt(stretch, part, UNSEALED, Origin.LIVE, ended=ended))
        self.entry.odometer_m = float(stretch.columns["odometer_m"][at[-1]])
        if self.car.pack is not None and "soc_pct" in stretch.columns:
            self.entry.soc = float(stretch.columns["soc_pct"][at[-1]]) / 100
        self.uplink.wake()

    def _keep(self, batch: TelemetryBatch) -> None:
        def write(stream: bytes, seq: int, gaps: tuple[Gap, ...]) -> bytes:
            boot = self.uplink.boot.id
            return codec.encode(replace(batch, stream=stream, seq=seq, boot=boot, gaps=gaps))

        self.outbox.add(Kind.ALARM if batch.events else Kind.TELEMETRY, write)

    def _restore(self) -> None:
        totals = self.car.totals
        totals.odometer_m = max(totals.odometer_m, self.entry.odometer_m)
