"""The yardsticks in one process: RAW COPY, ledger + COPY, and the naive consumer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from domain.errors import BrokerUnavailable
from firmware_contracts.durations import DAY_MS
from firmware_contracts.signal import Storage
from firmware_contracts.signals import BY_ID
from firmware_contracts.telemetry import TelemetryBatch
from ingest.broker import broker
from ingest.delivery import Delivery
from ingest.subscriber import Subscriber
from store.sink.bench_tables import BenchTables, copies_of, day_of, laid
from vigil.bench.ingest.devices import Devices, Door
from vigil.bench.ingest.fleet import Fleet
from vigil.bench.ingest.mixes import Mix, accepted, templates, values_in
from vigil.settings import Settings

BATCH_MESSAGES = 200
"""2,000 rows: the knee of batch sizes."""
SECONDS = 2.0
NAIVE_MESSAGES = 10
NAIVE_PATIENCE_S = 120.0
"""Hundreds of commits of each yardstick, and a naive consumer slower than any that was seen."""
_KINDS: Mapping[Storage, Callable[[float], object]] = {
    Storage.REAL: float,
    Storage.DOUBLE: float,
    Storage.INTEGER: int,
    Storage.BOOLEAN: bool,
}


class Yardsticks:
    """One mix's tables and rows, prepared; each measure returns values per second."""

    def __init__(self, tables: BenchTables, mix: Mix, fleet: Fleet, start_ms: int) -> None:
        start_ms -= start_ms % DAY_MS
        pairs = list(zip(fleet.devices, fleet.vehicles, strict=True))
        ids = [pairs[n % len(pairs)] for n in range(BATCH_MESSAGES)]
        self._tables, self._mix, self._fleet = tables, mix, fleet
        self._laid = laid(accepted(mix, ids, fleet.tenant_id, start_ms))
        self._values = sum(values_in(a.batch) for a in self._laid.batches)
        self._copies = copies_of(self._laid.rows)
        self._seq = 0
        self._start = datetime.fromtimestamp(start_ms / 1000, UTC)
        tables.open(mix.columns, day_of(start_ms))

    def raw(self) -> float:
        """Prebuilt bytes, no index."""
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            self._tables.raw(self._copies)
            done += self._values
        return done / (time.perf_counter() - began)

    def with_ledger(self) -> float:
        """Arrays, index, ledger."""
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            self._tables.with_ledger(self._laid, self._seq)
            self._seq += 1
            done += self._values
        return done / (time.perf_counter() - began)

    def naive(self, settings: Settings, door: Door) -> float:
        """JSON from the broker, a row a statement, a commit and an acknowledgement a message."""
        messages = [_as_json(batch, self._start) for batch in templates(self._mix, seed=3)]
        consumer = _NaiveConsumer(self._tables, settings, len(self._fleet.names) * NAIVE_MESSAGES)
        devices = Devices(door, self._fleet.tenant, self._fleet.names)
        try:
            devices.load(
                [
                    (car, n, messages[(car + n) % len(messages)][0])
                    for n in range(NAIVE_MESSAGES)
                    for car in range(len(self._fleet.names))
                ]
            )
            values = sum(messages[n % len(messages)][1] for n in range(consumer.expected))
            return values / consumer.consume(devices)
        finally:
            devices.close()


class _NaiveConsumer:
    """What a team writes first; it stops after `expected` messages."""

    def __init__(self, tables: BenchTables, settings: Settings, expected: int) -> None:
        self.expected = expected
        self._tables, self._seen, self._done = tables, 0, threading.Event()
        files = {name: str(path) for name, path in settings.mqtt.files().items()}
        to = broker(settings.mqtt.url_for("ingest"), **files)
        self._subscriber = Subscriber(to, self._take, group="naive")

    def consume(self, devices: Devices) -> float:
        """Seconds from the first sending to the last commit."""
        self._subscriber.start()
        while not self._subscriber.ready:
            time.sleep(0.01)
        began = time.perf_counter()
        devices.push_all()
        try:
            while not self._done.wait(0.005):
                devices.drain()
                if time.perf_counter() - began > NAIVE_PATIENCE_S:
                    raise BrokerUnavailable(f"the naive consumer took {self._seen} messages")
            return time.perf_counter() - began
        finally:
            self._subscriber.stop()

    def _take(self, delivery: Delivery) -> None:
        if delivery.topic.endswith("/status"):
            return
        message: Mapping[str, Any] = json.loads(delivery.payload)
        columns = message["columns"]
        rows = [
            dict(zip(("ts", "vehicle_id", *columns), row, strict=True)) for row in message["rows"]
        ]
        self._tables.insert(columns, rows)
        self._subscriber.acknowledge([delivery])
        self._seen += 1
        if self._seen == self.expected:
            self._done.set()


def _as_json(batch: TelemetryBatch, start: datetime) -> tuple[bytes, int]:
    """A message as a team would write it: rows of values, null where there is none; and how many
    values it holds (cells are left out: they have no column)."""
    now = start.isoformat()
    signals = batch.real.signals + batch.wide.signals
    table = np.concatenate([batch.real.values, batch.wide.values], axis=1)
    kinds = [_KINDS[BY_ID[signal].storage] for signal in signals]
    rows = [
        [now, 1, *(None if v != v else kind(v) for kind, v in zip(kinds, row, strict=True))]
        for row in table.tolist()
    ]
    body = {"columns": [BY_ID[s].name for s in signals], "rows": rows}
    return json.dumps(body).encode(), int(np.count_nonzero(~np.isnan(table)))
