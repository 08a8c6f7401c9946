"""From steps of alerts to delivered messages. The worker calls it; twice is as good as once.

who      the car's keepers and the advisers of its centre; red that nobody acknowledged within
         five minutes also goes to the centre's managers
when     outside a person's quiet hours; red at once
how      the person's channels; red through every channel there is
once     per alert and hour, below red per cause of a car; again at once when it gets worse
again    30 s, 60 s, 120 s … up to an hour, ten times; red every 30 s, without an end of patience
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from care.notify.channels import Channel, Message, NotDelivered
from care.notify.quiet_hours import not_before
from domain.health import Severity
from domain.sentences.catalogue import sentence
from domain.sentences.names import about_cause, cause_name
from firmware_contracts.backoff import Backoff
from store.db.pool import Pool
from store.people.notifications import Notifications, Outcome
from store.people.people import Person
from store.people.rows.people import ChangeToTell, DueMessage, NewMessage

LOOK_BACK = timedelta(days=1)
PATIENCE = timedelta(minutes=5)
EPISODE = timedelta(hours=1)
"""Within it a cause that comes again, no worse than it was told, is the same news."""
TRIES = 10
"""With doubling pauses these last four hours: then the news is old."""
RED_TRIES = 2880
"""Every 30 s for a day."""
FIRST_WAIT_S, LONGEST_WAIT_S = 30, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What one run did."""

    queued: int = 0
    sent: int = 0
    failed: int = 0


def notify(pool: Pool, channels: Mapping[str, Channel], now: datetime) -> Notified:
    """Queue what is new and deliver what is due, on a pool of role vigil_worker."""
    book = Notifications(pool)
    queued = 0
    for change in book.fresh_changes(now - LOOK_BACK, EPISODE):
        hearers = book.hearers(change, now)
        queued += book.add([m for p in hearers for m in messages(change, p, channels, now)])
    for change in book.escalations(now - LOOK_BACK, now - PATIENCE, EPISODE):
        managers = book.staff(change, now, "centre_manager")
        queued += book.add([m for p in managers for m in messages(change, p, channels, now)])

    def send(message: DueMessage) -> Outcome:
        return _sent(message, channels, now)

    sent, failed = book.deliver(send, now, tries=RED_TRIES)
    return Notified(queued=queued, sent=sent, failed=failed)


def messages(
    change: ChangeToTell, person: Person, channels: Mapping[str, Channel], now: datetime
) -> list[NewMessage]:
    """One message per channel of this person, in their language, for their morning."""
    severity = Severity(change.severity)
    red = severity is Severity.RED
    names = sorted(channels) if red else [c for c in person.channels if c in channels]
    when = not_before(
        now,
        red=red,
        zone=person.zone,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
    )
    subject, body = written(change, severity, person.lang, person.zone)
    return [
        NewMessage(
            tenant_id=person.tenant_id,
            person_id=person.id,
            channel=name,
            red=red,
            vehicle_id=change.vehicle_id,
            change_id=change.id,
            subject=subject,
            body=body,
            at=now,
            not_before=when,
        )
        for name in names
    ]


def written(change: ChangeToTell, severity: Severity, lang: str, zone: str) -> tuple[str, str]:
    """Subject and text: what, since when, what follows, what to do. No position, no plate."""
    cause = cause_name(change.cause, lang)
    parts = {p: about_cause(change.cause, p)[lang] for p in ("what", "ignored", "do")}
    since = change.since.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    year = change.model_year or ""
    car = f"{change.make} {change.model} {year}".strip() or "-"
    name = sentence(f"severity.{severity.word}", lang)
    kind = "notify.red_subject" if severity is Severity.RED else "notify.subject"
    subject = sentence(kind, lang, severity=name, cause=cause, do=parts["do"])
    return subject, sentence("notify.body", lang, car=car, since=since, **parts)


def _sent(due: DueMessage, channels: Mapping[str, Channel], now: datetime) -> Outcome:
    channel = channels.get(due.channel)
    if channel is None:
        later = now + timedelta(seconds=LONGEST_WAIT_S)
        return Outcome(failed="this channel is not set up", again=later)
    message = Message(
        id=due.id,
        to=due.email,
        lang=due.lang,
        subject=due.subject,
        body=due.body,
        red=due.red,
    )
    try:
        return Outcome(proof=channel.send(message), again=now)
    except NotDelivered as error:
        return Outcome(failed=str(error), again=now + wait(due.tries, red=due.red))


def wait(tries: int, *, red: bool) -> timedelta:
    """Until the next try: doubling for most, steady and short for red."""
    if red:
        return timedelta(seconds=FIRST_WAIT_S)
    if tries >= TRIES:
        return timedelta(days=3650)
    return timedelta(seconds=Backoff(first_s=FIRST_WAIT_S, most_s=LONGEST_WAIT_S).pause_s(tries))
