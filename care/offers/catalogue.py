"""The service catalogue: services, parts, packages, tiers, caps. YAML in, frozen values out.

Loading refuses what an offer could not explain: a service without both languages, an engine-oil
service for an electric car, a package naming an unknown service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from domain.entitlements import Entitlement, EntitlementKind, Tier
from domain.errors import BadInput
from domain.vehicle import Powertrain

_ALL = frozenset(Powertrain)
GROUPS: Mapping[str, frozenset[Powertrain]] = {
    "all": _ALL,
    "ice": _ALL - {Powertrain.BEV},
    "nev": frozenset({Powertrain.BEV, Powertrain.PHEV}),
    "bev": frozenset({Powertrain.BEV}),
    "petrol_like": frozenset({Powertrain.PETROL, Powertrain.PHEV}),
    "diesel": frozenset({Powertrain.DIESEL}),
}
FEN = 100
"""Fen in a yuan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One thing's name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the price list."""

    id: str
    name: Text
    price_fen: int
    lead_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Maker's plan: whichever comes first."""

    km: float | None = None
    months: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a centre sells alone. `causes` it answers first (the weightiest cause first),
    `follows` it may need next.

    `access` names the work that two services share (wheels off, pack opened).
    """

    id: str
    name: Text
    system: str
    powertrains: frozenset[Powertrain]
    labour_h: float
    labour_fen: int
    parts_fen: int
    demo_price: bool
    skill: str = "general"
    access: str = ""
    parts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    follows: frozenset[str] = frozenset()
    interval: Interval | None = None
    oil: bool = False
    fallback: bool = False
    only_after: str = ""
    note: Text | None = None

    @property
    def list_fen(self) -> int:
        """The published price alone."""
        return self.labour_fen + self.parts_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One service inside a package; `included` None is unlimited; `uses` names the estimate."""

    service: str
    included: int | None
    uses: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A prepaid bundle for a term."""

    id: str
    name: Text
    price_fen: int
    powertrains: frozenset[Powertrain]
    months: int
    contents: tuple[Content, ...]
    demo_price: bool
    price_high_fen: int | None = None
    km: float | None = None
    warranty: bool = False
    exclusions: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """How many offers one owner may have open, and get in 30 days."""

    open: int
    days_30: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One version of everything that can be offered."""

    version: str
    labour_fen_h: int
    services: Mapping[str, Service]
    packages: Mapping[str, Package]
    parts: Mapping[str, Part]
    tiers: tuple[Tier, ...]
    tier_names: Mapping[str, Text]
    caps: Mapping[str, Cap]
    expires_days: Mapping[str, int]
    max_tie_ins: int
    declined_days: int
    points_per_yuan: int = 1
    shared_h: Mapping[str, float] = field(default_factory=dict)

    def name(self, id: str) -> Text:
        """The name of a service, package or part."""
        for table in (self.services, self.packages, self.parts):
            if id in table:
                return table[id].name
        raise KeyError(id)

    def answering(self, cause: str, powertrain: Powertrain) -> tuple[Service, ...]:
        """Services that look into a cause, the fallback diagnosis where none is named."""
        fit = [s for s in self.services.values() if powertrain in s.powertrains]
        named = tuple(s for s in fit if cause in s.causes)
        return named or tuple(s for s in fit if s.fallback)


def _text(row: Mapping[str, Any], where: str) -> Text:
    if not row.get("zh") or not row.get("en"):
        raise BadInput(
            where, row.get("id"), "has no name in both languages", remedy="give zh and en"
        )
    return Text(zh=row["zh"], en=row["en"])


def _powertrains(row: Mapping[str, Any], where: str) -> frozenset[Powertrain]:
    group = str(row.get("for"))
    if group not in GROUPS:
        raise BadInput(
            f"{where}.for", group, "is no powertrain group", remedy=f"use one of {sorted(GROUPS)}"
        )
    return GROUPS[group]


def _part(row: Mapping[str, Any]) -> Part:
    return Part(
        id=row["id"],
        name=_text(row, "parts"),
        price_fen=round(row["price"] * FEN),
        lead_days=row["lead_days"],
    )


def _service(row: Mapping[str, Any], parts: Mapping[str, Part], rate_fen: int) -> Service:
    where = f"services.{row['id']}"
    powertrains = _powertrains(row, where)
    oil = bool(row.get("oil"))
    if oil and Powertrain.BEV in powertrains:
        raise BadInput(where, row["for"], "engine oil for an electric car", remedy="use for: ice")
    unknown = [p for p in row.get("parts", ()) if p not in parts]
    if unknown:
        raise BadInput(f"{where}.parts", unknown, "not in the parts list", remedy="add the part")
    parts_fen = sum(parts[p].price_fen for p in row.get("parts", ()))
    labour_fen = round(row["labour_h"] * rate_fen)
    if "price" in row:
        labour_fen = max(round(row["price"] * FEN) - parts_fen, 0)
    return Service(
        id=row["id"],
        name=_text(row, where),
        system=row["system"],
        powertrains=powertrains,
        labour_h=float(row["labour_h"]),
        labour_fen=labour_fen,
        parts_fen=parts_fen,
        demo_price=row.get("published") is not True,
        skill=row.get("skill", "general"),
        access=row.get("access", ""),
        parts=tuple(row.get("parts", ())),
        causes=tuple(row.get("causes", ())),
        follows=frozenset(row.get("follows", ())),
        interval=Interval(**row["interval"]) if "interval" in row else None,
        oil=oil,
        fallback=bool(row.get("fallback")),
        only_after=row.get("only_after", ""),
        note=_text(row["note"], f"{where}.note") if "note" in row else None,
    )


def _package(row: Mapping[str, Any], services: Mapping[str, Service]) -> Package:
    where = f"packages.{row['id']}"
    contents = tuple(Content(**c) for c in row["contents"])
    for content in contents:
        if content.service not in services:
            raise BadInput(where, content.service, "no such service", remedy="add it to services")
    high = row.get("price_high")
    return Package(
        id=row["id"],
        name=_text(row, where),
        price_fen=round(row["price"] * FEN),
        powertrains=_powertrains(row, where),
        months=row["months"],
        contents=contents,
        demo_price=row.get("published") is not True,
        price_high_fen=None if high is None else round(high * FEN),
        km=row.get("km"),
        warranty=bool(row.get("warranty")),
        exclusions=_text(row["exclusions"], where) if "exclusions" in row else None,
    )


def _tier(row: Mapping[str, Any]) -> Tier:
    benefits = tuple(
        Entitlement(
            id=f"{row['id']}.{b['service']}",
            kind=EntitlementKind.MEMBER,
            services=frozenset({b["service"]}),
            discount=b["discount"],
            left=b.get("per_month"),
            source=row["id"],
        )
        for b in row["benefits"]
    )
    return Tier(
        id=row["id"],
        min_spend_fen=round(row["min_spend"] * FEN),
        benefits=benefits,
        contact_hours=row.get("contact_hours"),
    )


def parse(text: str) -> Catalogue:
    """A catalogue from YAML text. Raises BadInput naming the row that cannot be offered."""
    data = yaml.safe_load(text)
    rate_fen = round(data["labour_yuan_h"] * FEN)
    parts = {row["id"]: _part(row) for row in data["parts"]}
    services = {row["id"]: _service(row, parts, rate_fen) for row in data["services"]}
    return Catalogue(
        version=data["version"],
        labour_fen_h=rate_fen,
        services=services,
        packages={row["id"]: _package(row, services) for row in data["packages"]},
        parts=parts,
        tiers=tuple(_tier(row) for row in data["tiers"]),
        tier_names={row["id"]: _text(row, "tiers") for row in data["tiers"]},
        caps={kind: Cap(**cap) for kind, cap in data["caps"].items()},
        expires_days=data["expires_days"],
        max_tie_ins=data["max_tie_ins"],
        declined_days=data["declined_days"],
        points_per_yuan=data["points"]["per_yuan"],
        shared_h=data["shared_h"],
    )


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with the product."""
    return parse(resources.files("care.offers").joinpath("data/catalogue.yaml").read_text("utf-8"))


def load(path: Path | None) -> Catalogue:
    """The group's own catalogue, or the shipped one."""
    return shipped() if path is None else parse(path.read_text("utf-8"))
