"""What an owner allowed, for what purpose, and until when. "Always" is not an answer.

A consent is a versioned record (R6): who, what, when, which text (its hash). Withdrawing adds a
record; nothing is overwritten. Signal groups follow `firmware_contracts.signal.Group`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What the data or the contact is for; each needs its own yes."""

    HABIT_ADVICE = "habit_advice"  # fine driving signals, for advice to this owner only
    POSITION_RESCUE = "position_rescue"  # one exact fix in an open rescue case
    PERSONAL_OFFERS = "personal_offers"  # due services, tie-ins, packages
    CENTRE_SHARE = "centre_share"  # the chosen centre reads this car
    CERTIFICATE = "certificate"  # a battery certificate shown to a buyer


LONGEST_TERM = {
    Purpose.HABIT_ADVICE: timedelta(days=365),
    Purpose.POSITION_RESCUE: timedelta(days=14),
    Purpose.PERSONAL_OFFERS: timedelta(days=365),
    Purpose.CENTRE_SHARE: timedelta(days=730),
    Purpose.CERTIFICATE: timedelta(days=90),
}
"""No purpose has "always": the longest term a person can choose (R5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One yes: valid in [given_at, until) unless withdrawn before."""

    person_id: int
    vehicle_id: int
    purpose: Purpose
    given_at: datetime
    until: datetime
    text_hash: str
    withdrawn_at: datetime | None = None

    def __post_init__(self) -> None:
        longest = LONGEST_TERM[self.purpose]
        if not timedelta(0) < self.until - self.given_at <= longest:
            raise ValueError(
                f"consent for {self.purpose.value} runs {self.until - self.given_at}; "
                f"a term above 0 and up to {longest.days} days is allowed"
            )

    def holds(self, at: datetime) -> bool:
        """True while it is in force."""
        gone = self.withdrawn_at is not None and self.withdrawn_at <= at
        return self.given_at <= at < self.until and not gone


def allowed(consents: Iterable[Consent], purpose: Purpose, at: datetime) -> bool:
    """True if any consent for the purpose holds at that moment."""
    return any(c.purpose is purpose and c.holds(at) for c in consents)
