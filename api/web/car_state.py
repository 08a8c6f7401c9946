"""What a car says now, gathered for a page."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.vehicles import service as vehicles
from api.vehicles.schemas import ReadingOut, StateOut
from domain.errors import NotFound
from domain.sentences.names import about_cause
from store.people.rows.cars import VehicleRow

FIRST = (
    "soc_pct",
    "fuel_level_pct",
    "range_remaining_m",
    "odometer_m",
    "lv_voltage_v",
    "pack_voltage_v",
    "pack_current_a",
    "coolant_temperature_c",
    "oil_temperature_c",
    "ambient_temperature_c",
    "tyre_fl_kpa",
    "tyre_fr_kpa",
    "tyre_rl_kpa",
    "tyre_rr_kpa",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The newest readings: the few that people look for, and the rest."""

    seen: StateOut | None
    first: tuple[ReadingOut, ...] = ()
    rest: tuple[ReadingOut, ...] = ()


def of(context: AppContext, caller: Caller, row: VehicleRow) -> Now:
    """The state of a car; empty for one that never reported."""
    try:
        seen = vehicles.state(context, caller, row, ZoneInfo(row.zone))
    except NotFound:
        return Now(seen=None)
    rank = {name: i for i, name in enumerate(FIRST)}
    first = sorted((r for r in seen.readings if r.signal in rank), key=lambda r: rank[r.signal])
    rest = [r for r in seen.readings if r.signal not in rank]
    return Now(seen=seen, first=tuple(first), rest=tuple(rest))


def advice(cause: str, lang: str) -> str:
    """What to do about a cause."""
    return about_cause(cause, "do")[lang]
