"""Groups deliveries: up to 200 messages or 50 ms, whichever comes first; one commit per group.
A message of the alarm class closes its group at once.

The queue is bounded in messages and bytes. When it is full, `offer` waits, the broker's receive
maximum holds the rest back, and the gateways keep what was not receipted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.readings import Committed
from ingest.committer import Committer, Message
from ingest.delivery import Delivery
from ingest.patience import Stopped

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Measured knee: 100-200 messages or 50 ms. Memory is at most twice `queue_bytes`."""

    group: int = 200
    wait_s: float = 0.05
    queue_messages: int = 1_000
    queue_bytes: int = 64 * 1024 * 1024


class Batcher:
    """Its thread (`run`) judges, commits, and then calls `done`; `offer` is for the network's."""

    def __init__(
        self,
        *,
        judge: Callable[[Delivery], Message],
        committer: Committer,
        done: Callable[[Sequence[Delivery], Sequence[Committed]], None],
        limits: Limits | None = None,
    ) -> None:
        self._judge = judge
        self._committer = committer
        self._done = done
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

    def run(self) -> None:
        """Until `stop`: gather, judge, commit, done."""
        while group := self.gather():
            try:
                self._settle(group)
            except Stopped:
                return
            except Exception:  # nothing was acknowledged: the senders repeat the group
                log.exception("a group of %d could not be settled", len(group))

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

    def _settle(self, group: list[Delivery]) -> None:
        committed = self._committer.commit([self._judge(d) for d in group])
        self._done(group, committed)

    def _has_room(self, delivery: Delivery) -> bool:
        if not self._queue:
            return True
        full = len(self._queue) >= self._limits.queue_messages
        return not full and self._bytes + len(delivery.payload) <= self._limits.queue_bytes
