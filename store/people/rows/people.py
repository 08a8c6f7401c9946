"""Accounts, tokens, consents, looks and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account without secrets."""

    id: int
    email: str
    name: str
    role: str
    centre_id: int | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRow:
    """What a sign-in is checked against."""

    tenant_id: int
    id: int
    password_hash: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An issued token without its secret."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One recorded yes of the asking person."""

    id: int
    vehicle_id: int
    purpose: str
    given_at: datetime
    until: datetime
    text_hash: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRow:
    """Somebody looked at a car; `you` where it was the asking person."""

    id: int
    at: datetime
    role: str
    centre: str | None
    what: str
    you: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeToTell:
    """A step of an alert that people should hear of."""

    id: int
    tenant_id: int
    vehicle_id: int
    centre_id: int | None
    severity: int
    cause: str
    since: datetime
    make: str
    model: str
    model_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to queue for one person and channel."""

    tenant_id: int
    person_id: int
    channel: str
    red: bool
    vehicle_id: int
    change_id: int
    subject: str
    body: str
    at: datetime
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message that is due, with whom it goes to."""

    id: int
    channel: str
    red: bool
    subject: str
    body: str
    tries: int
    email: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAsk:
    """An ask for a car's report: under way, made (`report_id`) or ended with a trouble."""

    id: int
    asked_at: datetime
    tries: int
    ended_at: datetime | None
    report_id: int | None
    trouble: str
