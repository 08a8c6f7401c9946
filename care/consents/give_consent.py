"""Giving and withdrawing a consent. There is no "always", and a no needs no reason."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Protocol

from domain.consent import LONGEST_TERM, Consent, Purpose
from domain.errors import BadInput, NotFound
from domain.sentences.catalogue import bilingual
from store.db.reach import Reach
from store.people.rows.people import ConsentRow


class ConsentBook(Protocol):
    """What people allowed (store.people.consents.Consents)."""

    def give(self, reach: Reach, consent: Consent) -> ConsentRow:
        """Record a yes."""
        ...

    def withdraw(self, reach: Reach, consent_id: int, at: datetime) -> bool:
        """Record a no; False when there was nothing to withdraw."""
        ...


def text_hash(purpose: Purpose) -> str:
    """Hash of the text in both languages: what exactly was agreed to."""
    pair = bilingual(f"consent.{purpose.value}.text").as_dict()
    return hashlib.sha256(json.dumps(pair, sort_keys=True).encode()).hexdigest()


def give(
    book: ConsentBook, reach: Reach, vehicle_id: int, purpose: Purpose, days: int, now: datetime
) -> ConsentRow:
    """A yes of the asking person; BadInput when the term is longer than the purpose allows."""
    longest = LONGEST_TERM[purpose]
    term = timedelta(days=days)
    if term > longest:
        raise BadInput(
            "days",
            days,
            f"is too long for {purpose.value}",
            remedy=f"at most {longest.days} days; you can say yes again then",
        )
    if reach.person_id is None:
        raise NotFound("nobody is signed in", remedy="sign in as the car's keeper")
    consent = Consent(
        person_id=reach.person_id,
        vehicle_id=vehicle_id,
        purpose=purpose,
        given_at=now,
        until=now + term,
        text_hash=text_hash(purpose),
    )
    return book.give(reach, consent)


def withdraw(book: ConsentBook, reach: Reach, consent_id: int, now: datetime) -> None:
    """A no, at once."""
    if not book.withdraw(reach, consent_id, now):
        raise NotFound("no such consent of yours in force", remedy="see GET /api/v1/consents")


def in_force(row: ConsentRow, now: datetime) -> bool:
    """True while a recorded yes holds."""
    return row.withdrawn_at is None and row.given_at <= now < row.until
