"""A short memory of devices, so that not every message asks the database who sent it.

A revocation is seen after `ttl_s`. A device that is unknown, or that has rows outside every
binding it is remembered with, is asked for again at once: a new binding never waits for the TTL.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from domain.identity import Device
from domain.ports import Directory


class CachedDirectory:
    """A `Directory` in front of another one; safe for several threads."""

    def __init__(
        self,
        source: Directory,
        *,
        ttl_s: float = 5.0,
        capacity: int = 100_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._ttl_s = ttl_s
        self._capacity = capacity
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, Device]] = OrderedDict()
        self._lock = threading.Lock()

    def device(self, tenant: str, name: str) -> Device | None:
        """The device as remembered for at most `ttl_s`, else as the store has it now."""
        with self._lock:
            found = self._known.get((tenant, name))
        if found is not None and self._clock() - found[0] < self._ttl_s:
            return found[1]
        return self.refresh(tenant, name)

    def refresh(self, tenant: str, name: str) -> Device | None:
        """The device as the store has it now."""
        device = self._source.device(tenant, name)
        with self._lock:
            self._known.pop((tenant, name), None)
            if device is not None:
                self._known[tenant, name] = (self._clock(), device)
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return device
