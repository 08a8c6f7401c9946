"""Consents have a term, bay time lies ahead, snoozing ends, reports rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from care.alerts.act_on_alert import act_on_alert
from care.consents.give_consent import give, in_force, text_hash, withdraw
from care.reports.ask_report import MOST_ASKS, WhyNot, why_not
from care.slots.publish_slot import publish_slot
from domain.consent import LONGEST_TERM, Consent, Purpose
from domain.errors import BadInput, Conflict, NotFound
from store.db.reach import Kind, Reach
from store.people.report_requests import RequestState
from store.people.rows.people import ConsentRow, ReportAsk
from store.people.workshop import NewSlot
from tests.care.rows import NOW

OWNER = Reach(tenant_id=1, kind=Kind.OWNER, person_id=3)
STAFF = Reach(tenant_id=1, kind=Kind.CENTRE, person_id=7, centre_id=2)


class ConsentBook:
    def give(self, reach: Reach, consent: Consent) -> ConsentRow:
        return ConsentRow(
            id=1,
            vehicle_id=consent.vehicle_id,
            purpose=consent.purpose.value,
            given_at=consent.given_at,
            until=consent.until,
            text_hash=consent.text_hash,
            withdrawn_at=None,
        )

    def withdraw(self, reach: Reach, consent_id: int, at: datetime) -> bool:
        return consent_id == 1


@pytest.mark.parametrize("purpose", list(Purpose))
def test_give_has_a_longest_term_and_remembers_the_text(purpose: Purpose) -> None:
    longest = LONGEST_TERM[purpose].days
    given = give(ConsentBook(), OWNER, 9, purpose, longest, NOW)
    assert given.text_hash == text_hash(purpose)
    assert in_force(given, NOW)
    assert not in_force(given, given.until)
    with pytest.raises(BadInput, match="too long"):
        give(ConsentBook(), OWNER, 9, purpose, longest + 1, NOW)


def test_withdraw_of_something_that_is_not_yours_is_not_found() -> None:
    withdraw(ConsentBook(), OWNER, 1, NOW)
    with pytest.raises(NotFound):
        withdraw(ConsentBook(), OWNER, 2, NOW)


class Bays:
    def __init__(self) -> None:
        self.slots: list[NewSlot] = []

    def add_slots(self, tenant_id: int, slots: Sequence[NewSlot]) -> int:
        self.slots += slots
        return len(slots)


def published(bays: Bays, start: str, reach: Reach = STAFF) -> bool:
    return publish_slot(
        bays,
        reach,
        start=start,
        zone="Asia/Shanghai",
        hours=2.5,
        bay="1",
        high_voltage=True,
        now=NOW,
    )


def test_publish_slot_reads_the_time_of_the_persons_zone() -> None:
    bays = Bays()
    assert published(bays, "2026-03-03T09:00")
    [slot] = bays.slots
    assert slot.start.utcoffset() == timedelta(hours=8)
    assert (slot.end - slot.start, slot.skills) == (timedelta(hours=2.5), ["general", "hv"])


@pytest.mark.parametrize("start", ["tomorrow", "2026-02-30T09:00", "2026-03-02T16:59"])
def test_publish_slot_refuses_no_time_and_a_time_that_has_passed(start: str) -> None:
    with pytest.raises(BadInput, match="start"):
        published(Bays(), start)


def test_publish_slot_needs_a_centre() -> None:
    with pytest.raises(Conflict, match="no centre"):
        published(Bays(), "2026-03-03T09:00", OWNER)


class Alerts:
    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def act(self, reach: Reach, alert_id: int, action: str, **said: object) -> bool:
        return self.answer


def act(action: str, until: datetime | None, answer: bool = True) -> None:
    act_on_alert(Alerts(answer), STAFF, 1, action, why="", until=until, now=NOW)


def test_act_on_alert_snoozes_for_thirty_days_at_most_and_never_into_the_past() -> None:
    act("snooze", NOW + timedelta(days=30))
    for until in (None, NOW, NOW + timedelta(days=31)):
        with pytest.raises(BadInput, match="until"):
            act("snooze", until)
    with pytest.raises(Conflict, match="red"):
        act("wrong", None, answer=False)


class Desk:
    def __init__(self, *, yes: bool = True, asks: int = 0, issued: datetime | None = None) -> None:
        self.yes, self.state = yes, RequestState(issued_at=issued, asks=asks, first_ask=NOW)

    def allowed(self, reach: Reach, vehicle_id: int, at: datetime) -> bool:
        return self.yes

    def turn(self, reach: Reach, vehicle_id: int, at: datetime) -> RequestState:
        return self.state

    def newest(self, reach: Reach, vehicle_id: int) -> ReportAsk | None:
        return None

    def ask(self, reach: Reach, vehicle_id: int, role: str, at: datetime) -> bool:
        return True


@pytest.mark.parametrize(
    ("desk", "reach", "assessed", "obstacle"),
    [
        (Desk(), OWNER, True, None),
        (Desk(), OWNER, False, "not_assessed"),
        (Desk(yes=False), STAFF, True, "needs_consent"),
        (Desk(yes=False), OWNER, True, None),
        (Desk(issued=NOW), OWNER, True, "again_at"),
        (Desk(asks=MOST_ASKS), OWNER, True, "again_at"),
    ],
)
def test_why_not_names_what_stands_against_a_report(
    desk: Desk, reach: Reach, assessed: bool, obstacle: str | None
) -> None:
    found = why_not(desk, reach, 1, assessed=assessed, now=NOW)
    assert (None if found is None else found.obstacle) == obstacle
    if found is not None and obstacle == "again_at":
        assert found == WhyNot(obstacle="again_at", next_at=NOW + timedelta(days=1))
