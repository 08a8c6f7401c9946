"""Trips, charges, standing and starts come out of rows with both ends observed."""

import math
from collections.abc import Iterator

import pytest

from firmware_contracts.records import Charge, Parked, Trip
from firmware_contracts.signals import BY_NAME
from gateway.frames import Tick
from gateway.station.cranking import CrankWatch
from gateway.station.summaries import Summaries


def tick(t_s: float, **values: float) -> Tick:
    return Tick(t_ms=round(t_s * 1000), values={BY_NAME[n].id: v for n, v in values.items()})


def day() -> Iterator[Tick]:
    """10 min standing, 20 min at 60 km/h, asleep for 5 h, 1 h at 7 kW, standing."""
    for t in range(600):
        yield tick(t, vehicle_speed_kmh=0, odometer_m=0, lv_voltage_v=12.5)
    for t in range(600, 1800):
        metres = (t - 600) * 60 / 3.6
        driving = {"vehicle_speed_kmh": 60, "odometer_m": round(metres), "soc_pct": 80}
        yield tick(t, **driving, pack_voltage_v=350, pack_current_a=-40)
    for t in range(20_000, 23_600):
        yield tick(
            t,
            vehicle_speed_kmh=0,
            pack_voltage_v=350,
            pack_current_a=20,
            soc_pct=60 + (t - 20_000) / 360,
            probe_max_c=24,
        )
    for t in range(23_600, 24_500):
        yield tick(t, vehicle_speed_kmh=0, pack_current_a=0, soc_pct=70)


def test_a_day_becomes_its_records() -> None:
    book = Summaries()
    records = [r for t in day() for r in book.feed(t)]
    kinds = [type(r) for r in records]
    assert kinds == [Parked, Trip, Parked, Charge]
    trip, charge = records[1], records[3]
    assert isinstance(trip, Trip)
    assert isinstance(charge, Charge)
    assert trip.distance_m == pytest.approx(1199 * 60 / 3.6, abs=1)
    assert trip.energy_kwh == pytest.approx(350 * 40 * 1199 / 3.6e6, rel=0.01)
    assert charge.charge_ah == pytest.approx(20, rel=0.01)
    assert charge.kind == 1
    assert charge.soc_start_pct == 60
    assert records[2].coverage < 0.1


def test_a_hole_is_not_integrated_across() -> None:
    book = Summaries()
    rows = [tick(t, vehicle_speed_kmh=36) for t in range(100)]
    rows += [tick(t, vehicle_speed_kmh=36) for t in range(160, 260)]
    rows += [tick(t, vehicle_speed_kmh=0) for t in range(260, 400)]
    records = [r for t in rows for r in book.feed(t)]
    assert isinstance(records[0], Trip)
    assert records[0].distance_m == pytest.approx(10 * 198, abs=30)
    assert records[0].coverage < 0.9


def line(rest_v: float, dip_v: float, hz: int, crank_s: float = 0.8) -> Iterator[tuple[int, float]]:
    for i in range(4 * hz):
        t = i / hz
        yield round(t * 1000), rest_v
    for i in range(int(crank_s * hz)):
        t = i / hz
        yield round(4000 + t * 1000), rest_v - dip_v + 0.3 * math.sin(50 * t)
    for i in range(2 * hz):
        yield round(4000 + crank_s * 1000 + i / hz * 1000), 14.1


def test_a_start_at_100_hz_is_measured() -> None:
    watch = CrankWatch()
    found = [c for t, v in line(12.6, 2.6, 100) if (c := watch.feed(t, v))]
    assert len(found) == 1
    crank = found[0].crank
    assert crank.rest_v == pytest.approx(12.6, abs=0.01)
    assert crank.min_v == pytest.approx(9.7, abs=0.05)
    assert crank.duration_ms == pytest.approx(800, abs=20)
    assert crank.started is True
    assert found[0].burst.period_us == 10_000


def test_a_dip_read_once_a_second_is_not_called_a_measurement() -> None:
    watch = CrankWatch()
    assert not [c for t, v in line(12.6, 2.6, 1, crank_s=3) if (c := watch.feed(t, v))]


def test_a_start_that_fails_says_so() -> None:
    watch = CrankWatch()
    volts = [(i * 10, 12.0) for i in range(400)] + [(4000 + i * 10, 7.0) for i in range(600)]
    found = [c for t, v in volts if (c := watch.feed(t, v))]
    assert found[0].crank.started is False
