"""Hypothesis strategies: any car, any owner, any alert the product can meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from care.offers.car_facts import Declined, Due, Facts, PastOffer, Trigger, Usage
from care.offers.catalogue import shipped
from domain.entitlements import Entitlement, EntitlementKind
from domain.health import Severity
from domain.offers import Slot
from domain.sentences.phrase import Phrase
from domain.vehicle import Powertrain

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CATALOGUE = shipped()
SERVICES = sorted(CATALOGUE.services)
CAUSES = [
    *sorted({c for s in CATALOGUE.services.values() for c in {*s.causes, *s.follows}}),
    "dtc_p1",
]
SYSTEMS = sorted({s.system for s in CATALOGUE.services.values()})

severities = st.sampled_from(Severity)
moments = st.integers(-200, 60).map(lambda days: NOW + timedelta(days=days))

triggers = st.builds(
    Trigger,
    alert_id=st.integers(1, 2**62),
    cause=st.sampled_from(CAUSES),
    component=st.sampled_from(["V_82", "tyre_fl", ""]),
    severity=severities,
    experimental=st.booleans(),
)
dues = st.builds(
    Due,
    service=st.sampled_from(SERVICES),
    overdue_share=st.floats(0, 3),
    basis=st.just(Phrase(id="due.by_km", args={"km": 10000})),
)
entitlements = st.builds(
    Entitlement,
    id=st.uuids().map(str),
    kind=st.sampled_from(EntitlementKind),
    services=st.frozensets(st.sampled_from([*SERVICES, *CATALOGUE.packages]), max_size=4),
    systems=st.frozensets(st.sampled_from(SYSTEMS), max_size=2),
    discount=st.sampled_from([0.2, 0.3, 0.5, 1.0, 1.0]),
    left=st.none() | st.integers(0, 3),
    until=st.none() | moments,
    until_km=st.none() | st.floats(0, 200_000),
)
usages = st.builds(
    Usage,
    km_per_year=st.none() | st.floats(0, 150_000),
    age_years=st.none() | st.floats(0, 25),
    odometer_km=st.none() | st.floats(0, 500_000),
    uses=st.none() | st.dictionaries(st.sampled_from(SERVICES), st.integers(0, 60), max_size=6),
    home_charger=st.none() | st.booleans(),
    repairs_fen=st.none() | st.integers(0, 3_000_000),
    in_maker_warranty=st.none() | st.booleans(),
)
slots = st.builds(
    lambda no, day, hours, skills: Slot(
        id=no,
        centre_id=1,
        start=NOW + timedelta(days=day),
        end=NOW + timedelta(days=day, hours=hours),
        skills=skills,
    ),
    st.integers(1, 10_000),
    st.integers(-3, 30),
    st.floats(0.25, 9),
    st.sampled_from([frozenset({"general"}), frozenset({"general", "hv"})]),
)
facts = st.builds(
    Facts,
    now=st.just(NOW),
    vehicle_id=st.integers(1, 2**62),
    powertrain=st.sampled_from(Powertrain),
    catalogue=st.just(CATALOGUE),
    trigger=st.none() | triggers,
    due=st.lists(dues, max_size=6, unique_by=lambda d: d.service).map(tuple),
    entitlements=st.lists(entitlements, max_size=5).map(tuple),
    owned_packages=st.frozensets(st.sampled_from(sorted(CATALOGUE.packages)), max_size=2),
    promised=st.frozensets(st.sampled_from(SERVICES), max_size=3),
    wants_offers=st.booleans(),
    usage=usages,
    declined=st.lists(
        st.builds(
            Declined,
            service=st.sampled_from(SERVICES),
            at=moments,
            severity=st.none() | severities,
        ),
        max_size=3,
    ).map(tuple),
    past=st.lists(
        st.builds(
            PastOffer, kind=st.sampled_from(["alert", "due"]), made_at=moments, open=st.booleans()
        ),
        max_size=5,
    ).map(tuple),
    slots=st.lists(slots, max_size=6, unique_by=lambda s: s.id).map(tuple),
    stock=st.dictionaries(st.sampled_from(sorted(CATALOGUE.parts)), st.integers(0, 3), max_size=4),
)

calls_for_service = st.builds(
    Trigger,
    alert_id=st.integers(1, 2**62),
    cause=st.sampled_from(CAUSES),
    component=st.sampled_from(["V_82", "tyre_fl", ""]),
    severity=st.sampled_from([Severity.YELLOW, Severity.ORANGE]),
)
alerted = st.builds(replace, facts, trigger=calls_for_service)
"""Cars with an alert that may be offered on."""
offered = st.one_of(alerted, alerted, facts)
