"""The assessment book, the alert book and the urgent queue keep what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.alerts import Alert, AlertChange, AlertState, ChangeKind
from domain.errors import Conflict, NotFound
from domain.health import Assessment, Estimate, Finding, Severity, Silence
from domain.methods import Method
from domain.urgent import judge
from firmware_contracts.events import Event, EventKind
from store.results.urgent_event import UrgentEvent
from tests.store.fleet import NOON, NOON_MS, Car, accepted, register
from tests.store.stores import Store

HOUR = timedelta(hours=1)


def finding(**changes: object) -> Finding:
    told = Finding(
        cause="weak_cell",
        component="V_2",
        severity=Severity.ORANGE,
        since=NOON,
        as_of=NOON + HOUR,
        confidence=0.9,
        method=Method.STANDING_CHARGE_DEFICIT,
        values={"z": 7.5},
        limits={"z": 5.0},
        due_low=NOON + 9 * HOUR,
        chart={"V_2": ([1, 2], [3.5, 3.25])},
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def change(car: Car, kind: ChangeKind, **more: object) -> AlertChange:
    return AlertChange(kind=kind, vehicle_id=car.vehicle_id, cause="weak_cell", **more)  # type: ignore[arg-type]


def test_an_assessment_comes_back_as_it_was_saved(store: Store) -> None:
    car = register(store.registry)
    told = Assessment(
        vehicle_id=car.vehicle_id,
        as_of=NOON,
        model_version="1",
        input_digest="ab",
        answers={
            "capacity_soh": Estimate(
                value=91.5,
                low=90,
                high=93,
                unit="%",
                method=Method.COULOMB_COUNTING,
                windows=3,
                coverage=0.5,
                detail={"n": [1, 2]},
            ),
            "resistance": Silence(reason="no_steps", missing="a drive", detail={"k": 1}),
        },
        findings=(finding(),),
        facts={"habit": {"fast": 0.5}},
        assessed_causes=frozenset({"a"}),
    )
    store.assessments.save(told)
    assert store.assessments.latest(car.vehicle_id) == told
    later = replace(told, as_of=NOON + HOUR, findings=())
    store.assessments.save(later)
    assert store.assessments.latest(car.vehicle_id) == later


def test_a_vehicle_is_due_until_a_run_has_seen_its_data(store: Store) -> None:
    car = register(store.registry)
    told = Assessment(
        vehicle_id=car.vehicle_id, as_of=NOON, model_version="1", input_digest="", answers={}
    )
    assert store.assessments.due(9) == []
    store.sink.commit([accepted(car, 0, [0], {"soc_pct": [50]})], [])
    assert store.assessments.due(9) == [car.vehicle_id]
    store.sink.commit([accepted(car, 1, [1], {"soc_pct": [51]})], [])  # came while the run read
    store.assessments.save(told)
    assert store.assessments.due(9) == [car.vehicle_id]
    store.assessments.save(told)
    assert store.assessments.due(9) == []
    store.sink.commit([accepted(car, 1, [1], {"soc_pct": [51]})], [])  # a duplicate is no news
    assert store.assessments.due(9) == []


def test_an_assessment_of_an_unknown_vehicle_is_refused(store: Store) -> None:
    with pytest.raises(NotFound):
        store.assessments.save(
            Assessment(vehicle_id=7, as_of=NOON, model_version="1", input_digest="", answers={})
        )


def test_an_alert_lives_through_its_changes(store: Store) -> None:
    car = register(store.registry)
    (raised,) = store.alerts.apply([change(car, ChangeKind.RAISE, finding=finding())], NOON)
    assert store.alerts.open_alerts(car.vehicle_id) == [raised]
    assert (raised.severity, raised.component, raised.occurrences) == (Severity.ORANGE, "V_2", 1)
    assert raised.chart == {"V_2": ([1, 2], [3.5, 3.25])}

    def now(kind: ChangeKind, **more: object) -> Alert:
        (alert,) = store.alerts.apply(
            [change(car, kind, alert_id=raised.id, **more)], NOON + 2 * HOUR
        )
        return alert

    worse = finding(severity=Severity.RED, as_of=NOON + 2 * HOUR)
    assert now(ChangeKind.WORSEN, finding=worse).severity is Severity.RED
    assert now(ChangeKind.ACKNOWLEDGE).acknowledged_at == NOON + 2 * HOUR
    assert now(ChangeKind.SNOOZE, until=NOON + 9 * HOUR).snoozed_until == NOON + 9 * HOUR
    again = now(ChangeKind.REPEAT, finding=finding(since=NOON + HOUR))
    assert (again.occurrences, again.since) == (2, NOON)
    assert now(ChangeKind.CORRECT, finding=finding(since=NOON - HOUR)).since == NOON - HOUR
    closed = now(ChangeKind.RECOVER, finding=finding(recovered=True))
    assert (closed.state, closed.closed_at) == (AlertState.RECOVERED, NOON + 2 * HOUR)
    assert store.alerts.open_alerts(car.vehicle_id) == []
    with pytest.raises(Conflict):
        now(ChangeKind.RESOLVE)


def test_raising_what_is_open_repeats_it(store: Store) -> None:
    car = register(store.registry)
    raise_it = change(car, ChangeKind.RAISE, finding=finding())
    first, second = store.alerts.apply([raise_it, raise_it], NOON)
    assert (first.id, second.occurrences) == (second.id, 2)
    assert len(store.alerts.open_alerts(car.vehicle_id)) == 1


def test_changes_are_all_carried_out_or_none(store: Store) -> None:
    car = register(store.registry)
    good = change(car, ChangeKind.RAISE, finding=finding())
    bad = change(car, ChangeKind.RESOLVE, alert_id=5)
    with pytest.raises(NotFound):
        store.alerts.apply([good, bad], NOON)
    assert store.alerts.open_alerts(car.vehicle_id) == []


def test_another_vehicles_alert_is_not_found(store: Store) -> None:
    mine, other = register(store.registry), register(store.registry, "tbox-2")
    (raised,) = store.alerts.apply([change(mine, ChangeKind.RAISE, finding=finding())], NOON)
    with pytest.raises(NotFound):
        store.alerts.apply([change(other, ChangeKind.RESOLVE, alert_id=raised.id)], NOON)


def _changes(event: UrgentEvent, alerts: Sequence[Alert]) -> list[AlertChange]:
    urgent = judge(event.event)
    if urgent is None:
        return []
    since = NOON + timedelta(milliseconds=event.event.t_ms - NOON_MS)
    told = finding(cause=urgent.cause, severity=urgent.severity, since=since)
    kind = ChangeKind.REPEAT if alerts else ChangeKind.RAISE
    return [
        AlertChange(
            kind=kind,
            vehicle_id=event.vehicle_id,
            cause=urgent.cause,
            finding=told,
            alert_id=alerts[0].id if alerts else None,
            rescue=urgent.rescue,
        )
    ]


def test_urgent_events_become_alerts_once(store: Store) -> None:
    car = register(store.registry)
    events = (
        Event(kind=EventKind.DTC, t_ms=NOON_MS, code="P0420"),
        Event(kind=EventKind.THERMAL, t_ms=NOON_MS + 1),
        Event(kind=EventKind.THERMAL, t_ms=NOON_MS + 2),
    )
    store.sink.commit([accepted(car, 0, [0], {"soc_pct": [50]}, events=events)], [])
    queue = store.urgent(_changes)
    handled = [queue.take(1), queue.take(9), queue.take(9)]
    assert (sum(handled), handled[-1]) == (2, 0)
    (alert,) = store.alerts.open_alerts(car.vehicle_id)
    assert (alert.cause, alert.severity, alert.occurrences) == ("thermal_event", Severity.RED, 2)
    assert alert.rescue


def test_a_judge_that_fails_leaves_the_event_for_the_next_try(store: Store) -> None:
    car = register(store.registry)
    events = (Event(kind=EventKind.CRASH, t_ms=NOON_MS),)
    store.sink.commit([accepted(car, 0, events=events)], [])

    def broken(event: UrgentEvent, alerts: Sequence[Alert]) -> list[AlertChange]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        store.urgent(broken).take(9)
    assert store.urgent(_changes).take(9) == 1


def test_waiting_ends(store: Store) -> None:
    store.urgent(_changes).wait(0.05)
