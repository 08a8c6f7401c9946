"""Deliveries to answers, forward only: nobody calls back.

Batcher.gather -> Judge.messages_of -> Committer.commit -> Answers.send
 group of deliveries   messages         committed          PUBACK, then receipts
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from domain.readings import Committed
from ingest.batcher import Batcher
from ingest.committer import Committer, Message
from ingest.delivery import Delivery
from ingest.patience import Patience, Stopped

log = logging.getLogger(__name__)


class Judge(Protocol):
    """Tells what a message is; may ask the store, and raises Retry where that is away."""

    def messages_of(self, deliveries: Sequence[Delivery]) -> Sequence[Message]:
        """Accepted or Rejected, in the order given."""
        ...


class Answers(Protocol):
    """Tells the devices what became of a group, after its commit."""

    def send(self, group: Sequence[Delivery], commits: Sequence[Committed]) -> None:
        """PUBACK in order, then one receipt per device and transaction."""
        ...


class Pipeline:
    """One worker's thread: `run` until the batcher is stopped."""

    def __init__(
        self,
        batcher: Batcher,
        judge: Judge,
        committer: Committer,
        answers: Answers,
        patience: Patience,
    ) -> None:
        self._batcher = batcher
        self._judge = judge
        self._committer = committer
        self._answers = answers
        self._patience = patience

    def run(self) -> None:
        """Group by group. What fails unexpectedly was never acknowledged: its senders repeat it."""
        while group := self._batcher.gather():
            try:
                self._settle(group)
            except Stopped:
                return
            except Exception:
                log.exception("a group of %d could not be settled", len(group))

    def _settle(self, group: Sequence[Delivery]) -> None:
        messages = self._patience.call(lambda: self._judge.messages_of(group))
        self._answers.send(group, self._committer.commit(messages))
