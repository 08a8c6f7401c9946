"""Offers as people see them: every item with its own price, who pays, and why."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

Both = dict[str, str]


class ServiceOut(BaseModel):
    """One service of the catalogue. Money in fen (1/100 yuan)."""

    id: str = Field(examples=["battery_inspection"])
    name: Both
    list_fen: int
    labour_h: float
    parts: list[str]
    demo_price: bool
    powertrains: list[str]


class CataloguePackageOut(BaseModel):
    """One package of the catalogue."""

    id: str = Field(examples=["nev_year"])
    name: Both
    price_fen: int
    price_high_fen: int | None
    demo_price: bool
    powertrains: list[str]


class CatalogueOut(BaseModel):
    """Every service and package with its price, for everybody the same."""

    version: str
    labour_fen_h: int
    services: list[ServiceOut]
    packages: list[CataloguePackageOut]


class LineOut(BaseModel):
    """One item. Money in fen (1/100 yuan)."""

    service: str = Field(examples=["battery_inspection"])
    name: Both
    note: Both | None
    role: str = Field(examples=["main"])
    labour_h: float
    labour_fen: int
    parts_fen: int
    list_fen: int = Field(description="The published price alone")
    pay_fen: int = Field(description="What you pay")
    payer: str = Field(examples=["warranty"])
    demo_price: bool
    parts: list[Both]
    why: list[Both]
    ticked: bool = Field(description="False in every new offer: only you tick")


class SavingOut(BaseModel):
    """Shared labour, taken off for each chosen item of these after the first."""

    services: list[str]
    hours: float
    fen: int


class SlotOut(BaseModel):
    """A free time at the centre."""

    id: str = Field(examples=["s-0000000000001"])
    start: datetime
    end: datetime


class FitLineOut(BaseModel):
    """One row of a package's sum."""

    service: str
    name: Both
    uses: float | None
    included: float | None
    each_fen: int
    value_fen: int
    basis: Both


class PackageOut(BaseModel):
    """Does a package pay for this car? The sum is always shown."""

    package: str = Field(examples=["nev_year"])
    name: Both
    fit: str = Field(examples=["not_needed"])
    price_fen: int
    value_fen: int
    demo_price: bool
    exclusions: Both | None
    lines: list[FitLineOut]
    why: list[Both]


class OfferOut(BaseModel):
    """One offer."""

    id: str = Field(examples=["o-0000000000001"])
    vehicle: str
    alert: str | None
    cause: str
    title: Both
    severity: str | None
    state: str = Field(examples=["open"])
    version: int
    made_at: datetime
    expires_at: datetime
    lines: list[LineOut]
    savings: list[SavingOut]
    slots: list[SlotOut]
    packages: list[PackageOut]
    why: list[Both]
    chosen: list[str]
    total_fen: int | None
    decline_reason: str | None


class OfferPage(BaseModel):
    """Offers, newest first."""

    items: list[OfferOut]
    next: str | None


class Choice(BaseModel):
    """Items you want; at least one."""

    model_config = ConfigDict(extra="forbid")
    services: list[str] = Field(min_length=1, max_length=20, examples=[["battery_inspection"]])


class Accept(Choice):
    """Items and a time; `version` is the one you read."""

    version: int = Field(ge=1, le=1_000_000)
    slot: str | None = Field(default=None, max_length=20, examples=["s-0000000000001"])


class Decline(BaseModel):
    """Why not: remembered, so that it is not offered again soon."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=1_000_000)
    reason: str = Field(default="", max_length=500, examples=["too expensive"])


class Edit(BaseModel):
    """What staff change: items to leave out, a note on the price downward only."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=1_000_000)
    remove: list[str] = Field(default=[], max_length=20)
    pay_fen: dict[str, int] = Field(default={}, description="Lower prices by service")


class BillOut(BaseModel):
    """What the chosen items cost together."""

    items_fen: int
    saved_fen: int
    total_fen: int
    hours: float
    slots: list[SlotOut]


class Accepted(BaseModel):
    """The work order of an accepted offer."""

    order: str = Field(examples=["w-0000000000001"])
    total_fen: int
