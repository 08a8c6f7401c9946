"""Cars that send rows only: trips, starts and tyres are read out of them."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from domain.health import Severity
from domain.readings import Column, Day, Window
from domain.vehicle import Powertrain, Vehicle
from models.maintenance.family import MaintenanceCase
from models.maintenance.rows import looks, starts, warmings
from tests.models.maintenance.records import cranks, trips
from tests.recordings import recording

_NAMES = {
    "engine_speed_rpm": "ENGINE_RPM",
    "coolant_temperature_c": "COOLANT_TEMPERATURE",
    "vehicle_speed_kmh": "VEHICLE_SPEED",
    "lv_voltage_v": "CONTROL_MODULE_VOLTAGE",
    "barometric_pressure_kpa": "ABSOLUTE_BAROMETRIC_PRESSURE",
}


def _window(ticks_ms: np.ndarray, **columns: np.ndarray) -> Window:
    return Window(
        vehicle_id=1,
        start_ms=int(ticks_ms[0]),
        end_ms=int(ticks_ms[-1]) + 1,
        ticks_ms=ticks_ms,
        columns={
            name: Column(values=v.astype(float), reasons=np.zeros(len(v), np.uint8))
            for name, v in columns.items()
        },
    )


def test_a_trip_and_its_start_are_found_in_rows() -> None:
    ticks = np.arange(0, 1_800_000, 1000)
    running = ticks > 10_000
    window = _window(
        ticks,
        engine_speed_rpm=np.where(running, 1500, 0),
        coolant_temperature_c=np.minimum(20 + ticks / 10_000, 88),
        vehicle_speed_kmh=np.where(running, 40, 0),
        lv_voltage_v=np.where(ticks == 10_000, 9.9, np.where(running, 14.1, 12.5)),
    )
    trip, start = warmings(window)[0], starts(window)[0]
    assert trip.minutes == pytest.approx(29.8, abs=0.1)
    assert trip.km == pytest.approx(19.9, abs=0.2)
    assert trip.coolant_end_c == 88
    assert (start.rest_v, start.min_v, start.coarse) == (12.5, 9.9, True)


def test_tyres_are_read_with_the_temperature_inside_them() -> None:
    ticks = np.arange(0, 86_400_000, 600_000)
    warm = np.full(len(ticks), 40.0)
    window = _window(
        ticks,
        tyre_fl_kpa=warm * 0 + 250,
        tyre_fr_kpa=warm * 0 + 250,
        tyre_fl_c=warm,
        tyre_fr_c=warm,
    )
    found = looks(window)
    assert len(found) == 2
    assert found[0].kpa[0] == pytest.approx((250 + 101.3) * 293.15 / 313.15 - 101.3)


def test_a_window_without_any_of_it_says_nothing() -> None:
    case = MaintenanceCase(Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=Powertrain.PETROL))
    case.add(Day(window=_window(np.arange(0, 10_000, 1000))))
    assert case.judgement().findings == ()


@pytest.mark.recordings
def test_a_healthy_recorded_car_gets_no_orange_and_no_thermostat() -> None:
    table = pq.read_table(recording("carobd/carobd.parquet"))
    trip = table["trip"].to_numpy(zero_copy_only=False)
    case = MaintenanceCase(Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=Powertrain.PETROL))
    for day, name in enumerate(dict.fromkeys(trip)):
        rows = np.flatnonzero(trip == name)
        ticks = day * 86_400_000 + table["t"].to_numpy()[rows] * 1000
        ticks, first = np.unique(ticks, return_index=True)
        columns = {ours: table[theirs].to_numpy()[rows][first] for ours, theirs in _NAMES.items()}
        case.add(Day(window=_window(ticks, **columns)))
    judged = case.judgement()
    assert {"thermostat_open", "twelve_volt_weak"} <= judged.causes
    assert not [f for f in judged.findings if f.severity >= Severity.ORANGE]
    assert "thermostat_open" not in {f.cause for f in judged.findings}


def test_rows_go_on_where_records_end_but_half_seen_dips_clear_no_battery() -> None:
    worn = cranks(1, growth=0.03)
    last_ms = int(worn[-1]["end"].timestamp() * 1000)  # type: ignore[attr-defined]
    case = MaintenanceCase(Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=Powertrain.PETROL))
    told = {"crank": worn, "trip": trips(1)}
    case.add(Day(window=_window(np.array([last_ms])), records=told))
    for day in range(1, 9):
        ticks = last_ms + day * 86_400_000 + np.arange(0, 1_800_000, 1000)
        running = np.arange(len(ticks)) > 10
        columns = {
            "engine_speed_rpm": np.where(running, 1500, 0),
            "coolant_temperature_c": np.full(len(ticks), 60.0),
            "vehicle_speed_kmh": np.where(running, 40, 0),
            "lv_voltage_v": np.where(running, 14.1, 12.5),
        }
        case.add(Day(window=_window(ticks, **columns)))
    judged = case.judgement()
    assert {f.cause for f in judged.findings} == {"twelve_volt_weak", "thermostat_open"}
