"""An assessment worth a report, made by hand: every kind of answer, one finding."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.health import Assessment, Estimate, Finding, Severity, Silence
from domain.methods import Method
from domain.vehicle import BatteryWarranty, Chemistry, Powertrain, Vehicle

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
VIN = "1M8GDM9AXKP042788"


def vehicle() -> Vehicle:
    return Vehicle(
        id=77,
        tenant_id=1,
        centre_id=None,
        powertrain=Powertrain.BEV,
        make="Make",
        model="Model",
        model_year=2022,
        chemistry=Chemistry.NMC,
        rated_capacity_ah=150.0,
        rated_energy_kwh=54.0,
        in_service=date(2022, 3, 1),
        warranty=BatteryWarranty(years=8, km=160_000, threshold_pct=70, source="maker's booklet"),
    )


def assessment() -> Assessment:
    health = Estimate(
        value=93.41234567,
        low=91.0,
        high=95.9,
        unit="%",
        method=Method.COULOMB_COUNTING,
        windows=12,
        coverage=0.97,
    )
    told = Estimate(value=96.0, low=96.0, high=96.0, unit="%", method=Method.CAR_REPORTED)
    silent = Silence(reason="not_read_from_car", missing="onboard_soce")
    weak = Finding(
        cause="weak_cell",
        component="cell_22",
        severity=Severity.ORANGE,
        since=NOW - timedelta(days=9),
        as_of=NOW,
        confidence=0.9,
        method=Method.STANDING_CHARGE_DEFICIT,
    )
    now_ms = NOW.timestamp() * 1000
    points = [[now_ms - day * 86_400_000, 140.2, 137.0, 143.0, 0] for day in (90, 60, 30, 1)]
    return Assessment(
        vehicle_id=77,
        as_of=NOW,
        model_version="battery-1",
        input_digest="c0ffee" * 5,
        answers={"capacity_soh": health, "bms_soh": told, "onboard_soce": silent},
        findings=(weak,),
        facts={
            "capacity_curve": {"points": points},
            "habits": {"dc_share": 0.21, "charges": 40, "observed_days": float("nan")},
        },
    )
