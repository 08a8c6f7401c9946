"""What an owner already has: warranty, extended warranty, prepaid package, member benefit, promise.

Nothing owned is sold twice. Benefits are counted and their limits are told before they are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class EntitlementKind(StrEnum):
    """Where the right comes from; also the order in which rights are used (first first)."""

    WARRANTY = "warranty"
    EXTENDED_WARRANTY = "extended_warranty"
    PROMISE = "promise"
    PREPAID = "prepaid"
    MEMBER = "member"


USE_ORDER = tuple(EntitlementKind)
"""A maker pays before the owner's own prepaid services are used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """A right to some services.

    `services` are catalogue ids; `systems` ("traction_battery") cover every repair of a system.
    `left` counts uses that remain (None = unlimited within the term). `discount` is the share taken
    off the list price: 1.0 is free. `until_km` ends a warranty by distance.
    """

    id: str
    kind: EntitlementKind
    services: frozenset[str] = frozenset()
    systems: frozenset[str] = frozenset()
    discount: float = 1.0
    left: int | None = None
    until: datetime | None = None
    until_km: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not 0.0 < self.discount <= 1.0:
            raise ValueError(f"entitlement {self.id}: discount {self.discount} is outside 0..1")
        if self.left is not None and self.left < 0:
            raise ValueError(f"entitlement {self.id}: {self.left} uses left is below 0")

    def holds(self, at: datetime, odometer_km: float | None) -> bool:
        """True while term, distance and count allow a use.

        An unknown odometer does not void a warranty: the centre checks it at reception.
        """
        in_time = self.until is None or at < self.until
        in_km = self.until_km is None or odometer_km is None or odometer_km <= self.until_km
        return in_time and in_km and self.left != 0

    def covers(self, service: str, system: str) -> bool:
        """True if the service, or every repair of its system, is included."""
        return service in self.services or system in self.systems


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A published member tier by spend over the last 12 months."""

    id: str
    min_spend_fen: int
    benefits: tuple[Entitlement, ...] = ()
    contact_hours: int | None = None


def tier_of(spend_fen: int, tiers: Sequence[Tier]) -> Tier | None:
    """The highest tier whose threshold is reached; None below the first."""
    reached = [t for t in tiers if spend_fen >= t.min_spend_fen]
    return max(reached, key=lambda t: t.min_spend_fen, default=None)


def benefits_of(spend_fen: int, tiers: Sequence[Tier]) -> tuple[Entitlement, ...]:
    """Benefits of the tier reached and of all tiers below it: a step up never takes away."""
    return tuple(b for t in tiers if spend_fen >= t.min_spend_fen for b in t.benefits)


POINTS_TERM = timedelta(days=730)
"""Points are worth something for 24 months; the limit is told before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsEntry:
    """Points earned (positive) or redeemed (negative) at a moment."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsBalance:
    """What can be spent now. `expiring` is (points, moment of loss), soonest first."""

    points: int
    expiring: tuple[tuple[int, datetime], ...] = field(default=())


def points_balance(entries: Iterable[PointsEntry], at: datetime) -> PointsBalance:
    """First in, first out over 24 months: a redemption eats the oldest points still alive then."""
    lots: list[tuple[int, datetime]] = []
    for entry in sorted(entries, key=lambda e: (e.at, -e.points)):
        if entry.at > at:
            break
        if entry.points > 0:
            lots.append((entry.points, entry.at + POINTS_TERM))
        else:
            lots = _eaten([lot for lot in lots if lot[1] > entry.at], -entry.points)
    alive = tuple(lot for lot in lots if lot[1] > at)
    return PointsBalance(points=sum(points for points, _ in alive), expiring=alive)


def _eaten(lots: list[tuple[int, datetime]], points: int) -> list[tuple[int, datetime]]:
    if points > sum(have for have, _ in lots):
        raise ValueError(f"{points} points redeemed, more than there were")
    left = []
    for have, end in lots:
        taken = min(have, points)
        points -= taken
        if have > taken:
            left.append((have - taken, end))
    return left
