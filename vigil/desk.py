"""The service that turns alerts into offers and messages: a look every few seconds.

The book is the truth: what a look missed, the next one finds; two desks do not offer twice.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from domain.errors import Retry
from vigil.settings import Settings

LOOK_S = 2.0
logger = logging.getLogger(__name__)


def work(settings: Settings, stop: threading.Event) -> None:
    """Make offers until `stop`; a database that is away is waited for."""
    from api.offers.making import make_offers
    from store.pool import Pool

    with Pool.open(settings.database.url_for("worker"), name="vigil-offers") as pool:
        while not stop.wait(LOOK_S):
            try:
                made = make_offers(pool, datetime.now(UTC))
            except Retry as problem:
                logger.warning("offers wait: %s", problem)
                continue
            logger.debug("offers: %s", made)
