"""Charts and names as `api.web.formatting` hands them to a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from api.vehicles.schemas import VehicleOut
from api.web import formatting

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def parsed(spec: str | None) -> dict[str, Any]:
    assert spec is not None
    found: dict[str, Any] = json.loads(spec)
    return found


def car(id: str, model: str = "One") -> VehicleOut:
    return VehicleOut(
        id=id,
        make="Demo",
        model=model,
        model_year=2023,
        powertrain="bev",
        chemistry="nmc",
        zone="UTC",
        seen_at=None,
        age_s=None,
        open_alerts=0,
        worst=None,
    )


def test_series_chart_breaks_curve_and_band_across_hours_without_readings() -> None:
    minutes = [0, 1, 2, 300, 301]
    times = [START + timedelta(minutes=m) for m in minutes]
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    spec = parsed(formatting.series_chart("en", "soc_pct", times, values, values, values))
    [series] = spec["series"]
    for column in ("y", "low", "high"):
        assert series[column] == [1.0, 2.0, 3.0, None, 4.0, 5.0]
    assert len(spec["x"]) == 6
    assert spec["x"] == sorted(spec["x"])


def test_series_chart_is_whole_where_readings_are_seldom_but_regular() -> None:
    times = [START + timedelta(hours=h) for h in range(6)]
    values = [1.0] * 6
    spec = parsed(formatting.series_chart("en", "soc_pct", times, values, values, values))
    assert spec["series"][0]["y"] == values


def test_band_chart_breaks_where_two_months_passed_without_a_charge() -> None:
    day_ms = 86_400_000
    points = [
        {"t_ms": day * day_ms, "value": 90.0, "low": 88.0, "high": 92.0} for day in (0, 5, 10, 90)
    ]
    spec = parsed(formatting.band_chart("en", "battery.answer.capacity_soh", points))
    assert spec["series"][0]["low"] == [88.0, 88.0, 88.0, None, 88.0]


def test_car_names_tell_cars_of_one_kind_apart() -> None:
    names = formatting.car_names([car("v-1"), car("v-2"), car("v-3", "Two")])
    assert names == {
        "v-1": "Demo One 2023 · v-1",
        "v-2": "Demo One 2023 · v-2",
        "v-3": "Demo Two 2023",
    }


def test_evidence_rows_have_a_fixed_order_with_intervals_beside_their_numbers() -> None:
    values = {
        "z": -12.2,
        "growth_low": 0.08,
        "growth_pct_per_day": 0.09,
        "growth_high": 0.1,
        "deviation_mv": -58.7,
    }
    assert formatting.evidence_rows("en", values, {"deviation_mv": -10.0, "z": -5.0}) == [
        ("Deviation from the other cells (mV)", "-58.7", "-10"),
        ("Growth per day (%)", "0.09 (0.08 – 0.1)", ""),
        ("Deviation (σ)", "-12.2", "-5"),
    ]
    assert (
        formatting.evidence_rows("en", {"growth_low": 0.1}, {})[0][0]
        == "Growth per day, low end (%)"
    )
