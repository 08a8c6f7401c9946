"""Who is who in the database: registration (`Registry`) and the look-up of ingest (`Directory`).

Registering what is there already changes nothing but the fields given, so that it can be repeated.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from domain.errors import BadInput, NotFound
from domain.identity import Binding, Device
from domain.vehicle import BatteryWarranty, Chemistry, Powertrain, Vehicle
from store.db.pool import Connection, Pool
from store.db.sql import queries

_Q = queries("identity")


class Directory:
    """Devices and where they sat (domain.ports.Directory); any role that reads devices."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def device(self, tenant: str, name: str) -> Device | None:
        """The device with all its bindings, oldest first; None when it is not registered."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["device"], {"tenant": tenant, "name": name}).fetchone()
            if row is None:
                return None
            number, tenant_id, tenant_name, device_name, may_import, revoked = row
            bindings = connection.execute(_Q["bindings"], {"tenant": tenant_id, "device": number})
            return Device(
                id=number,
                tenant_id=tenant_id,
                tenant=tenant_name,
                name=device_name,
                may_import=may_import,
                revoked=revoked,
                bindings=tuple(
                    Binding(device_id=d, vehicle_id=v, since=since, until=until)
                    for d, v, since, until in bindings.fetchall()
                ),
            )


class Registry(Directory):
    """Adds tenants, centres, devices, vehicles, bindings, tenures; connects as vigil_worker."""

    def add_tenant(self, name: str, title: str = "") -> int:
        """The tenant's id, new or found by name."""
        return self._id("add_tenant", name=name, title=title)

    def add_centre(
        self, tenant_id: int, name: str, title: str = "", zone: str = "Asia/Shanghai"
    ) -> int:
        """The centre's id, new or found by name."""
        return self._id("add_centre", tenant=tenant_id, name=name, title=title, zone=zone)

    def add_device(self, tenant_id: int, name: str, *, may_import: bool = False) -> int:
        """The device's id, new or found by name; sets its right to import history."""
        with self._pool.transaction() as connection:
            row = connection.execute(
                _Q["add_device"], {"tenant": tenant_id, "name": name, "may_import": may_import}
            ).fetchone()
            device = int(row[0]) if row else 0
            connection.execute(_Q["add_mark"], {"tenant": tenant_id, "device": device})
        return device

    def revoke_device(self, tenant_id: int, device_id: int) -> None:
        """Nothing it sends is stored from now on; what it sent waits as dead letters."""
        self._do("revoke", tenant=tenant_id, device=device_id)

    def add_vehicle(
        self, vehicle: Vehicle, *, vin: str | None = None, plate: str | None = None
    ) -> None:
        """Register or correct an asset; the VIN goes into schema identity only.

        A new centre gets the mandate that comes with the contract, and the one before loses its
        own. While the centre stays, a mandate that ended stays ended.

        Raises Conflict when the VIN belongs to another vehicle of the tenant.
        """
        with self._pool.transaction() as connection:
            parameters = vehicle_parameters(vehicle)
            before = connection.execute(_Q["centre_of"], parameters).fetchone()
            connection.execute(_Q["add_vehicle"], parameters)
            if before is None or before[0] != vehicle.centre_id:
                connection.execute(_Q["end_mandates"], parameters)
                connection.execute(_Q["start_mandate"], parameters)
            if vin is not None or plate is not None:
                connection.execute(
                    _Q["add_plates"],
                    {
                        "tenant": vehicle.tenant_id,
                        "vehicle": vehicle.id,
                        "vin": vin,
                        "plate": plate,
                    },
                )

    def vehicle(self, vehicle_id: int) -> Vehicle | None:
        """The asset."""
        with self._pool.transaction() as connection:
            return read_vehicle(connection, vehicle_id)

    def vehicle_ids(self, tenant_id: int | None = None) -> list[int]:
        """All vehicles, of one tenant or of all."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["vehicle_ids"], {"tenant": tenant_id}).fetchall()
        return [number for (number,) in rows]

    def bind(
        self,
        tenant_id: int,
        device_id: int,
        vehicle_id: int,
        since: datetime,
        until: datetime | None = None,
    ) -> None:
        """The device sits in the vehicle over [since, until).

        Raises Conflict where the device sits somewhere in that time already.
        """
        self._do(
            "bind",
            tenant=tenant_id,
            device=device_id,
            vehicle=vehicle_id,
            since=_aware("since", since),
            until=_aware("until", until),
        )

    def unbind(self, tenant_id: int, device_id: int, until: datetime) -> None:
        """End the device's open binding; NotFound when it has none."""
        parameters = {"tenant": tenant_id, "device": device_id, "until": _aware("until", until)}
        with self._pool.transaction() as connection:
            if not connection.execute(_Q["unbind"], parameters).rowcount:
                raise NotFound(f"device {device_id} sits in no vehicle")

    def add_tenure(
        self,
        tenant_id: int,
        vehicle_id: int,
        person_id: int | None,
        since: datetime,
        until: datetime | None = None,
    ) -> int:
        """A keeper's period; Conflict where it overlaps another of the vehicle."""
        return self._id(
            "add_tenure",
            tenant=tenant_id,
            vehicle=vehicle_id,
            person=person_id,
            since=_aware("since", since),
            until=_aware("until", until),
        )

    def end_tenure(self, tenant_id: int, vehicle_id: int, until: datetime) -> int:
        """End the open tenure (hand-over); its id. NotFound when there is none."""
        with self._pool.transaction() as connection:
            row = connection.execute(
                _Q["end_tenure"], {"tenant": tenant_id, "vehicle": vehicle_id, "until": until}
            ).fetchone()
        if row is None:
            raise NotFound(f"vehicle {vehicle_id} has no open tenure")
        return int(row[0])

    def _id(self, query: str, **parameters: object) -> int:
        with self._pool.transaction() as connection:
            row = connection.execute(_Q[query], parameters).fetchone()
        return int(row[0]) if row else 0

    def _do(self, query: str, **parameters: object) -> None:
        with self._pool.transaction() as connection:
            connection.execute(_Q[query], parameters)


def _aware(field: str, at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise BadInput(field, at, "has no time zone", remedy="give an aware time, e.g. in UTC")
    return at


def vehicle_parameters(vehicle: Vehicle) -> dict[str, Any]:
    """Parameters of query `add_vehicle`."""
    parameters = asdict(vehicle)
    warranty = parameters.pop("warranty")
    return {
        **parameters,
        "powertrain": str(vehicle.powertrain),
        "chemistry": str(vehicle.chemistry),
        "warranty": Jsonb(warranty) if warranty else None,
        "approvals": list(vehicle.approvals),
        "part_names": Jsonb(dict(vehicle.part_names)),
    }


def read_vehicle(connection: Connection, vehicle_id: int) -> Vehicle | None:
    """The asset, inside the caller's transaction."""
    row = connection.execute(_Q["vehicle"], {"vehicle": vehicle_id}).fetchone()
    return None if row is None else to_vehicle(row)


def to_vehicle(row: tuple[Any, ...]) -> Vehicle:
    """A row of query `vehicle` as the domain's word."""
    (
        number,
        tenant,
        centre,
        powertrain,
        make,
        model,
        year,
        zone,
        chemistry,
        capacity,
        energy,
        cells,
        in_service,
        warranty,
        placard,
        approvals,
        part_names,
    ) = row
    return Vehicle(
        id=number,
        tenant_id=tenant,
        centre_id=centre,
        powertrain=Powertrain(powertrain),
        make=make,
        model=model,
        model_year=year,
        zone=zone,
        chemistry=Chemistry(chemistry),
        rated_capacity_ah=capacity,
        rated_energy_kwh=energy,
        cells_in_series=cells,
        in_service=in_service,
        warranty=BatteryWarranty(**warranty) if warranty else None,
        tyre_placard_kpa=placard,
        approvals=tuple(approvals),
        part_names=part_names,
    )
