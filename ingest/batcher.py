"""Groups deliveries: up to 200 messages or 50 ms, whichever comes first; one commit per group.
A message of the alarm class closes its group at once. It knows nobody: who reads groups from it
(`ingest.pipeline`) judges, commits and answers.

The queue is bounded in messages and bytes. When it is full, `offer` waits, the broker's receive
maximum holds the rest back, and the gateways keep what was not receipted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from ingest.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Measured knee: 100-200 messages or 50 ms. Memory is at most twice `queue_bytes`."""

    group: int = 200
    wait_s: float = 0.05
    queue_messages: int = 1_000
    queue_bytes: int = 64 * 1024 * 1024


class Batcher:
    """`offer` is for the network's thread, `gather` for the one that commits."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._queue: deque[Delivery] = deque()
        self._bytes = 0
        self._urgent = 0
        self._changed = threading.Condition()
        self._stopping = False

    @property
    def waiting(self) -> int:
        """Deliveries not yet taken into a group."""
        return len(self._queue)

    def offer(self, delivery: Delivery) -> None:
        """Queue one delivery; waits while the queue is full. After `stop` it is dropped: it was
        never acknowledged, so its sender still has it."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._has_room(delivery))
            if self._stopping:
                return
            self._queue.append(delivery)
            self._bytes += len(delivery.payload)
            self._urgent += delivery.urgent
            self._changed.notify_all()

    def stop(self) -> None:
        """Finish the group at hand, drop the rest unacknowledged."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def gather(self) -> list[Delivery]:
        """The next group in order of arrival; empty only after `stop`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._queue)
            deadline = time.monotonic() + self._limits.wait_s
            while not (self._stopping or self._urgent or len(self._queue) >= self._limits.group):
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    break
            return [] if self._stopping else self._take()

    def _take(self) -> list[Delivery]:
        count = min(self._limits.group, len(self._queue))
        group = [self._queue.popleft() for _ in range(count)]
        self._bytes -= sum(len(d.payload) for d in group)
        self._urgent -= sum(d.urgent for d in group)
        self._changed.notify_all()
        return group

    def _has_room(self, delivery: Delivery) -> bool:
        if not self._queue:
            return True
        full = len(self._queue) >= self._limits.queue_messages
        return not full and self._bytes + len(delivery.payload) <= self._limits.queue_bytes
