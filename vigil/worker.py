"""The worker: jobs on PostgreSQL. Any number may run, on any number of machines.

    dispatch   every half second: vehicles whose data moved on and are quiet -> job `assess`
    assess     models.assessment for one vehicle, what it changes in the alert book
    forget     retention, daily
    rescue     removes the jobs of a worker that died

A vehicle counts as quiet when nothing came for a moment; one that never is quiet is assessed once a
minute. What is due is asked of the store, so a lost job is made again.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import psycopg
from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

from domain.errors import Retry
from models.assessment import assess_vehicle
from store.alerts import Alerts
from store.assessments import Assessments
from store.jobs import SEARCH_PATH, alone
from store.pool import Pool
from store.windows import Windows
from vigil import retention
from vigil.settings import Settings

log = logging.getLogger(__name__)

LOOK_S = 0.5
RESTLESS_S = 60.0
MANY = 1_000
CONCURRENCY = 2
KEEP_FAILED_H = 72
PASSING = (Retry, psycopg.OperationalError, PoolTimeout, exceptions.ConnectorException, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """State of a vehicle's data at the last look, and what was asked for, when."""

    version: int
    asked: int
    since: float


class Quiet:
    """Which due vehicles to assess now: those whose data stood still since the last look.

    The same state is asked for once, and again only after a minute: a vehicle that cannot be
    assessed does not keep the workers busy.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks: dict[int, _Look] = {}

    def ready(self, versions: Mapping[int, int]) -> list[int]:
        """`versions` are the due vehicles and the state of their data."""
        now = self._clock()
        fresh = _Look(version=-1, asked=-1, since=now)
        before = {vehicle: self._looks.get(vehicle, fresh) for vehicle in versions}
        found = [v for v, look in before.items() if _due(look, versions[v], now)]
        self._looks = {v: replace(look, version=versions[v]) for v, look in before.items()}
        for vehicle in found:
            version = versions[vehicle]
            self._looks[vehicle] = _Look(version=version, asked=version, since=now)
        return found


def _due(look: _Look, version: int, now: float) -> bool:
    waited = now - look.since >= RESTLESS_S
    return waited or (version == look.version and version != look.asked)


def make_app(url: str, pool: Pool) -> App:
    """The jobs of this product on the database of `url`."""
    connector = PsycopgConnector(conninfo=url, kwargs={"options": SEARCH_PATH}, max_size=6)
    app = App(connector=connector)

    @app.task(name="assess", queueing_lock="assess")
    def assess(vehicle_id: int) -> None:
        with alone(pool, vehicle_id):
            assess_vehicle(
                Windows(pool), Assessments(pool), Alerts(pool), vehicle_id, datetime.now(UTC)
            )

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


async def dispatch(app: App, book: Assessments) -> None:
    """Make a job for every vehicle that is due and quiet; until cancelled."""
    quiet = Quiet()
    while True:
        versions = await asyncio.to_thread(book.versions, MANY)
        for vehicle in quiet.ready(versions):
            job = app.configure_task("assess", queueing_lock=f"assess-{vehicle}")
            try:
                await job.defer_async(vehicle_id=vehicle)
            except exceptions.AlreadyEnqueued:
                continue
        await asyncio.sleep(LOOK_S)


async def serve(url: str, pool: Pool) -> None:
    """Work until SIGTERM; trouble with the database passes."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    while not ended.is_set():
        try:
            await _until(ended, url, pool)
        except* PASSING as trouble:
            log.warning("jobs wait for the database: %s", trouble.exceptions[0])
            await asyncio.sleep(1)


async def _until(ended: asyncio.Event, url: str, pool: Pool) -> None:
    app = make_app(url, pool)
    async with app.open_async(), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(dispatch(app, Assessments(pool))),
            group.create_task(_jobs(app)),
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
        asyncio.run(serve(url, pool))
