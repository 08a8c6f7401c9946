"""An offer: priced lines, each alone removable, none pre-ticked, with the arithmetic shown.

Money is integer fen (1 yuan = 100 fen). Severity is carried, never changed. Sentences are message
ids with parameters, so that the same offer reads in Chinese and English.

    open --accept--> accepted --booking, work order--> done
      |--decline(reason)--> declined        |--> outcome: confirmed | not_found | done | declined
      '--time--> expired
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.health import Severity
from domain.sentences.phrase import Phrase


class Payer(StrEnum):
    """Who pays a line."""

    WARRANTY = "warranty"
    EXTENDED_WARRANTY = "extended_warranty"
    PROMISE = "promise"
    PREPAID = "prepaid"
    MEMBER = "member"  # the owner, at the published member price
    PAY = "pay"  # the owner, at the list price


class Role(StrEnum):
    """Why a line is there."""

    MAIN = "main"  # what the alert or the due service asks for
    TIE_IN = "tie_in"  # shares labour or is due soon


class OfferState(StrEnum):
    """The offer's life."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # the centre took it back, or the alert went away


class Outcome(StrEnum):
    """What the workshop found: the label that comes back to the rules."""

    CONFIRMED = "confirmed"
    NOT_FOUND = "not_found"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """One item. `list_fen` is the published price alone, `pay_fen` what this owner pays for it.

    `ticked` is always False in a new offer: only the owner ticks.
    """

    service: str
    role: Role
    labour_h: float
    labour_fen: int
    parts_fen: int
    list_fen: int
    pay_fen: int
    payer: Payer
    entitlement: str = ""
    demo_price: bool = True
    skill: str = "general"
    parts: tuple[str, ...] = ()
    why: tuple[Phrase, ...] = ()
    score: float = 0.0
    ticked: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.pay_fen <= self.list_fen:
            raise ValueError(
                f"line {self.service}: pay {self.pay_fen} is outside 0..{self.list_fen}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Labour that lines share (wheels off once): taken off for each chosen line after the first.

    Only lines the owner pays for take part: nobody saves on work the maker pays.
    """

    access: str
    services: tuple[str, ...]
    hours: float
    fen: int

    def times(self, chosen: Collection[str]) -> int:
        """How often it is taken off for this choice."""
        return max(len(set(self.services) & set(chosen)) - 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Free bay time with the skills of the technicians on duty."""

    id: int
    centre_id: int
    start: datetime
    end: datetime
    skills: frozenset[str] = frozenset({"general"})

    @property
    def hours(self) -> float:
        """Length of the slot."""
        return (self.end - self.start).total_seconds() / 3600


class Fit(StrEnum):
    """Does a package pay for this car?"""

    PAYS = "pays"
    NOT_NEEDED = "not_needed"
    OWNED = "owned"
    UNKNOWN = "unknown"  # own use is not known: no recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class FitLine:
    """One row of the sum: expected uses in a year, counted up to what the package includes."""

    service: str
    uses: float | None
    included: float | None
    each_fen: int
    value_fen: int
    basis: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageAdvice:
    """A package against this car's own use; the sum is always shown."""

    package: str
    fit: Fit
    price_fen: int
    value_fen: int
    lines: tuple[FitLine, ...] = ()
    why: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is proposed to one owner for one car. `alert_id` None: a due service."""

    vehicle_id: int
    alert_id: int | None
    cause: str
    severity: Severity | None
    made_at: datetime
    expires_at: datetime
    catalogue: str
    lines: tuple[OfferLine, ...]
    savings: tuple[Saving, ...] = ()
    slots: tuple[Slot, ...] = ()
    parts_ready_at: datetime | None = None
    packages: tuple[PackageAdvice, ...] = ()
    why: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoOffer:
    """No offer, and why. `rescue`: the car goes straight to a rescue case."""

    reason: Phrase
    rescue: bool = False


Decision = Offer | NoOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The sum over chosen lines: `total_fen` = items - shared labour, never above the items."""

    items_fen: int
    saved_fen: int
    total_fen: int
    hours: float


def bill(offer: Offer, chosen: Collection[str]) -> Bill:
    """What the chosen services cost together, shared labour taken off once per extra line."""
    lines = [line for line in offer.lines if line.service in chosen]
    items = sum(line.pay_fen for line in lines)
    saved = min(sum(s.fen * s.times(chosen) for s in offer.savings), items)
    hours = sum(line.labour_h for line in lines)
    hours -= sum(s.hours * s.times(chosen) for s in offer.savings)
    return Bill(items_fen=items, saved_fen=saved, total_fen=items - saved, hours=max(hours, 0.0))
