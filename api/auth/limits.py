"""Rate limits of one process: token buckets by key, bounded in number."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from domain.errors import Busy

MOST_KEYS = 20_000


class Buckets:
    """`rate_s` tokens per second up to `burst`; the oldest keys are forgotten first."""

    def __init__(
        self, *, rate_s: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate_s = rate_s
        self._burst = burst
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Use one token; Busy with the time to wait when there is none."""
        with self._lock:
            now = self._clock()
            tokens, seen = self._kept.pop(key, (self._burst, now))
            tokens = min(self._burst, tokens + (now - seen) * self._rate_s)
            enough = tokens >= 1
            self._kept[key] = (tokens - 1 if enough else tokens, now)
            if len(self._kept) > MOST_KEYS:
                self._kept.popitem(last=False)
        if not enough:
            wait_s = (1 - tokens) / self._rate_s
            raise Busy("too many requests", remedy=f"wait {max(wait_s, 1):.0f} s and ask again")
