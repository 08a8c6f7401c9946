"""What a vehicle is, as far as models and offers need to know it."""

from __future__ import annotations

from dataclasses import dataclass
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
    """The asset. Times of day in its `zone` decide civil days."""

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

    @property
    def electric(self) -> bool:
        """True where there is a traction battery."""
        return self.powertrain in (Powertrain.BEV, Powertrain.PHEV)
