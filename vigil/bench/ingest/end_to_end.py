"""From sockets to the commit: workers, database and broker with all production work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from store.db.pool import Pool
from store.sink.bench_tables import written
from vigil.bench.ingest.cpu import Parts
from vigil.bench.ingest.load import Load
from vigil.bench.ingest.workers import working
from vigil.settings import Settings

WARM_ROUNDS = 3
"""Messages of each car before the clock starts: spans, caches and plans are made once."""
HALF = 0.5
"""Of the full speed: the load at which a service is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured run. `again_s` values per second of the same messages sent once more, None
    where that was not asked."""

    values_s: float
    messages_s: float
    cpu_us: Mapping[str, float | None]
    wal_bytes: float
    disk_bytes: float
    payload_bytes: float
    again_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every run needs: `pool` reads (vigil_worker), `folder` keeps the workers' logs."""

    settings: Settings
    pool: Pool
    parts: Parts
    folder: Path

    def run(self, load: Load, workers: int, rounds: int, *, again: bool = False) -> Run:
        """`rounds` messages of every car through so many fresh workers."""
        with working(self.settings, workers, self.folder) as processes:
            load.prepare(WARM_ROUNDS)
            load.send()
            prepared = load.prepare(rounds)
            wal, disk = written(self.pool)
            before = self.parts.used(processes)
            sent = load.send()
            after = self.parts.used(processes)
            wal_after, disk_after = written(self.pool)
            values = prepared.values
            return Run(
                values_s=values / sent.seconds,
                messages_s=prepared.messages / sent.seconds,
                cpu_us=after.per_value_since(before, values),
                wal_bytes=(wal_after - wal) / values,
                disk_bytes=(disk_after - disk) / values,
                payload_bytes=prepared.payload_bytes,
                again_s=values / load.send().seconds if again else None,
            )

    def latency_ms(self, load: Load, workers: int, rounds: int, full_s: float) -> dict[str, float]:
        """From sending to the receipt, which follows the commit, at half of `full_s` messages/s."""
        with working(self.settings, workers, self.folder):
            load.prepare(WARM_ROUNDS)
            load.send()
            load.prepare(rounds)
            found = load.send(rate_s=HALF * full_s).receipt_ms
        p50, p99 = np.percentile(found, [50, 99])
        return {"p50": round(float(p50), 1), "p99": round(float(p99), 1)}
