"""What every offer promises, for any car, owner and alert (DESIGN: Fair offers; R11, R17, R18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from care.offers.car_facts import Facts
from care.offers.decision import decide
from domain.health import Severity
from domain.offers import Fit, NoOffer, Offer, Payer, Role, bill
from domain.vehicle import Powertrain
from tests.care.offers.facts import CATALOGUE, NOW, alerted, offered

many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(facts: Facts) -> Offer:
    offer = decide(facts)
    assume(isinstance(offer, Offer))
    assert isinstance(offer, Offer)
    return offer


@many
@given(offered, st.data())
def test_the_total_is_never_above_the_sum_of_the_items(facts: Facts, data: st.DataObject) -> None:
    offer = made(facts)
    chosen = data.draw(st.sets(st.sampled_from([x.service for x in offer.lines])))
    total = bill(offer, chosen)
    each = [x.pay_fen for x in offer.lines if x.service in chosen]
    assert 0 <= total.total_fen <= sum(each)
    assert total.total_fen <= sum(x.list_fen for x in offer.lines if x.service in chosen)
    assert total.hours >= 0


@many
@given(offered, st.data())
def test_removing_an_item_never_costs_more(facts: Facts, data: st.DataObject) -> None:
    offer = made(facts)
    chosen = data.draw(st.sets(st.sampled_from([x.service for x in offer.lines]), min_size=1))
    gone = data.draw(st.sampled_from(sorted(chosen)))
    assert bill(offer, chosen - {gone}).total_fen <= bill(offer, chosen).total_fen


@many
@given(offered)
def test_nothing_owned_is_sold(facts: Facts) -> None:
    offer = made(facts)
    for line in offer.lines:
        system = CATALOGUE.services[line.service].system
        free = [
            r
            for r in facts.entitlements
            if r.discount == 1.0
            and r.left is None
            and r.covers(line.service, system)
            and r.holds(NOW, facts.usage.odometer_km)
        ]
        if free:
            assert line.pay_fen == 0
            assert line.payer is not Payer.PAY
    for advice in offer.packages:
        if advice.package in facts.owned_packages:
            assert advice.fit is Fit.OWNED


@many
@given(offered)
def test_a_counted_right_is_used_no_more_often_than_it_holds(facts: Facts) -> None:
    offer = made(facts)
    for right in facts.entitlements:
        uses = sum(x.entitlement == right.id for x in offer.lines)
        assert right.left is None or uses <= right.left


@many
@given(offered)
def test_nothing_is_ticked_before_the_owner_ticks_it(facts: Facts) -> None:
    assert not any(line.ticked for line in made(facts).lines)


@many
@given(offered)
def test_an_electric_car_is_never_offered_engine_oil(facts: Facts) -> None:
    offer = made(replace(facts, powertrain=Powertrain.BEV))
    services = [CATALOGUE.services[x.service] for x in offer.lines]
    assert not any(s.oil or Powertrain.BEV not in s.powertrains for s in services)
    inside = [CATALOGUE.services[x.service] for a in offer.packages for x in a.lines]
    assert not any(s.oil for s in inside)


@many
@given(offered)
def test_the_severity_of_the_alert_is_carried_unchanged(facts: Facts) -> None:
    offer = made(facts)
    assert offer.severity == (None if facts.trigger is None else facts.trigger.severity)


@many
@given(alerted)
def test_red_is_rescued_and_never_sold_to(facts: Facts) -> None:
    assert facts.trigger is not None
    answer = decide(replace(facts, trigger=replace(facts.trigger, severity=Severity.RED)))
    assert isinstance(answer, NoOffer)
    assert answer.rescue


@many
@given(offered)
def test_caps_are_kept(facts: Facts) -> None:
    offer = made(facts)
    kind = "alert" if offer.alert_id is not None else "due"
    cap = CATALOGUE.caps[kind]
    same = [p for p in facts.past if p.kind == kind]
    assert sum(p.open for p in same) < cap.open
    assert sum(NOW - p.made_at < timedelta(days=30) for p in same) < cap.days_30


@many
@given(offered)
def test_the_same_facts_give_the_same_offer_in_any_order(facts: Facts) -> None:
    turned = replace(
        facts,
        slots=facts.slots[::-1],
        due=facts.due[::-1],
        entitlements=facts.entitlements[::-1],
        past=facts.past[::-1],
        declined=facts.declined[::-1],
    )
    assert decide(facts) == decide(facts) == decide(turned)


@many
@given(alerted)
def test_without_consent_only_what_the_alert_asks_for(facts: Facts) -> None:
    offer = made(replace(facts, wants_offers=False))
    assert facts.trigger is not None
    assert all(line.role is Role.MAIN for line in offer.lines)
    assert offer.packages == ()


@many
@given(offered)
def test_a_package_is_recommended_only_if_its_own_sum_pays(facts: Facts) -> None:
    for advice in made(facts).packages:
        assert advice.value_fen == sum(line.value_fen for line in advice.lines)
        for line in advice.lines:
            uses = 0.0 if line.uses is None else line.uses
            assert line.value_fen <= (uses + 0.01) * line.each_fen
            assert line.included is None or line.value_fen <= line.included * line.each_fen
        if advice.fit is Fit.PAYS:
            assert advice.value_fen > advice.price_fen
            assert advice.package not in facts.owned_packages


@many
@given(offered)
def test_a_slot_fits_hours_skill_and_parts(facts: Facts) -> None:
    offer = made(facts)
    main = {x.service for x in offer.lines if x.role is Role.MAIN}
    for slot in offer.slots:
        assert slot.hours >= bill(offer, main).hours
        assert {x.skill for x in offer.lines if x.service in main} <= slot.skills
        assert offer.parts_ready_at is not None
        assert slot.start >= max(offer.parts_ready_at, NOW)


@many
@given(offered)
def test_a_declined_service_is_not_offered_again_unless_it_got_worse(facts: Facts) -> None:
    offer = made(facts)
    severity = -1 if offer.severity is None else int(offer.severity)
    names = {x.service for x in offer.lines}
    for no in facts.declined:
        fresh = NOW - no.at < timedelta(days=CATALOGUE.declined_days)
        before = -1 if no.severity is None else int(no.severity)
        if fresh and severity <= before:
            assert no.service not in names


@many
@given(offered)
def test_what_is_offered_or_booked_already_is_not_offered_again(facts: Facts) -> None:
    assert not facts.promised & {x.service for x in made(facts).lines}
