"""Terminals that name themselves by a VIN: enrolment, and the look-up of ingest.

A device of ours stands for each; its name is random, so that a VIN shows in no topic and no log.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.errors import BadInput
from domain.identity import Device
from domain.vehicle import Vehicle
from store.db.pool import Connection, Pool
from store.db.sql import queries
from store.people.identity import Directory, vehicle_parameters

_Q = queries("terminals")
_I = queries("identity")


class TerminalDirectory:
    """VINs to devices; connects as vigil_ingest, which sees no VIN of its own accord."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._devices = Directory(pool)

    def device(self, tenant: str, vin: str) -> Device | None:
        """The device of an enrolled VIN with all its bindings; None for a stranger."""
        with self._pool.transaction() as connection:
            row = connection.execute(_Q["device_name"], {"tenant": tenant, "vin": vin}).fetchone()
        name = row[0] if row else None
        return None if name is None else self._devices.device(tenant, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """One enrolled terminal; `received_at` None where nothing came yet."""

    vin: str
    vehicle_id: int
    device: str
    revoked: bool
    enrolled_at: datetime
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What an enrolment did: `new` False where the VIN had its terminal already."""

    vehicle_id: int
    device: str
    new: bool


class Terminals:
    """Enrols and lists; connects as vigil_worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def enrol(self, vin: str, vehicle: Vehicle, since: datetime) -> Enrolled:
        """Vehicle, device, binding from `since` on, and the VIN that names them: all or nothing.

        A VIN that is registered already keeps its vehicle; one that has a terminal stays as it is.
        """
        if since.tzinfo is None:
            raise BadInput("since", since, "has no time zone", remedy="give an aware time")
        tenant = vehicle.tenant_id
        key = {"tenant": tenant, "vin": vin}
        with self._pool.transaction() as connection:
            known = connection.execute(_Q["enrolled"], key).fetchone()
            if known is not None:
                return Enrolled(vehicle_id=known[0], device=known[1], new=False)
            row = connection.execute(_Q["vehicle_of"], key).fetchone()
            vehicle_id = int(row[0]) if row else _register(connection, vin, vehicle)
            name = f"tbox-{secrets.token_hex(8)}"
            device = _device(connection, tenant, name)
            ids = {"tenant": tenant, "device": device, "vehicle": vehicle_id}
            connection.execute(_I["bind"], {**ids, "since": since, "until": None})
            connection.execute(_Q["add_terminal"], ids)
        return Enrolled(vehicle_id=vehicle_id, device=name, new=True)

    def listed(self, tenant: str) -> list[Terminal]:
        """All terminals of a tenant, by VIN."""
        with self._pool.transaction() as connection:
            rows = connection.execute(_Q["listed"], {"tenant": tenant}).fetchall()
        return [
            Terminal(
                vin=vin,
                vehicle_id=vehicle,
                device=device,
                revoked=revoked,
                enrolled_at=enrolled_at,
                received_at=received_at,
            )
            for vin, vehicle, device, revoked, enrolled_at, received_at in rows
        ]


def _register(connection: Connection, vin: str, vehicle: Vehicle) -> int:
    connection.execute(_I["add_vehicle"], vehicle_parameters(vehicle))
    plates: dict[str, Any] = {"tenant": vehicle.tenant_id, "vehicle": vehicle.id, "plate": None}
    connection.execute(_I["add_plates"], {**plates, "vin": vin})
    return vehicle.id


def _device(connection: Connection, tenant: int, name: str) -> int:
    row = connection.execute(
        _I["add_device"], {"tenant": tenant, "name": name, "may_import": False}
    ).fetchone()
    device = int(row[0]) if row else 0
    connection.execute(_I["add_mark"], {"tenant": tenant, "device": device})
    return device
