"""What the offer engine is told about one car and its owner.

All of it is an argument; the engine asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from care.offers.catalogue import Catalogue
from domain.entitlements import Entitlement
from domain.health import Severity
from domain.offers import Slot
from domain.sentences.phrase import Phrase
from domain.vehicle import Powertrain


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The open alert that asks for service."""

    alert_id: int
    cause: str
    component: str
    severity: Severity
    experimental: bool = False
    due_low: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A service the maker's plan asks for; `overdue_share` 1.0 is exactly due, above is late."""

    service: str
    overdue_share: float
    basis: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The car's own use. None is unknown, never zero.

    `uses` counts services of the last 12 months; `repairs_fen` is what repairs cost in them.
    """

    km_per_year: float | None = None
    age_years: float | None = None
    odometer_km: float | None = None
    uses: Mapping[str, int] | None = None
    home_charger: bool | None = None
    repairs_fen: int | None = None
    in_maker_warranty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A service the owner said no to, and how serious its alert was then."""

    service: str
    at: datetime
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffer:
    """An earlier offer to the same owner; `kind` "alert" or "due"."""

    kind: str
    made_at: datetime
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything `decide` looks at. `now` is the only clock.

    `promised` are services of this car's open offers and running work orders.
    """

    now: datetime
    vehicle_id: int
    powertrain: Powertrain
    catalogue: Catalogue
    trigger: Trigger | None = None
    due: tuple[Due, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    owned_packages: frozenset[str] = frozenset()
    promised: frozenset[str] = frozenset()
    wants_offers: bool = False
    usage: Usage = field(default_factory=Usage)
    declined: tuple[Declined, ...] = ()
    past: tuple[PastOffer, ...] = ()
    slots: tuple[Slot, ...] = ()
    stock: Mapping[str, int] = field(default_factory=dict)
