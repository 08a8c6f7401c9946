"""What models read: the same values that cars sent, one voice, and why something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from domain.errors import BadInput
from firmware_contracts.events import Event, EventKind
from firmware_contracts.records import Charge
from firmware_contracts.signal import Reason, Storage
from firmware_contracts.telemetry import Origin
from store.db.schema import COLUMNS
from tests.store.fleet import NOON, NOON_MS, accepted, packed, register
from tests.store.stores import Store

DAY = timedelta(days=1)


def test_values_come_back_exactly_with_their_reasons(store: Store) -> None:
    car = register(store.registry)
    told: dict[str, Sequence[float | Reason]] = {
        "soc_pct": [50.01, Reason.INVALID, Reason.ABSENT, 49.9],
        "odometer_m": [4294967293.0, Reason.STALE, 1.0, 2.0],
        "mil_on": [1, 0, Reason.NOT_SUPPORTED, 1],
    }
    store.sink.commit([accepted(car, 0, [3, 1, 2, 0], told)], [])
    window = store.windows.read(car.vehicle_id, list(told), NOON - DAY, NOON + DAY)
    assert window.ticks_ms.tolist() == [NOON_MS + 1000 * t for t in range(4)]
    soc, odometer, lamp = (window.columns[name] for name in told)
    assert np.array_equal(soc.values, [49.9, np.nan, np.nan, 50.01], equal_nan=True)
    assert soc.reasons.tolist() == [0, Reason.INVALID, Reason.ABSENT, 0]
    assert np.array_equal(odometer.values, [2, np.nan, 1, 4294967293], equal_nan=True)
    assert odometer.reasons.tolist() == [0, Reason.STALE, 0, 0]
    assert np.array_equal(lamp.values, [1, 0, np.nan, 1], equal_nan=True)
    assert lamp.reasons.tolist() == [0, 0, Reason.NOT_SUPPORTED, 0]


def test_every_signal_reads_back_on_its_scale(store: Store) -> None:
    car = register(store.registry)
    told = {
        s.name: [0, 1, 1] if s.storage is Storage.BOOLEAN else [s.low, s.high - s.scale, s.high]
        for s in COLUMNS
    }
    store.sink.commit([accepted(car, 0, [0, 1, 2], told)], [])
    window = store.windows.read(car.vehicle_id, list(told), NOON - DAY, NOON + DAY)
    for signal in COLUMNS:
        steps = np.round((window[signal.name] - signal.offset) / signal.scale)
        wanted = np.round((np.array(told[signal.name]) - signal.offset) / signal.scale)
        assert np.array_equal(steps, wanted), signal.name
        assert window[signal.name] == pytest.approx(told[signal.name], abs=signal.scale * 1e-6)


def test_an_end_is_left_out_and_an_unread_signal_is_absent(store: Store) -> None:
    car = register(store.registry)
    store.sink.commit([accepted(car, 0, [0, 1, 2], {"soc_pct": [50, 51, 52]})], [])
    window = store.windows.read(
        car.vehicle_id, ["soc_pct", "oil_life_pct"], NOON, NOON + timedelta(seconds=2)
    )
    assert window["soc_pct"].tolist() == [50, 51]
    assert np.isnan(window["oil_life_pct"]).all()
    assert set(window.columns["oil_life_pct"].reasons.tolist()) == {Reason.ABSENT}


def test_a_vehicle_that_never_reported_is_an_empty_window(store: Store) -> None:
    car = register(store.registry)
    window = store.windows.read(
        car.vehicle_id, ["soc_pct"], NOON - DAY, NOON, cells=True, probes=True
    )
    assert window.ticks_ms.shape == (0,)
    assert window.cells is not None
    assert window.cells.values.shape[0] == 0
    assert store.windows.span(car.vehicle_id) is None


def test_old_history_and_live_rows_are_one_window(store: Store) -> None:
    car = register(store.registry)
    long_ago = NOON_MS - 400 * 86_400_000
    store.sink.commit(
        [
            accepted(car, 0, [0], {"soc_pct": [10]}, origin=Origin.IMPORT, start_ms=long_ago),
            accepted(car, 1, [0], {"soc_pct": [20]}, origin=Origin.IMPORT),
            accepted(car, 2, [1], {"soc_pct": [30]}),
        ],
        [],
    )
    window = store.windows.read(car.vehicle_id, ["soc_pct"], NOON - 500 * DAY, NOON + DAY)
    assert window["soc_pct"].tolist() == [10, 20, 30]
    span = store.windows.span(car.vehicle_id)
    assert span == (NOON - 400 * DAY, NOON + timedelta(seconds=1))


def test_equal_times_give_the_row_received_last(store: Store) -> None:
    car = register(store.registry)
    store.sink.commit([accepted(car, 0, [0], {"soc_pct": [50]})], [])
    later = accepted(car, 1, [0], {"soc_pct": [60]}, received_at=NOON + timedelta(minutes=1))
    store.sink.commit([later], [])
    window = store.windows.read(car.vehicle_id, ["soc_pct"], NOON - DAY, NOON + DAY)
    assert window["soc_pct"].tolist() == [60]


def test_each_signal_comes_from_the_source_that_told_most_that_day(store: Store) -> None:
    car = register(store.registry)
    dongle = store.second_device(car, "dongle")
    box = accepted(
        car,
        0,
        [0, 1, 2],
        {"soc_pct": [50, 51, 52], "lv_voltage_v": [12.5, Reason.ABSENT, Reason.ABSENT]},
    )
    plug = accepted(
        dongle,
        0,
        [0, 1, 3],
        {"soc_pct": [70, 71, Reason.ABSENT], "lv_voltage_v": [13.5, 13.6, 13.7]},
    )
    store.sink.commit([box, plug], [])
    window = store.windows.read(car.vehicle_id, ["soc_pct", "lv_voltage_v"], NOON - DAY, NOON + DAY)
    assert window.ticks_ms.tolist() == [NOON_MS + t for t in (0, 1000, 2000, 3000)]
    assert np.array_equal(window["soc_pct"], [50, 51, 52, np.nan], equal_nan=True)
    assert np.array_equal(window["lv_voltage_v"], [13.5, 13.6, np.nan, 13.7], equal_nan=True)


def test_cells_and_probes_come_in_volts_and_degrees_with_reasons(store: Store) -> None:
    car = register(store.registry)
    batch = accepted(
        car,
        0,
        [0, 1],
        {"soc_pct": [50, 51]},
        cells=packed([[3900, Reason.INVALID, 3902], [3903, 3904, Reason.OUT_OF_RANGE]]),
        probes=packed([[255, -100], [256, Reason.STALE]]),
    )
    more = accepted(car, 1, [2], {"soc_pct": [52]}, cells=packed([[3800, 3801, 3802, 3803]]))
    store.sink.commit([batch, more], [])
    window = store.windows.read(
        car.vehicle_id, ["soc_pct"], NOON - DAY, NOON + DAY, cells=True, probes=True
    )
    assert window.cells is not None
    assert window.probes is not None
    wanted = np.array(
        [[3.9, np.nan, 3.902, np.nan], [3.903, 3.904, np.nan, np.nan], [3.8, 3.801, 3.802, 3.803]],
        dtype=np.float32,
    )
    assert np.array_equal(window.cells.values, wanted, equal_nan=True)
    assert window.cells.reasons.tolist() == [[0, 2, 0, 5], [0, 0, 3, 5], [0, 0, 0, 0]]
    assert window.cells.ticks_ms.tolist() == [NOON_MS, NOON_MS + 1000, NOON_MS + 2000]
    assert np.array_equal(
        window.probes.values, np.array([[25.5, -10], [25.6, np.nan]], np.float32), equal_nan=True
    )
    assert window.probes.reasons.tolist() == [[0, 0], [0, Reason.STALE]]


def test_records_and_events_come_by_time(store: Store) -> None:
    car = register(store.registry)
    parts: dict[str, Any] = {
        "events": tuple(
            Event(kind=EventKind.DTC, t_ms=NOON_MS + t, code=c, values={"x": 1.5})
            for t, c in ((5, "P2"), (1, "P1"))
        ),
        "records": (
            Charge(start_ms=NOON_MS + 9, end_ms=NOON_MS + 10, charge_ah=1.5, kind=1),
            Charge(start_ms=NOON_MS, end_ms=NOON_MS + 5, coverage=0.5),
        ),
    }
    store.sink.commit([accepted(car, 0, [0], {"soc_pct": [50]}, **parts)], [])
    events = store.windows.events(car.vehicle_id, NOON, NOON + DAY)
    assert [(e.code, e.t_ms, dict(e.values)) for e in events] == [
        ("P1", NOON_MS + 1, {"x": 1.5}),
        ("P2", NOON_MS + 5, {"x": 1.5}),
    ]
    charges = store.windows.records(car.vehicle_id, "charge", NOON, NOON + DAY)
    assert [(c["start"], c["coverage"], c["charge_ah"], c["kind"]) for c in charges] == [
        (NOON, 0.5, None, 0),
        (datetime(2026, 3, 1, 12, 0, 0, 9000, tzinfo=UTC), 1.0, 1.5, 1),
    ]
    assert store.windows.records(car.vehicle_id, "trip", NOON, NOON + DAY) == []


def test_a_signal_that_is_no_column_is_named(store: Store) -> None:
    car = register(store.registry)
    with pytest.raises(BadInput, match="cell_voltage_v"):
        store.windows.read(car.vehicle_id, ["cell_voltage_v"], NOON, NOON + DAY)
    with pytest.raises(BadInput, match="tripp"):
        store.windows.records(car.vehicle_id, "tripp", NOON, NOON + DAY)
