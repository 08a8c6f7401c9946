"""Roles and their rights: a table. A right that no role holds does not exist.

role            reach    may
owner           owner    read own cars, decide on offers and extra work, manage consents, ask
                         for battery reports
adviser         centre   read cars under mandate, act on alerts, edit offers, move work, ask for
                         battery reports the keeper agreed to
technician      centre   read cars and work of the centre, move work
centre_manager  centre   as adviser, and slots, cohorts, comparison
group_analyst   group    cohorts and comparison, no single car
auditor         group    access logs and comparison, no readings
device          none     itself
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from store.db.reach import Kind, Reach
from store.people.people import Person


class Right(StrEnum):
    """What an endpoint asks for; also the OAuth scope in the OpenAPI document."""

    SELF = "self"
    VEHICLE_READ = "vehicle:read"
    ALERT_READ = "alert:read"
    ALERT_ACT = "alert:act"
    ALERT_RESOLVE = "alert:resolve"
    OFFER_READ = "offer:read"
    OFFER_DECIDE = "offer:decide"
    OFFER_EDIT = "offer:edit"
    WORK_READ = "work:read"
    WORK_DECIDE = "work:decide"
    WORK_MOVE = "work:move"
    QUEUE_READ = "queue:read"
    NOTE_WRITE = "note:write"
    SLOT_WRITE = "slot:write"
    CONSENT = "consent"
    ACCESS_READ = "access:read"
    EXPORT = "export"
    REPORT_ASK = "report:ask"
    COHORT_READ = "cohort:read"
    GROUP_READ = "group:read"


R = Right
_OWNER = {
    R.SELF, R.VEHICLE_READ, R.ALERT_READ, R.ALERT_ACT, R.OFFER_READ, R.OFFER_DECIDE,
    R.WORK_READ, R.WORK_DECIDE, R.CONSENT, R.ACCESS_READ, R.EXPORT,
    R.REPORT_ASK,
}  # fmt: skip
_TECHNICIAN = {
    R.SELF,
    R.VEHICLE_READ,
    R.ALERT_READ,
    R.OFFER_READ,
    R.WORK_READ,
    R.WORK_MOVE,
    R.QUEUE_READ,
}
_ADVISER = _TECHNICIAN | {R.ALERT_ACT, R.ALERT_RESOLVE, R.OFFER_EDIT, R.NOTE_WRITE, R.REPORT_ASK}

RIGHTS: Mapping[str, frozenset[Right]] = {
    "owner": frozenset(_OWNER),
    "adviser": frozenset(_ADVISER),
    "technician": frozenset(_TECHNICIAN),
    "centre_manager": frozenset(_ADVISER | {R.SLOT_WRITE, R.COHORT_READ, R.GROUP_READ}),
    "group_analyst": frozenset({R.SELF, R.COHORT_READ, R.GROUP_READ}),
    "auditor": frozenset({R.SELF, R.ACCESS_READ, R.GROUP_READ}),
    "device": frozenset({R.SELF}),
}
ROLES = tuple(RIGHTS)

_KIND = {
    "owner": Kind.OWNER,
    "adviser": Kind.CENTRE,
    "technician": Kind.CENTRE,
    "centre_manager": Kind.CENTRE,
    "group_analyst": Kind.GROUP,
    "auditor": Kind.GROUP,
    "device": Kind.NONE,
}


def reach_of(person: Person) -> Reach:
    """How far a person's role lets them see."""
    return Reach(
        tenant_id=person.tenant_id,
        kind=_KIND[person.role],
        person_id=person.id,
        centre_id=person.centre_id,
    )
