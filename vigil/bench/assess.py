"""How long an assessment run takes: a fleet's rows in a real database, every family of models.

    cold    from the first row on, as after a new version of the models: a sample of the fleet
    daily   every car goes on from its checkpoint, with one new day of rows

Measured is what a worker does: open, read days, judge, alerts, save. Workers are running already;
the database's CPU is that of their own backends, where these are on this machine, without what
the server writes and cleans in the background.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing import get_context

import psutil

from store.db.pool import Pool
from vigil.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run over some cars. CPU in seconds: of the workers, and of their backends in the database
    (None where they are not ours to see); `rss_mb` is the sum of the workers' peaks."""

    vehicles: int
    seconds: float
    worker_cpu_s: float
    database_cpu_s: float | None
    rss_mb: float

    @property
    def extrapolated_minutes(self) -> float:
        """For 100,000 vehicles."""
        return self.seconds / self.vehicles * 100_000 / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one worker did; times are of the machine's monotonic clock."""

    began: float
    ended: float
    cpu_s: float
    backend_cpu_s: float | None
    rss_mb: float


def assess(settings: Settings, ids: Sequence[int], now: datetime, jobs: int) -> Measured:
    """Assess these vehicles over `jobs` processes, from what is stored up to `now`."""
    url = settings.database.url_for("worker")
    parts = [list(ids[first::jobs]) for first in range(min(jobs, len(ids)))]
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        done = list(pool.map(partial(_assess_part, url, now), parts))
    backends = [p.backend_cpu_s for p in done if p.backend_cpu_s is not None]
    return Measured(
        vehicles=len(ids),
        seconds=max(p.ended for p in done) - min(p.began for p in done),
        worker_cpu_s=sum(p.cpu_s for p in done),
        database_cpu_s=sum(backends) if len(backends) == len(done) else None,
        rss_mb=sum(p.rss_mb for p in done),
    )


def _assess_part(url: str, now: datetime, ids: Sequence[int]) -> _Part:
    """One worker over its share."""
    from models.assessment import assess_vehicle
    from store.history.windows import Windows
    from store.results.alerts import Alerts
    from store.results.assessments import Assessments

    with Pool.open(url, name="bench-assess", max_size=1) as pool:
        windows, book, alerts = Windows(pool), Assessments(pool), Alerts(pool)
        backend = _backend(pool)
        began, cpu_s, backend_s = time.monotonic(), time.process_time(), _cpu_s(backend)
        for vehicle_id in ids:
            assess_vehicle(windows, book, alerts, vehicle_id, now)
        ended, cpu_s = time.monotonic(), time.process_time() - cpu_s
        used = None if backend_s is None else (_cpu_s(backend) or backend_s) - backend_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return _Part(began=began, ended=ended, cpu_s=cpu_s, backend_cpu_s=used, rss_mb=peak)


def _backend(pool: Pool) -> psutil.Process | None:
    """The process that serves the pool's one connection; None where it runs elsewhere."""
    with pool.transaction() as line, suppress(psutil.Error):
        process = psutil.Process(line.info.backend_pid)
        return process if "postgres" in process.name() else None
    return None


def _cpu_s(process: psutil.Process | None) -> float | None:
    if process is None:
        return None
    used = process.cpu_times()
    return float(used.user + used.system)


def report(
    daily: Measured, cold: Measured, *, rows: float, new_rows: float, kb: float, jobs: int
) -> dict[str, object]:
    """The keys that others read, and what they rest on."""
    return {
        "vehicles": daily.vehicles,
        "seconds": round(daily.seconds, 2),
        "extrapolated_100k_minutes": round(daily.extrapolated_minutes, 2),
        "rss_mb": round(daily.rss_mb, 1),
        "cpu_s": round(daily.worker_cpu_s, 2),
        "database_cpu_s": _rounded(daily.database_cpu_s),
        "checkpoint_kb": round(kb, 1),
        "rows_per_vehicle": round(rows, 1),
        "new_rows_per_vehicle": round(new_rows, 1),
        "cold_vehicles": cold.vehicles,
        "cold_seconds": round(cold.seconds, 2),
        "cold_extrapolated_100k_minutes": round(cold.extrapolated_minutes, 2),
        "cold_cpu_s": round(cold.worker_cpu_s, 2),
        "cold_database_cpu_s": _rounded(cold.database_cpu_s),
        "jobs": jobs,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
