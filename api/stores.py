"""The books the service reads and writes, on one pool."""

from __future__ import annotations

from dataclasses import dataclass

from store.db.pool import Pool
from store.people.audit import AccessLog
from store.people.consents import Consents
from store.people.notifications import Notifications
from store.people.offers import Offers
from store.people.people import People
from store.people.report_requests import ReportDesk
from store.people.reports import Reports
from store.people.sessions import Sessions
from store.people.vehicle_reads import Garage
from store.people.workshop import Workshop
from store.results.cohorts import Cohorts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """One of each; every call on them says whose eyes look."""

    pool: Pool
    garage: Garage
    people: People
    sessions: Sessions
    offers: Offers
    workshop: Workshop
    consents: Consents
    log: AccessLog
    notifications: Notifications
    reports: Reports
    report_desk: ReportDesk
    cohorts: Cohorts

    @classmethod
    def on(cls, pool: Pool) -> Stores:
        """All books on a pool of role vigil_api."""
        return cls(
            pool=pool,
            garage=Garage(pool),
            people=People(pool),
            sessions=Sessions(pool),
            offers=Offers(pool),
            workshop=Workshop(pool),
            consents=Consents(pool),
            log=AccessLog(pool),
            notifications=Notifications(pool),
            reports=Reports(pool),
            report_desk=ReportDesk(pool),
            cohorts=Cohorts(pool),
        )
