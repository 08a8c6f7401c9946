"""Brings a group of judged messages into the store, whatever the store says on the way.

StoreUnavailable, StoreFull   the same call again, with back-off, until it passes
Refused                       halves, until the message the store will never take stands alone;
                              refused alone a second time, it becomes a dead letter `poison`
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from domain.errors import GiveUp
from domain.ports import TelemetrySink
from domain.readings import Accepted, Committed, Quarantine, Rejected
from ingest.patience import Patience, Stopped

log = logging.getLogger(__name__)

Message = Accepted | Rejected


class Committer:
    """`commit` returns only when every message given is in the store, as rows or dead letter."""

    def __init__(self, sink: TelemetrySink, patience: Patience | None = None) -> None:
        self._sink = sink
        self._patience = patience or Patience()

    def commit(self, messages: Sequence[Message]) -> list[Committed]:
        """One `Committed` per transaction that was needed: one, unless something was poison.

        A message that the store refuses even as a dead letter is in none of them: it gets no
        receipt, and its sender keeps it. Raises patience.Stopped.
        """
        try:
            return [self._persist(messages)]
        except Stopped:
            raise
        except Exception as refusal:
            _note("the store refused a group of %d: %s", len(messages), refusal)
        if len(messages) == 1:
            return self._alone(messages[0])
        middle = len(messages) // 2
        return self.commit(messages[:middle]) + self.commit(messages[middle:])

    def _alone(self, message: Message) -> list[Committed]:
        """A second try of one refused message, then a dead letter instead of it."""
        refusal: Exception | None = None
        for attempt in (message, None):
            try:
                return [self._persist([attempt or poison(message, str(refusal))])]
            except Stopped:
                raise
            except Exception as again:
                refusal = again
        log.error("the store refused a dead letter; its sender keeps the message: %s", refusal)
        return []

    def _persist(self, messages: Sequence[Message]) -> Committed:
        accepted = [m for m in messages if isinstance(m, Accepted)]
        rejected = [m for m in messages if isinstance(m, Rejected)]
        return self._patience.call(lambda: self._sink.commit(accepted, rejected))


def _note(words: str, count: int, refusal: Exception) -> None:
    """A refusal is a sentence; an error nobody expected is shown with its trace."""
    unexpected = None if isinstance(refusal, GiveUp) else refusal
    log.warning(words, count, refusal, exc_info=unexpected)


def poison(message: Message, why: str) -> Rejected:
    """The dead letter of a message that the database will never take."""
    if isinstance(message, Rejected):
        return Rejected(
            topic=message.topic,
            payload=message.payload,
            received_at=message.received_at,
            reason=Quarantine.POISON,
            detail="dead letter refused",
        )
    return Rejected(
        topic=message.topic,
        payload=message.payload,
        received_at=message.received_at,
        reason=Quarantine.POISON,
        detail=why[:500],
        tenant_id=message.tenant_id,
        device_id=message.device_id,
        stream=message.batch.stream,
        seq=message.batch.seq,
        digest=message.digest,
        rows=message.batch.rows,
    )
