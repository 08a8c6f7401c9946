"""What a vehicle is, as far as models and offers need to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Powertrain(StrEnum):
    """What moves the car."""

    PETROL = "petrol"
    DIESEL = "diesel"
    PHEV = "phev"
    BEV = "bev"


class Chemistry(StrEnum):
    """Cell chemistry of the traction battery."""

    NMC = "nmc"
    LFP = "lfp"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryWarranty:
    """The maker's battery warranty of this vehicle; `source` says where it was read."""

    years: float
    km: float
    threshold_pct: float
    source: str
    kind: str = "maker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """The asset. Times of day in its `zone` decide civil days.

    `part_names` says how its sources write numbered parts: {"cell": "V_{n}", "probe": "T_{n}"}.
    """

    id: int
    tenant_id: int
    centre_id: int | None
    powertrain: Powertrain
    make: str = ""
    model: str = ""
    model_year: int | None = None
    zone: str = "Asia/Shanghai"
    chemistry: Chemistry = Chemistry.UNKNOWN
    rated_capacity_ah: float | None = None
    rated_energy_kwh: float | None = None
    cells_in_series: int | None = None
    in_service: date | None = None
    warranty: BatteryWarranty | None = None
    tyre_placard_kpa: float | None = None
    approvals: tuple[str, ...] = ()
    part_names: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def electric(self) -> bool:
        """True where there is a traction battery."""
        return self.powertrain in (Powertrain.BEV, Powertrain.PHEV)

    def part(self, kind: str, number: int) -> str:
        """A numbered part as its source writes it.

        >>> Vehicle(id=1, tenant_id=1, centre_id=None, powertrain=Powertrain.BEV).part("cell", 7)
        'cell_7'
        """
        return self.part_names.get(kind, f"{kind}_{{n}}").replace("{n}", str(number))
