"""The worker: jobs on PostgreSQL. Any number may run, on any number of machines.

    dispatch   every half second: vehicles whose data moved on -> job `assess`
    assess     models.assessment for one vehicle, what it changes in the alert book
    rank       where cars stand among their like (vigil.processes.ranking)
    report     battery reports that people asked for (vigil.report.report_jobs)
    forget     retention, daily
    rescue     removes the jobs of a worker that died

A vehicle seen for the first time is assessed when its data stand still; after that once a minute
while it goes on reporting, less often where all of them together would take more than a quarter
of a core. Who needs the answer now (a replay) asks for it. What is due is asked of the store, so
a lost job is made again.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import psycopg
from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

from domain.errors import Retry
from models.assessment import assess_vehicle
from store.db.pool import Pool
from store.history.windows import Windows
from store.results.alerts import Alerts
from store.results.assessments import Assessments
from store.results.jobs import ASSESS, SEARCH_PATH, alone
from vigil.processes import ranking, retention
from vigil.report import report_jobs
from vigil.settings import Settings

log = logging.getLogger(__name__)

LOOK_S = 0.5
PAUSE_S = 60.0
SHARE = 0.25
"""Look often; assess a car at most each minute, and spend at most a quarter of the time on
looking."""
MANY = 1_000
"""Vehicles of one look."""
CONCURRENCY = 2
"""Jobs at once: models use a core each."""
KEEP_FAILED_H = 72
"""Failed jobs stay three days for whoever looks."""
PASSING = (Retry, psycopg.OperationalError, PoolTimeout, exceptions.ConnectorException, OSError)


class Costs:
    """How long the last assessment of each vehicle took: sets the pace of all."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._total = 0.0
        self._lock = threading.Lock()

    def note(self, vehicle: int, seconds: float) -> None:
        """One assessment of a vehicle took this long."""
        with self._lock:
            self._total += seconds - self._seconds.get(vehicle, 0.0)
            self._seconds[vehicle] = seconds

    def pause_s(self) -> float:
        """At least this long between two assessments of a vehicle."""
        return max(PAUSE_S, self._total / SHARE)


class Pace:
    """Which due vehicles to assess now.

    A vehicle that cannot be assessed is tried again after the same pause as any other, so that it
    does not keep the workers busy.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, costs: Costs | None = None
    ) -> None:
        self._clock = clock
        self._costs = costs or Costs()
        self._seen: dict[int, int] = {}
        self._asked: dict[int, float] = {}

    def ready(self, versions: Mapping[int, int]) -> list[int]:
        """`versions` are the due vehicles and the state of their data."""
        now, pause_s = self._clock(), self._costs.pause_s()
        found = [v for v, version in versions.items() if self._due(v, version, now - pause_s)]
        self._seen = dict(versions)
        self._asked |= dict.fromkeys(found, now)
        return found

    def _due(self, vehicle: int, version: int, long_ago: float) -> bool:
        if vehicle in self._asked:
            return self._asked[vehicle] <= long_ago
        return self._seen.get(vehicle) == version


def make_app(url: str, pool: Pool, costs: Costs) -> App:
    """The jobs of this product on the database of `url`."""
    connector = PsycopgConnector(conninfo=url, kwargs={"options": SEARCH_PATH}, max_size=6)
    app = App(connector=connector)

    @app.task(name=ASSESS)
    def assess(vehicle_id: int) -> None:
        with alone(pool, vehicle_id):
            began = time.thread_time()
            assess_vehicle(
                Windows(pool), Assessments(pool), Alerts(pool), vehicle_id, datetime.now(UTC)
            )
            costs.note(vehicle_id, time.thread_time() - began)

    @app.periodic(cron="17 3 * * *")
    @app.task(name="forget", queueing_lock="forget")
    def forget(timestamp: int) -> None:
        dropped = {table: n for table, n in retention.forget(pool, datetime.now(UTC)).items() if n}
        log.info("retention dropped %s", dropped or "nothing")

    @app.periodic(cron="* * * * *")
    @app.task(name="rescue", queueing_lock="rescue")
    async def rescue(timestamp: int) -> None:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=60):
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        await app.job_manager.delete_old_jobs(nb_hours=KEEP_FAILED_H, include_failed=True)

    return app


async def dispatch(app: App, book: Assessments, costs: Costs) -> None:
    """Make a job for every vehicle that is due, at the pace; until cancelled."""
    pace = Pace(costs=costs)
    while True:
        versions = await asyncio.to_thread(book.versions, MANY)
        for vehicle in pace.ready(versions):
            job = app.configure_task(ASSESS, queueing_lock=f"{ASSESS}-{vehicle}")
            try:
                await job.defer_async(vehicle_id=vehicle)
            except exceptions.AlreadyEnqueued:
                continue
        await asyncio.sleep(LOOK_S)


async def serve(url: str, pool: Pool, rooms: Sequence[report_jobs.Room]) -> None:
    """Work until SIGTERM; trouble with the database passes."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    while not ended.is_set():
        try:
            await _until(ended, url, pool, rooms)
        except* PASSING as trouble:
            log.warning("jobs wait for the database: %s", trouble.exceptions[0])
            await asyncio.sleep(1)


async def _until(
    ended: asyncio.Event, url: str, pool: Pool, rooms: Sequence[report_jobs.Room]
) -> None:
    costs = Costs()
    app = make_app(url, pool, costs)
    others = [job for room in rooms for job in room(app, pool)]
    async with app.open_async(), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(dispatch(app, Assessments(pool), costs)),
            group.create_task(_jobs(app)),
            *(group.create_task(job) for job in others),
        ]
        stopper = group.create_task(ended.wait())
        await stopper
        for task in tasks:
            task.cancel()


async def _jobs(app: App) -> None:
    await app.run_worker_async(
        concurrency=CONCURRENCY,
        install_signal_handlers=False,
        delete_jobs="successful",
        fetch_job_polling_interval=1.0,
        shutdown_graceful_timeout=10.0,
    )


def run(settings: Settings) -> None:
    """The process, until SIGTERM."""
    url = settings.database.url_for("worker")
    with Pool.open(url, name="vigil-worker", max_size=4) as pool:
        asyncio.run(serve(url, pool, (ranking.room, report_jobs.room(settings))))
