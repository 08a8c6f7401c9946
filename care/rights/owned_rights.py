"""What an owner of a car already has: the maker's warranty, bought and promised rights, the tier.

Pure; the order of use is the domain's (domain.entitlements.USE_ORDER).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.entitlements import Entitlement, EntitlementKind, Tier, benefits_of
from firmware_contracts.durations import YEAR
from store.people.rows.offers import EntitlementRow, OfferCar, ServedVehicle


def rights_of(car: OfferCar, tiers: Sequence[Tier], now: datetime) -> tuple[Entitlement, ...]:
    """Every right of the car, whether or not it holds now."""
    return (
        *maker_warranty(car.vehicle),
        *(_owned(each) for each in car.entitlements),
        *_tier_benefits(car, tiers, now),
    )


def maker_warranty(vehicle: ServedVehicle) -> tuple[Entitlement, ...]:
    """The maker's battery warranty; it starts at first registration. Empty where unknown."""
    terms, start = vehicle.warranty, vehicle.in_service
    if not terms or start is None:
        return ()
    began = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return (
        Entitlement(
            id="maker_battery",
            kind=EntitlementKind.WARRANTY,
            systems=frozenset({"traction_battery"}),
            until=began + terms["years"] * YEAR,
            until_km=terms["km"],
            source=terms.get("source", ""),
        ),
    )


def _owned(row: EntitlementRow) -> Entitlement:
    return Entitlement(
        id=str(row.id),
        kind=EntitlementKind(row.kind),
        services=frozenset(row.services),
        systems=frozenset(row.systems),
        discount=row.discount,
        left=row.uses_left,
        until=row.until,
        until_km=row.until_km,
        source=row.source,
    )


def _tier_benefits(car: OfferCar, tiers: Sequence[Tier], now: datetime) -> tuple[Entitlement, ...]:
    """Benefits of the tier reached by the spend of the last 12 months."""
    spend_fen = sum(d.agreed_fen for d in car.done if now - d.changed_at <= YEAR)
    return benefits_of(spend_fen, tiers)
