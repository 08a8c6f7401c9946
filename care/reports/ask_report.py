"""A battery report is asked for at most once a day, by the keeper or with the keeper's yes.

A person asks; a worker makes (vigil.report). The service that people talk to holds no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from domain.errors import Conflict, GiveUp, NotFound, Refused
from store.db.reach import Kind, Reach
from store.people.report_requests import RequestState
from store.people.rows.people import ReportAsk

Obstacle = Literal["not_assessed", "needs_consent", "again_at", "being_made"]
EVERY = timedelta(days=1)
"""A report of today says what one of an hour later would."""
MOST_ASKS = 5
"""So many asks of a car in a day, made or not: a report that fails is not asked for for ever."""
WITH_TRACTION_BATTERY = ("bev", "phev")


class ReportBook(Protocol):
    """Asks for reports (store.people.report_requests.ReportDesk)."""

    def allowed(self, reach: Reach, vehicle_id: int, at: datetime) -> bool:
        """True where nobody keeps the car, or the keeper agreed to a certificate."""
        ...

    def turn(self, reach: Reach, vehicle_id: int, at: datetime) -> RequestState:
        """The car's last day at the counter."""
        ...

    def newest(self, reach: Reach, vehicle_id: int) -> ReportAsk | None:
        """The newest ask of a car."""
        ...

    def ask(self, reach: Reach, vehicle_id: int, role: str, at: datetime) -> bool:
        """Put the car in line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why no other report may be asked for, and from when on where time heals it."""

    obstacle: Obstacle
    next_at: datetime | None = None


def why_not(
    book: ReportBook, reach: Reach, vehicle_id: int, *, assessed: bool, now: datetime
) -> WhyNot | None:
    """What stands against asking now; None where nothing does."""
    if not assessed:
        return WhyNot(obstacle="not_assessed")
    if reach.kind is not Kind.OWNER and not book.allowed(reach, vehicle_id, now):
        return WhyNot(obstacle="needs_consent")
    turn = book.turn(reach, vehicle_id, now)
    if turn.issued_at is not None and now < turn.issued_at + EVERY:
        return WhyNot(obstacle="again_at", next_at=turn.issued_at + EVERY)
    if turn.asks >= MOST_ASKS and turn.first_ask is not None:
        return WhyNot(obstacle="again_at", next_at=turn.first_ask + EVERY)
    return None


def check_powertrain(powertrain: str) -> None:
    """Conflict for a car without a traction battery."""
    if powertrain not in WITH_TRACTION_BATTERY:
        raise Conflict("this car has no traction battery", remedy="ask for an electric car")


def ask_report(
    book: ReportBook, reach: Reach, vehicle_id: int, *, role: str, assessed: bool, now: datetime
) -> ReportAsk:
    """Put the car in line for a report.

    Conflict when there is one of today or nothing to report, Refused without the keeper's yes.
    """
    obstacle = why_not(book, reach, vehicle_id, assessed=assessed, now=now)
    if obstacle is not None:
        raise _refusal(obstacle)
    book.ask(reach, vehicle_id, role, now)
    found = book.newest(reach, vehicle_id)
    if found is None:
        raise NotFound("no such car here", remedy="see GET /api/v1/vehicles")
    return found


def _refusal(why: WhyNot) -> GiveUp:
    if why.obstacle == "needs_consent":
        return Refused(
            "the keeper of this car has not agreed to a battery certificate",
            remedy="they can agree on their privacy page, or ask for the report themselves",
        )
    if why.next_at is None:
        return Conflict("this car has not been assessed yet", remedy="wait for its first readings")
    return Conflict(
        "a report of this car was made or tried within the last 24 hours",
        remedy=f"see the list; ask again after {why.next_at:%Y-%m-%d %H:%M} UTC",
    )
