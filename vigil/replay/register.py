"""Who a recording is: a device and a vehicle, made once and found again by the file's digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.errors import BadInput
from domain.identity import Device, from_public, public_id
from domain.vehicle import Vehicle
from store.people.identity import Registry
from vigil.replay.readings import Readings
from vigil.replay.table import Recording

TENANT, CENTRE = "demo", "centre-1"
"""Those of vigil.demo.demo_cars, which is slow to import; a test holds them equal."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """As whom the recording is sent, and whose history it becomes (None: unbound rows wait)."""

    device: Device
    vehicle: Vehicle | None

    @property
    def name(self) -> str:
        """The vehicle as people see it."""
        return public_id(self.vehicle.id) if self.vehicle else ""


def register(
    registry: Registry,
    readings: Readings,
    *,
    device: str | None = None,
    vehicle: str | None = None,
) -> Binding:
    """The party of this recording. Asked for again, it is the same one."""
    recording = readings.recording
    tenant_id = registry.add_tenant(TENANT)
    name = device or f"replay-{recording.digest.hex()[:20]}"
    known = registry.device(TENANT, name)
    if known is None:
        registry.add_device(tenant_id, name, may_import=True)
        known = registry.device(TENANT, name)
        assert known is not None
    since, until = span(recording)
    if not _bound(known, since, until):
        asset = _vehicle(registry, tenant_id, readings, vehicle)
        registry.bind(tenant_id, known.id, asset, since, until)
        known = registry.device(TENANT, name) or known
    return Binding(device=known, vehicle=_asset(registry, known, since, until, vehicle))


def span(recording: Recording) -> tuple[datetime, datetime]:
    """From the first row to just after the last; BadInput when no row has a time."""
    times = recording.times_ms[recording.timed]
    if not len(times):
        raise BadInput(
            "FILE", "", "has no row with a readable time", remedy="look at its time column"
        )
    return _moment(int(times.min())), _moment(int(times.max()) + 1)


def _moment(utc_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=utc_ms)


def _bound(device: Device, since: datetime, until: datetime) -> bool:
    """True where the device sat somewhere at any time of the span."""
    return any(b.since < until and (b.until is None or b.until > since) for b in device.bindings)


def _asset(
    registry: Registry, device: Device, since: datetime, until: datetime, wanted: str | None
) -> Vehicle | None:
    """The vehicle in which the device sat; BadInput when another one was asked for."""
    seats = [b for b in device.bindings if b.since < until and (b.until is None or b.until > since)]
    found = registry.vehicle(seats[-1].vehicle_id) if seats else None
    if wanted is not None and found is not None and public_id(found.id) != wanted:
        raise BadInput(
            "--vehicle",
            wanted,
            f"device {device.name} sat in {public_id(found.id)} at that time",
            remedy="name another device with --device",
        )
    return found


def _vehicle(registry: Registry, tenant_id: int, readings: Readings, wanted: str | None) -> int:
    """The vehicle asked for, else one that belongs to this file."""
    if wanted is None:
        made = _made(registry, tenant_id, readings)
        registry.add_vehicle(made)
        return made.id
    try:
        known = registry.vehicle(from_public(wanted))
    except ValueError as problem:
        raise BadInput(
            "--vehicle", wanted, str(problem), remedy="write it as v-0123456789abc"
        ) from problem
    if known is None or known.tenant_id != tenant_id:
        raise BadInput(
            "--vehicle", wanted, "is not registered", remedy="leave --vehicle out to make one"
        )
    return known.id


def _made(registry: Registry, tenant_id: int, readings: Readings) -> Vehicle:
    """Its id comes from the file's content: killed half-way and run again, it is the same car."""
    recording, mapping = readings.recording, readings.mapping
    digest = hashlib.blake2b(b"vehicle" + recording.digest, digest_size=8).digest()
    cells = readings.values("cells")
    return Vehicle(
        id=max(int.from_bytes(digest, "big") >> 1, 1),
        tenant_id=tenant_id,
        centre_id=registry.add_centre(tenant_id, CENTRE),
        powertrain=mapping.powertrain,
        zone=mapping.time.zone or "UTC",
        cells_in_series=None if cells is None else cells.shape[1],
        part_names=mapping.part_names,
    )
