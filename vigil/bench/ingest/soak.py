"""Half load for a long time: does memory stay flat, do commits stay quick, is every row there once.

A slice is half a minute at half of the full speed; between two of them its messages are made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil

from store.db.pool import Pool
from store.sink.bench_tables import stored_of
from vigil.bench.ingest.door import door_of
from vigil.bench.ingest.fleet import enrol
from vigil.bench.ingest.load import Load
from vigil.bench.ingest.measure import start_ms
from vigil.bench.ingest.mixes import ROWS
from vigil.bench.ingest.workers import working
from vigil.settings import Settings

HALF = 0.5
"""Of the full speed: the load at which a service is run."""
SLICE_S = 30.0
"""Long enough for a 99th percentile of thousands of messages."""
WARM_ROUNDS = 30
"""Messages of each car from which the full speed is taken."""


def soak(
    settings: Settings,
    folder: Path,
    *,
    minutes: float,
    vehicles: int,
    tell: Callable[[str], None],
) -> dict[str, object]:
    """`values_s`, `rss_mb`, `commit_ms_p99` (sending to receipt, which follows the commit), `lost`
    and `duplicated` rows: those the table lacks, and those it holds too often."""
    workers = 1 if settings.mqtt.demo_only else 2
    with Pool.open(settings.database.url_for("worker"), name="bench-soak") as pool:
        fleet = enrol(pool, vehicles)
        with (
            working(settings, workers, folder) as processes,
            closing(Load(door_of(settings), fleet.tenant, fleet.names, "gbt", start_ms())) as load,
        ):
            messages = load.prepare(WARM_ROUNDS).messages
            full_s = messages / load.send().seconds
            values, busy_s = 0, 0.0
            p99: list[float] = []
            rss: list[float] = []
            deadline = time.monotonic() + 60 * minutes
            while not p99 or time.monotonic() < deadline:
                prepared = load.prepare(max(int(HALF * full_s * SLICE_S / vehicles), 1))
                sent = load.send(rate_s=HALF * full_s)
                messages, values = messages + prepared.messages, values + prepared.values
                busy_s += sent.seconds
                p99.append(round(float(np.percentile(sent.receipt_ms, 99)), 1))
                rss.append(_rss_mb(processes))
                tell(f"{prepared.messages} messages, p99 {p99[-1]} ms, {rss[-1]} MB")
        found = stored_of(pool, fleet.tenant_id)
    rows = messages * ROWS
    return {
        "values_s": round(values / busy_s),
        "rss_mb": {"start": rss[0], "end": rss[-1]},
        "commit_ms_p99": {"first": p99[0], "last": p99[-1]},
        "lost": max(rows - found.counted, 0),
        "duplicated": max(found.counted - rows, 0),
        "rows": rows,
        "workers": workers,
    }


def _rss_mb(processes: tuple[psutil.Process, ...]) -> float:
    """Of all workers."""
    return round(sum(process.memory_info().rss for process in processes) / 1e6, 1)
