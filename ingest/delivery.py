"""One message as the broker delivered it, with what is needed to acknowledge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`mid` is the broker's packet id; it means something on connection number `session` only."""

    topic: str
    payload: bytes
    received_at: datetime
    mid: int = 0
    session: int = 0

    @property
    def urgent(self) -> bool:
        """True for the alarm class: its group does not wait for company."""
        return self.topic.endswith("/event")
