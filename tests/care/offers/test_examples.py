"""Offers a person can check by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.offers.car_facts import Due, Facts, Trigger, Usage
from care.offers.catalogue import parse, shipped
from care.offers.decision import decide
from domain.entitlements import (
    Entitlement,
    EntitlementKind,
    PointsEntry,
    benefits_of,
    points_balance,
    tier_of,
)
from domain.errors import BadInput
from domain.health import Severity
from domain.offers import Fit, NoOffer, Offer, Payer, Slot, bill
from domain.sentences.phrase import Phrase
from domain.vehicle import Powertrain
from tests.care.offers.facts import NOW

WEAK_CELL = Trigger(alert_id=7, cause="weak_cell", component="V_1", severity=Severity.ORANGE)


def ev(**changes: object) -> Facts:
    given = {
        "now": NOW,
        "vehicle_id": 1,
        "powertrain": Powertrain.BEV,
        "catalogue": shipped(),
        "trigger": WEAK_CELL,
    }
    return Facts(**{**given, **changes})  # type: ignore[arg-type]


def offer(facts: Facts) -> Offer:
    made = decide(facts)
    assert isinstance(made, Offer), made
    return made


def test_a_weak_cell_asks_for_a_battery_inspection_by_a_high_voltage_technician() -> None:
    day = timedelta(days=1)
    plain = Slot(id=1, centre_id=1, start=NOW + day, end=NOW + day + timedelta(hours=3))
    licensed = Slot(
        id=2,
        centre_id=1,
        start=NOW + 2 * day,
        end=NOW + 2 * day + timedelta(hours=3),
        skills=frozenset({"general", "hv"}),
    )
    made = offer(ev(slots=(plain, licensed)))
    assert [x.service for x in made.lines] == ["battery_inspection"]
    assert made.lines[0].list_fen == made.lines[0].pay_fen == 30_000  # 1.5 h at 200 yuan
    assert [s.id for s in made.slots] == [2]


def test_the_maker_pays_under_warranty() -> None:
    warranty = Entitlement(
        id="w",
        kind=EntitlementKind.WARRANTY,
        systems=frozenset({"traction_battery"}),
        until=NOW + timedelta(days=900),
        until_km=120_000,
    )
    made = offer(ev(entitlements=(warranty,), wants_offers=True))
    assert {x.payer for x in made.lines} == {Payer.WARRANTY}
    assert bill(made, {x.service for x in made.lines}).total_fen == 0


def test_the_pack_is_opened_once_and_the_owner_pays_it_once() -> None:
    made = offer(ev(wants_offers=True))
    both = bill(made, {"battery_inspection", "cell_balancing"})
    assert both.items_fen == 30_000 + 20_000
    assert both.saved_fen == 10_000  # half an hour of opening the pack
    assert both.total_fen == 40_000
    assert bill(made, {"cell_balancing"}).total_fen == 20_000


@pytest.mark.parametrize(
    ("km", "washes", "rescues", "says"),
    [(9_000, 1, 0, Fit.NOT_NEEDED), (110_000, 4, 1, Fit.PAYS), (None, 1, 0, Fit.UNKNOWN)],
)
def test_full_year_care_pays_only_for_a_car_that_drives_a_lot(
    km: float | None, washes: int, rescues: int, says: Fit
) -> None:
    usage = Usage(
        km_per_year=km, age_years=5, uses={"deep_wash": washes, "roadside_rescue": rescues}
    )
    due = Due(service="basic_maintenance", overdue_share=1.1, basis=Phrase(id="due.by_km"))
    made = offer(
        ev(powertrain=Powertrain.PETROL, trigger=None, due=(due,), usage=usage, wants_offers=True)
    )
    advice = {a.package: a for a in made.packages}["full_year"]
    assert advice.fit is says
    assert advice.price_fen == 360_000
    assert "nev_year" not in {a.package for a in made.packages}


def test_the_new_energy_year_is_honest_about_one_test_a_year() -> None:
    usage = Usage(km_per_year=15_000, age_years=3, uses={}, home_charger=True)
    advice = {a.package: a for a in offer(ev(usage=usage, wants_offers=True)).packages}["nev_year"]
    assert (advice.fit, advice.value_fen) == (Fit.NOT_NEEDED, 30_000)


def test_an_oil_service_for_an_electric_car_does_not_even_load() -> None:
    text = """
version: t
labour_yuan_h: 100
parts: []
services: [{id: oil, zh: 机油, en: Oil, system: maintenance, for: all, labour_h: 1, oil: true}]
packages: []
tiers: []
"""
    with pytest.raises(BadInput, match="engine oil for an electric car"):
        parse(text)


def test_a_due_service_needs_a_yes_to_personal_offers() -> None:
    due = Due(service="ev_maintenance", overdue_share=1.2, basis=Phrase(id="due.by_time"))
    answer = decide(ev(trigger=None, due=(due,)))
    assert isinstance(answer, NoOffer)
    assert answer.reason.id == "no_offer.no_consent"


def test_tiers_step_up_and_keep_what_is_below() -> None:
    tiers = shipped().tiers
    assert tier_of(499_999, tiers) is None
    gold = tier_of(1_500_000, tiers)
    assert gold is not None
    assert gold.id == "gold"
    assert {b.source for b in benefits_of(1_500_000, tiers)} == {"silver", "gold"}


def test_points_leave_oldest_first_and_say_when() -> None:
    entries = [
        PointsEntry(at=NOW - timedelta(days=800), points=500),
        PointsEntry(at=NOW - timedelta(days=700), points=300),
        PointsEntry(at=NOW - timedelta(days=100), points=200),
        PointsEntry(at=NOW - timedelta(days=50), points=-350),
    ]
    balance = points_balance(entries, NOW)
    assert balance.points == 150
    assert balance.expiring == ((150, NOW - timedelta(days=100) + timedelta(days=730)),)


def test_points_that_are_not_there_cannot_be_spent() -> None:
    with pytest.raises(ValueError, match="more than there were"):
        points_balance([PointsEntry(at=NOW, points=-1)], NOW)
