"""The contract of `TelemetrySink`, on every implementation."""

from __future__ import annotations

from datetime import timedelta
from math import inf, nan

import pytest

from domain.errors import Refused
from domain.readings import Outcome, Quarantine, Rejected
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Trip
from firmware_contracts.signal import Reason
from tests.store.fleet import NOON, NOON_MS, accepted, register, unbound
from tests.store.stores import Store

DAY = timedelta(days=1)


def soc(store: Store, vehicle_id: int) -> list[float]:
    window = store.windows.read(vehicle_id, ["soc_pct"], NOON - DAY, NOON + DAY)
    return [float(value) for value in window["soc_pct"]]


def test_every_message_has_its_fate_in_the_order_given(store: Store) -> None:
    car = register(store.registry)
    first = accepted(car, 0, [0, 1], {"soc_pct": [50, 51]})
    second = accepted(car, 1, [2], {"soc_pct": [52]})
    clone = accepted(car, 1, [9], {"soc_pct": [99]})
    torn = Rejected(
        topic=first.topic,
        payload=b"torn",
        received_at=NOON,
        reason=Quarantine.UNREADABLE,
        detail="torn",
    )
    done = store.sink.commit([first, first, second, clone], [torn])
    assert done.epoch == 1
    assert [s.outcome for s in done.stored] == [
        Outcome.COMMITTED,
        Outcome.DUPLICATE,
        Outcome.COMMITTED,
        Outcome.CONFLICT,
        Outcome.REFUSED,
    ]
    assert [s.rows_stored for s in done.stored] == [2, 0, 1, 0, 0]
    assert [s.rows_duplicate for s in done.stored] == [0, 2, 0, 0, 0]
    assert [dict(s.rows_quarantined) for s in done.stored[3:]] == [
        {"stream_conflict": 1},
        {"unreadable": 0},
    ]
    assert [s.seq for s in done.stored] == [0, 0, 1, 1, None]
    assert {s.device for s in done.stored} == {car.device}
    assert soc(store, car.vehicle_id) == [50, 51, 52]


def test_rows_in_are_stored_duplicate_or_quarantined(store: Store) -> None:
    car = register(store.registry)
    store.sink.commit([accepted(car, 0, [0, 1], {"soc_pct": [50, 51]})], [])
    mixed = unbound(accepted(car, 1, [0, 1, 1, 2, 3], {"soc_pct": [50, 51, 55, 52, 53]}), [4])
    fate = store.sink.commit([mixed], []).stored[0]
    assert (fate.rows_stored, fate.rows_duplicate) == (2, 2)
    assert dict(fate.rows_quarantined) == {"unbound": 1}


def test_a_null_of_another_reason_is_another_row(store: Store) -> None:
    car = register(store.registry)
    store.sink.commit([accepted(car, 0, [0], {"soc_pct": [Reason.INVALID], "gear": [1]})], [])
    same = accepted(car, 1, [0], {"gear": [1], "soc_pct": [Reason.INVALID]})
    other = accepted(car, 2, [0], {"soc_pct": [Reason.STALE], "gear": [1]})
    fates = store.sink.commit([same, other], []).stored
    assert [(f.rows_stored, f.rows_duplicate) for f in fates] == [(0, 1), (1, 0)]


def test_waiting_rows_are_stored_when_the_binding_is_known(store: Store) -> None:
    car = register(store.registry)
    whole = accepted(car, 0, [0, 1, 2], {"soc_pct": [50, 51, 52]})
    store.sink.commit([unbound(whole, [0, 2])], [])
    assert soc(store, car.vehicle_id) == [51]
    fate = store.sink.commit([whole], []).stored[0]
    assert (fate.rows_stored, fate.rows_duplicate) == (2, 1)
    assert store.sink.commit([whole], []).stored[0].outcome is Outcome.DUPLICATE
    assert soc(store, car.vehicle_id) == [50, 51, 52]


def test_a_call_without_messages_commits_nothing(store: Store) -> None:
    assert store.sink.commit([], []).stored == ()


def test_a_number_that_is_none_says_nothing(store: Store) -> None:
    car = register(store.registry)
    event = Event(kind=EventKind.POWER, t_ms=NOON_MS, values={"a": nan, "b": inf, "c": 1.5})
    trip = Trip(start_ms=NOON_MS, end_ms=NOON_MS, distance_m=nan, energy_kwh=2.5)
    store.sink.commit([accepted(car, 0, events=(event,), records=(trip,))], [])
    (found,) = store.windows.events(car.vehicle_id, NOON, NOON + DAY)
    assert found.values == {"c": 1.5}
    (record,) = store.windows.records(car.vehicle_id, "trip", NOON, NOON + DAY)
    assert (record["distance_m"], record["energy_kwh"]) == (None, 2.5)


def test_a_time_on_no_calendar_is_refused(store: Store) -> None:
    car = register(store.registry)
    trip = Trip(start_ms=NOON_MS, end_ms=2**62)
    with pytest.raises(Refused, match="calendar"):
        store.sink.commit([accepted(car, 0, records=(trip,))], [])
