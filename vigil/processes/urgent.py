"""The urgent process: takes events nobody has judged, and commits what they mean with them.

    ingest commits event (handled_at null) + NOTIFY --> take (SKIP LOCKED) --> domain.urgent
        --> models.alerting --> alert, rescue case and handled_at in one transaction

LISTEN wakes it, a poll every second is the truth. Any number of these processes may run.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from domain.alerts import Alert, AlertChange
from domain.errors import Retry
from domain.policy import NOTIFY_FOR
from domain.ports import UrgentQueue
from domain.urgent import judge as red_table
from firmware_contracts.backoff import Backoff
from firmware_contracts.telemetry import Origin
from models.alerting import on_event
from store.db.pool import Pool
from store.results.urgent import UrgentEvents
from store.results.urgent_event import UrgentEvent
from vigil.processes.signals import until_ended
from vigil.settings import Settings

log = logging.getLogger(__name__)

POLL_S = 1.0
TOGETHER = 20
"""Events judged in one transaction: few, so that the first is not held up by the last."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""Between looks while the database is away."""


def judge(
    urgent: UrgentEvent,
    open_alerts: Sequence[Alert],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Sequence[AlertChange]:
    """What one event changes in its vehicle's alert book.

    Imported events are history: their alert is open like any other and only notification is
    withheld, unless they are younger than a day.
    """
    meaning = red_table(urgent.event)
    if meaning is None:
        return []
    happened = datetime.fromtimestamp(urgent.event.t_ms / 1000, UTC)
    old = urgent.received_at - happened > NOTIFY_FOR
    return on_event(
        urgent.event,
        meaning,
        open_alerts,
        vehicle_id=urgent.vehicle_id,
        now=now(),
        historical=urgent.origin is Origin.IMPORT and old,
    )


def work(queue: UrgentQueue, stop: threading.Event) -> None:
    """Judge events until told to stop; trouble with the database passes."""
    backoff = Backoff(first_s=FIRST_PAUSE_S, most_s=LONGEST_PAUSE_S)
    while not stop.is_set():
        try:
            while queue.take(TOGETHER) and not stop.is_set():
                backoff.reset()
            queue.wait(POLL_S)
        except Retry as trouble:
            log.warning("urgent events wait for the database: %s", trouble)
            stop.wait(backoff.next_s())


def run(settings: Settings) -> None:
    """The process, until SIGTERM."""
    with Pool.open(settings.database.url_for("worker"), name="vigil-urgent") as pool:
        queue = UrgentEvents(pool, judge)
        stop = threading.Event()
        thread = threading.Thread(target=work, args=(queue, stop), name="urgent", daemon=True)
        thread.start()
        until_ended(stop.set)
        thread.join(timeout=2 * POLL_S)
