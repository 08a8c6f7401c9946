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
"""Between looks: a person waits no longer for an offer."""
logger = logging.getLogger(__name__)


def work(settings: Settings, stop: threading.Event) -> None:
    """Make offers and deliver messages until `stop`; a database that is away is waited for."""
    from care.notify.channels import channels_for
    from care.notify.service import notify
    from care.offers.make_offers import make_offers
    from store.db.pool import Pool

    own = settings.notify
    channels = channels_for(
        webhook_url=own.webhook_url.get_secret_value() if own.webhook_url else None,
        smtp_url=own.smtp_url.get_secret_value() if own.smtp_url else None,
        sender=own.sender,
    )
    with Pool.open(settings.database.url_for("worker"), name="vigil-desk") as pool:
        while not stop.wait(LOOK_S):
            now = datetime.now(UTC)
            try:
                said = notify(pool, channels, now)
                made = make_offers(pool, now)
            except Retry as problem:
                logger.warning("the desk waits: %s", problem)
                continue
            logger.debug("offers: %s, messages: %s", made, said)
