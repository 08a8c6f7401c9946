"""Registration and look-up in memory; the same refusals as the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.errors import BadInput, Conflict, NotFound
from domain.identity import Binding, Device
from domain.vehicle import Vehicle
from store.memory.state import State


class MemoryRegistry:
    """`store.people.identity.Registry` without a database."""

    def __init__(self, state: State) -> None:
        self._state = state

    def device(self, tenant: str, name: str) -> Device | None:
        """The device with all its bindings, oldest first."""
        with self._state.lock:
            for device in self._state.devices.values():
                if (device.tenant, device.name) == (tenant, name):
                    mine = [b for b in self._state.bindings if b.device_id == device.id]
                    return replace(device, bindings=tuple(sorted(mine, key=lambda b: b.since)))
        return None

    def add_tenant(self, name: str, title: str = "") -> int:
        """The tenant's id, new or found by name."""
        with self._state.lock:
            return self._state.tenants.setdefault(name, len(self._state.tenants) + 1)

    def add_centre(
        self, tenant_id: int, name: str, title: str = "", zone: str = "Asia/Shanghai"
    ) -> int:
        """The centre's id, new or found by name."""
        with self._state.lock:
            return self._state.centres.setdefault((tenant_id, name), len(self._state.centres) + 1)

    def add_device(self, tenant_id: int, name: str, *, may_import: bool = False) -> int:
        """The device's id, new or found by name; sets its right to import history."""
        with self._state.lock:
            tenant = next(n for n, i in self._state.tenants.items() if i == tenant_id)
            found = self.device(tenant, name)
            number = found.id if found else len(self._state.devices) + 1
            self._state.devices[number] = Device(
                id=number,
                tenant_id=tenant_id,
                tenant=tenant,
                name=name,
                may_import=may_import,
                revoked=bool(found and found.revoked),
            )
            return number

    def revoke_device(self, tenant_id: int, device_id: int) -> None:
        """Nothing it sends is stored from now on."""
        with self._state.lock:
            self._state.devices[device_id] = replace(self._state.devices[device_id], revoked=True)

    def add_vehicle(
        self, vehicle: Vehicle, *, vin: str | None = None, plate: str | None = None
    ) -> None:
        """Register or correct an asset; Conflict when the VIN is another vehicle's."""
        with self._state.lock:
            if vin is not None:
                owner = self._state.vins.setdefault((vehicle.tenant_id, vin), vehicle.id)
                if owner != vehicle.id:
                    raise Conflict("the VIN belongs to another vehicle")
            self._state.vehicles[vehicle.id] = vehicle

    def vehicle(self, vehicle_id: int) -> Vehicle | None:
        """The asset."""
        with self._state.lock:
            return self._state.vehicles.get(vehicle_id)

    def vehicle_ids(self, tenant_id: int | None = None) -> list[int]:
        """All vehicles, of one tenant or of all."""
        with self._state.lock:
            found = self._state.vehicles.values()
            return sorted(v.id for v in found if tenant_id in (None, v.tenant_id))

    def bind(
        self,
        tenant_id: int,
        device_id: int,
        vehicle_id: int,
        since: datetime,
        until: datetime | None = None,
    ) -> None:
        """The device sits in the vehicle over [since, until); Conflict where it overlaps."""
        if since.tzinfo is None:
            raise BadInput("since", since, "has no time zone", remedy="give an aware time")
        new = Binding(device_id=device_id, vehicle_id=vehicle_id, since=since, until=until)
        with self._state.lock:
            if any(_overlap(new, b) for b in self._state.bindings if b.device_id == device_id):
                raise Conflict(f"device {device_id} sits in a vehicle at that time")
            self._state.bindings.append(new)

    def unbind(self, tenant_id: int, device_id: int, until: datetime) -> None:
        """End the device's open binding; NotFound when it has none."""
        with self._state.lock:
            for i, binding in enumerate(self._state.bindings):
                if binding.device_id == device_id and binding.until is None:
                    self._state.bindings[i] = replace(binding, until=until)
                    return
        raise NotFound(f"device {device_id} sits in no vehicle")


def _overlap(a: Binding, b: Binding) -> bool:
    return (b.until is None or a.since < b.until) and (a.until is None or b.since < a.until)
