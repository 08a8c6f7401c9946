"""What a car says now, gathered for a page; and what its charges add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from api import words
from api.auth.caller import Caller
from api.auth.desk import Desk
from api.vehicles import service as vehicles
from api.vehicles.schemas import ReadingOut, StateOut
from domain.errors import NotFound
from store.garage import Row

FIRST = (
    "soc_pct", "fuel_level_pct", "range_remaining_m", "odometer_m", "lv_voltage_v",
    "pack_voltage_v", "pack_current_a", "coolant_temperature_c", "oil_temperature_c",
    "ambient_temperature_c",
    "tyre_fl_kpa", "tyre_fr_kpa", "tyre_rl_kpa", "tyre_rr_kpa",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The newest readings: the few that people look for, and the rest."""

    seen: StateOut | None
    first: tuple[ReadingOut, ...] = ()
    rest: tuple[ReadingOut, ...] = ()


def of(desk: Desk, caller: Caller, row: Row) -> Now:
    """The state of a car; empty for one that never reported."""
    try:
        seen = vehicles.state(desk, caller, row, ZoneInfo(row["zone"]))
    except NotFound:
        return Now(seen=None)
    rank = {name: i for i, name in enumerate(FIRST)}
    first = sorted((r for r in seen.readings if r.signal in rank), key=lambda r: rank[r.signal])
    rest = [r for r in seen.readings if r.signal not in rank]
    return Now(seen=seen, first=tuple(first), rest=tuple(rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """A year of charges in five numbers; None where nothing was observed."""

    charges: int
    fast_share: float | None
    start_pct: float | None
    end_pct: float | None
    full_share: float | None
    hottest_c: float | None


def habits(found: Sequence[Mapping[str, Any]]) -> Habits | None:
    """What charges add up to; None without charges."""
    if not found:
        return None
    ends = _known(found, "soc_end_pct")
    kinds = [k for k in _known(found, "kind") if k]
    starts, hot = _known(found, "soc_start_pct"), _known(found, "temperature_max_c")
    return Habits(
        charges=len(found),
        fast_share=sum(k == 2 for k in kinds) / len(kinds) if kinds else None,
        start_pct=median(starts) if starts else None,
        end_pct=median(ends) if ends else None,
        full_share=sum(e >= 99 for e in ends) / len(ends) if ends else None,
        hottest_c=max(hot, default=None),
    )


def _known(items: Iterable[Mapping[str, Any]], name: str) -> list[float]:
    return [float(i[name]) for i in items if i.get(name) is not None]


def advice(cause: str, lang: str) -> str:
    """What to do about a cause."""
    return words.about_cause(cause, "do")[lang]
