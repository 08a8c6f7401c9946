"""The report desk of a worker: what people asked for is made, signed, printed and kept.

    ask (api, a row) -> dispatch, every half second -> job `report` -> report + pages, ask ended

The row is the truth: a lost job is made again, an ask that a dead worker had in hand is taken by
another, and a report and the end of its ask are one transaction. Only this process and the command
`vigil report` read the signing key; the service that answers people never does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from procrastinate import App, exceptions

from domain.errors import NotFound, Refused, Retry
from store.db.pool import Pool
from store.people.report_requests import ReportDesk
from store.people.reports import Reports
from vigil.report.issuing import hand_out, printed
from vigil.report.keys import KeyRing
from vigil.settings import Settings

log = logging.getLogger(__name__)

REPORT = "report"
LOOK_S = 0.5
IN_HAND = timedelta(minutes=1)
"""So long a worker may have an ask in hand before another takes it."""
TRIES = 5
FIRST = 10
"""Priority over assessments: a person waits."""
PRINT_AGAIN = timedelta(days=90)
NOT_ASSESSED, FAILED = "not_assessed", "failed"
"""Why an ask ended without a report; pages have words for each."""
Room = Callable[[App, Pool], Sequence[Coroutine[Any, Any, None]]]


def room(settings: Settings) -> Room:
    """The desk for a worker, on the keys of the data folder."""
    keys, address = KeyRing(settings.data_dir / "reports"), settings.api.address
    return partial(_register, keys=keys, address=address)


def _register(
    app: App, pool: Pool, *, keys: KeyRing, address: str
) -> Sequence[Coroutine[Any, Any, None]]:
    @app.task(name=REPORT)
    def report(ask: int) -> None:
        make(pool, keys, ask, datetime.now(UTC), address=address)

    @app.periodic(cron="29 * * * *")
    @app.task(name="print", queueing_lock="print")
    def print_missing(timestamp: int) -> None:
        print_again(pool, datetime.now(UTC))

    return (dispatch(app, pool),)


def make(pool: Pool, keys: KeyRing, ask: int, now: datetime, *, address: str) -> bool:
    """Take one ask and end it; False where there was nothing to take.

    What may pass is left to a later try; what cannot be is told to whoever asked.
    """
    desk = ReportDesk(pool)
    taken = desk.take(ask, now, now - IN_HAND)
    if taken is None:
        return False
    try:
        hand_out(pool, keys.open(now), taken.vehicle_id, now, address=address, ask=ask)
    except NotFound:
        desk.refuse(ask, NOT_ASSESSED, now)
    except Refused as problem:
        log.warning("report asked for in vain: %s; %s", problem, problem.remedy)
        desk.refuse(ask, FAILED, now)
    except Retry:
        raise
    except Exception:
        if taken.tries >= TRIES:
            desk.refuse(ask, FAILED, now)
        raise
    return True


def print_again(pool: Pool, now: datetime) -> int:
    """Print the reports in term that were made where no font was; how many."""
    reports, made = Reports(pool), 0
    for report in reports.unprinted(now - PRINT_AGAIN):
        pages = printed(report)
        if pages is None:
            break
        reports.keep_print(report.report_id, pages)
        made += 1
    return made


async def dispatch(app: App, pool: Pool) -> None:
    """A job for every ask that nobody has in hand; until cancelled."""
    desk = ReportDesk(pool)
    while True:
        waiting = await asyncio.to_thread(desk.waiting, datetime.now(UTC) - IN_HAND)
        for ask in waiting:
            job = app.configure_task(REPORT, queueing_lock=f"{REPORT}-{ask}", priority=FIRST)
            try:
                await job.defer_async(ask=ask)
            except exceptions.AlreadyEnqueued:
                continue
        await asyncio.sleep(LOOK_S)
