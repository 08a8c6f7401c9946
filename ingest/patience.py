"""Trying again what passes: the same call, with back-off, until the store answers or we stop."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TypeVar

from domain.errors import Retry, StoreFull, VigilError
from firmware_contracts.backoff import Backoff

log = logging.getLogger(__name__)
T = TypeVar("T")

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
"""Between tries while the store is away: soon at first, then often enough to go on at once."""


class Stopped(Exception):
    """Asked to stop while the store was away: nothing of the group may be acknowledged."""


class Patience:
    """`trouble` hears of every failure, None when the store answers again."""

    def __init__(
        self,
        stop: threading.Event | None = None,
        trouble: Callable[[VigilError | None], None] = lambda _: None,
    ) -> None:
        self._stop = stop or threading.Event()
        self._trouble = trouble

    def call(self, action: Callable[[], T]) -> T:
        """What `action` returns. Raises Stopped, or what is neither Retry nor StoreFull."""
        backoff = Backoff(first_s=FIRST_PAUSE_S, most_s=LONGEST_PAUSE_S)
        while True:
            try:
                result = action()
            except (Retry, StoreFull) as trouble:
                self._trouble(trouble)
                log.warning("the store cannot take this now, trying again: %s", trouble)
            else:
                if backoff.failures:
                    self._trouble(None)
                return result
            if self._stop.wait(backoff.next_s() * random.uniform(0.5, 1.0)):
                raise Stopped
