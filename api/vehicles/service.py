"""From rows of the store to what people read about a car."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api import ids, query_params
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.vehicles.schemas import (
    EventOut,
    EventPage,
    ReadingOut,
    SeriesOut,
    StateOut,
    VehicleOut,
    VehiclePage,
)
from domain.errors import BadInput, NotFound
from domain.health import Severity
from domain.identity import public_id
from firmware_contracts.signal import Group, Reason, Storage
from firmware_contracts.signals import BY_ID, BY_NAME, PACKED
from store.people.rows.cars import VehicleRow

LONGEST = timedelta(days=400)
"""A year and a month: last winter beside this one."""
USUAL = timedelta(days=1)
MOST_POINTS = 2000
"""More than a screen is wide."""


def vehicle_of(context: AppContext, caller: Caller, text: str, what: str = "") -> VehicleRow:
    """The car behind a public id, inside the caller's reach; `what` goes into the access log."""
    found = context.stores.garage.vehicle(caller.reach, ids.number(text, ids.vehicle))
    if found is None:
        raise NotFound(f"no car {text} here", remedy="see GET /api/v1/vehicles")
    if what:
        role = caller.person.role
        context.stores.log.note(caller.reach, role, found.id, what, caller.now)
    return found


def shown(found: VehicleRow, now: datetime) -> VehicleOut:
    """One car."""
    seen = found.seen_at
    worst = found.worst
    return VehicleOut(
        id=public_id(found.id),
        make=found.make,
        model=found.model,
        model_year=found.model_year,
        powertrain=found.powertrain,
        chemistry=found.chemistry,
        zone=found.zone,
        seen_at=seen,
        age_s=age_s(seen, now),
        open_alerts=found.open_alerts,
        worst=None if worst is None else Severity(worst).word,
    )


def age_s(at: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment; None where there is none."""
    return None if at is None else round((now - at).total_seconds(), 1)


def page(context: AppContext, caller: Caller, cursor: str | None, limit: int) -> VehiclePage:
    """Cars in reach by id."""
    after = ids.number(cursor, ids.vehicle) if cursor else 0
    found = context.stores.garage.vehicles(caller.reach, after=after, most=limit + 1)
    items = [shown(each, caller.now) for each in found[:limit]]
    return VehiclePage(items=items, next=items[-1].id if len(found) > limit else None)


def state(context: AppContext, caller: Caller, found: VehicleRow, zone: ZoneInfo) -> StateOut:
    """The newest readings with age and reason; NotFound for a car that never reported."""
    latest = context.stores.garage.latest(caller.reach, found.id)
    if latest is None:
        raise NotFound("the car has not reported yet", remedy="check its gateway and binding")
    hidden = {Group.POSITION}
    columns = (latest.signals, latest.times_ms, latest.readings, latest.reasons)
    readings = [
        _reading(signal, time_ms, value, reason, caller.now, zone)
        for signal, time_ms, value, reason in zip(*columns, strict=True)
        if signal in BY_ID and BY_ID[signal].group not in hidden
    ]
    return StateOut(
        vehicle=public_id(found.id),
        seen_at=latest.ts.astimezone(zone),
        age_s=age_s(latest.ts, caller.now) or 0.0,
        readings=sorted(readings, key=lambda r: BY_NAME[r.signal].id),
    )


def _reading(
    id: int, time_ms: int, value: float | None, reason: int, now: datetime, zone: ZoneInfo
) -> ReadingOut:
    signal = BY_ID[id]
    at = datetime.fromtimestamp(time_ms / 1000, UTC)
    why = Reason(reason)
    known = why is Reason.VALID and value is not None and value == value
    return ReadingOut(
        signal=signal.name,
        name_zh=signal.zh,
        name_en=signal.en,
        unit=signal.unit,
        value=value if known else None,
        reason=why.name.lower(),
        at=at.astimezone(zone),
        age_s=age_s(at, now) or 0.0,
    )


def series(
    context: AppContext,
    caller: Caller,
    found: VehicleRow,
    signal_name: str,
    *,
    span: tuple[datetime, datetime],
    points: int,
    zone: ZoneInfo,
) -> SeriesOut:
    """A signal in at most `points` buckets, each with mean, lowest, highest and count."""
    signal = BY_NAME.get(signal_name)
    if signal is None or signal.id in PACKED or signal.group is Group.POSITION:
        raise BadInput(
            "signal",
            signal_name[:60],
            "is no signal with a series",
            remedy="see `signal` in the car's state, e.g. soc_pct",
        )
    low, high = span
    step = timedelta(seconds=max(1.0, (high - low).total_seconds() / points))
    rows = (
        []
        if signal.storage is Storage.BOOLEAN
        else context.stores.garage.series(caller.reach, found.id, signal.name, low, high, step)
    )
    return SeriesOut(
        vehicle=public_id(found.id),
        signal=signal.name,
        unit=signal.unit,
        step_s=step.total_seconds(),
        start=low.astimezone(zone),
        end=high.astimezone(zone),
        t=[r.t.astimezone(zone) for r in rows],
        mean=[r.mean for r in rows],
        low=[r.lowest for r in rows],
        high=[r.highest for r in rows],
        n=[r.n for r in rows],
    )


def events(
    context: AppContext,
    caller: Caller,
    found: VehicleRow,
    *,
    span: tuple[datetime, datetime],
    cursor: str | None,
    limit: int,
    zone: ZoneInfo,
) -> EventPage:
    """Events of a span, newest received first."""
    rows = context.stores.garage.events(
        caller.reach,
        found.id,
        *span,
        before=query_params.number_of(cursor),
        most=limit + 1,
    )
    items = [
        EventOut(
            at=r.ts.astimezone(zone),
            kind=r.kind,
            code=r.code,
            component=r.component,
            level=r.level,
            active=r.active,
            values=dict(r.readings),
        )
        for r in rows[:limit]
    ]
    return EventPage(items=items, next=str(rows[limit - 1].id) if len(rows) > limit else None)


def records(
    context: AppContext,
    caller: Caller,
    found: VehicleRow,
    kind: str,
    *,
    span: tuple[datetime, datetime],
    limit: int,
) -> list[Mapping[str, Any]]:
    """Summaries of a span, newest first."""
    return context.stores.garage.records(caller.reach, found.id, kind, *span, limit)
