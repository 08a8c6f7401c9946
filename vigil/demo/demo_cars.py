"""Registers the demo's tenant, centres, cars and devices; repeated, it changes nothing.

data_dir/demo/vehicles.json    car -> vehicle id, drawn once: ids are random, never derived
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.identity import new_vehicle_id
from domain.vehicle import BatteryWarranty, Chemistry, Powertrain, Vehicle
from simulators.car import CarPlan
from simulators.fleet import CarEntry
from simulators.vin import vin
from store.people.identity import Registry
from vigil.demo.story import Story

TENANT = "demo"
CENTRES = (
    ("centre-1", "Demo centre North 北区示范店"),
    ("centre-2", "Demo centre South 南区示范店"),
)
_SLACK = timedelta(days=2)
"""Bindings begin before the first history: clocks and zones differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One registered car: its plan, its vehicle, the device that sits in it."""

    plan: CarPlan
    vehicle_id: int
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Tenant and centres."""

    tenant_id: int
    centre_ids: tuple[int, ...]


def ground(registry: Registry) -> Ground:
    """The tenant and its two centres, made if need be."""
    tenant = registry.add_tenant(TENANT, "Vigil demo group")
    centres = tuple(registry.add_centre(tenant, name, title) for name, title in CENTRES)
    return Ground(tenant_id=tenant, centre_ids=centres)


def register(
    registry: Registry, story: Story, cars: Sequence[tuple[CarEntry, CarPlan]]
) -> list[Parked]:
    """Vehicles, devices and bindings of these cars, from before their history on."""
    base = ground(registry)
    ids = vehicle_ids(story.folder, [plan.name for _, plan in cars])
    since = datetime.fromtimestamp(story.start_ms / 1000, UTC) - _SLACK
    out = []
    for entry, plan in cars:
        vehicle = _vehicle(ids[plan.name], base, entry, plan, story)
        registry.add_vehicle(vehicle, vin=vin(plan.seed))
        device = f"gw-{plan.name}"
        number = registry.add_device(base.tenant_id, device, may_import=True)
        known = registry.device(TENANT, device)
        if known is None or not known.bindings:
            registry.bind(base.tenant_id, number, vehicle.id, since)
        out.append(Parked(plan=plan, vehicle_id=vehicle.id, device=device))
    return out


def vehicle_ids(folder: Path, names: Sequence[str]) -> dict[str, int]:
    """Kept ids of these cars; new ones are drawn and kept."""
    path = folder / "vehicles.json"
    with _alone(folder):
        found: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        for name in names:
            found.setdefault(name, new_vehicle_id())
        half = path.with_suffix(".new")
        half.write_text(json.dumps(found, indent=1), "utf-8")
        half.replace(path)
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "vehicles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _vehicle(
    vehicle_id: int, base: Ground, entry: CarEntry, plan: CarPlan, story: Story
) -> Vehicle:
    pack = plan.spec.pack
    year = datetime.fromtimestamp(story.until_ms / 1000, UTC).year
    first = date(year - 1 - round(plan.odometer_km / 25_000), 1 + plan.seed % 12, 15)
    warranty = BatteryWarranty(years=8, km=160_000, threshold_pct=70, source="demo booklet")
    return Vehicle(
        id=vehicle_id,
        tenant_id=base.tenant_id,
        centre_id=base.centre_ids[entry.centre - 1],
        powertrain=Powertrain(plan.spec.powertrain),
        make=plan.spec.make,
        model=plan.spec.model,
        model_year=first.year,
        in_service=first,
        tyre_placard_kpa=plan.spec.placard_kpa,
        chemistry=Chemistry(pack.chemistry) if pack else Chemistry.UNKNOWN,
        rated_capacity_ah=pack.capacity_ah if pack else None,
        rated_energy_kwh=round(pack.energy_kwh, 1) if pack else None,
        cells_in_series=pack.cells if pack else None,
        warranty=warranty if pack else None,
    )
