"""Events, records, bursts and gaps of a batch as rows; equal facts have equal digests."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from domain.errors import Refused
from domain.readings import Accepted
from domain.urgent import Urgent
from firmware_contracts.events import Event, EventKind
from store.db.json_values import plain
from store.db.schema import RECORD_TABLES

Judge = Callable[[Event], Urgent | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(utc_ms: int) -> datetime:
    """UTC ms as an aware time, exactly; Refused for one that no calendar has."""
    try:
        return _EPOCH + timedelta(milliseconds=int(utc_ms))
    except OverflowError as problem:
        raise Refused(f"time {utc_ms} ms is on no calendar", remedy="set the clock") from problem


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    """Without NaN and infinities, which JSON cannot carry: they say nothing."""
    return {name: value for name, value in values.items() if math.isfinite(value)}


def millis(at: datetime) -> int:
    """An aware time as UTC ms, rounded down."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def content_digest(content: object) -> bytes:
    """128 bits over a value's canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def events(accepted: Accepted, judge: Judge) -> Iterator[dict[str, Any]]:
    """Parameters of query `event` for every event that has a vehicle."""
    for event, vehicle in zip(accepted.batch.events, accepted.event_vehicle_ids, strict=True):
        if vehicle:
            at = moment(event.t_ms + accepted.offset_ms)
            yield event_row(accepted, event, int(vehicle), at, judge(event) is not None)


def event_row(
    accepted: Accepted, event: Event, vehicle: int, at: datetime, urgent: bool
) -> dict[str, Any]:
    """Parameters of query `event`; what is not urgent counts as handled on arrival."""
    content = {k: v for k, v in asdict(event).items() if k != "t_ms"}
    return {
        "tenant": accepted.tenant_id,
        "vehicle": vehicle,
        "ts": at,
        "source": accepted.device_id,
        "kind": str(event.kind),
        "code": event.code,
        "component": event.component,
        "level": event.level,
        "active": event.active,
        "readings": _finite(event.values),
        "notes": event.notes,
        "origin": int(accepted.batch.origin),
        "urgent": urgent,
        "digest": content_digest(content),
        "received": accepted.received_at,
        "handled": None if urgent else accepted.received_at,
    }


def records(accepted: Accepted) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and JSON row of every record that has a vehicle."""
    for record, vehicle in zip(accepted.batch.records, accepted.record_vehicle_ids, strict=True):
        if not vehicle:
            continue
        content = asdict(record)
        digest = content_digest(content)
        start, end = content.pop("start_ms"), content.pop("end_ms")
        yield (
            RECORD_TABLES[type(record)],
            {
                "tenant_id": accepted.tenant_id,
                "vehicle_id": int(vehicle),
                "start_ts": moment(start + accepted.offset_ms).isoformat(),
                "end_ts": moment(end + accepted.offset_ms).isoformat(),
                "source_id": accepted.device_id,
                "origin": int(accepted.batch.origin),
                "received_at": accepted.received_at.isoformat(),
                "digest": "\\x" + digest.hex(),
                **plain(content),
            },
        )


def bursts(accepted: Accepted) -> Iterator[dict[str, Any]]:
    """Parameters of query `burst`; a burst belongs to the vehicle of the batch's nearest tick."""
    for burst in accepted.batch.bursts:
        vehicle = _vehicle_at(accepted, burst.start_ms + accepted.offset_ms)
        if vehicle:
            yield {
                "tenant": accepted.tenant_id,
                "vehicle": vehicle,
                "ts": moment(burst.start_ms + accepted.offset_ms),
                "source": accepted.device_id,
                "received": accepted.received_at,
                "origin": int(accepted.batch.origin),
                "signal": burst.signal,
                "period": burst.period_us,
                "trigger": burst.trigger,
                "digest": hashlib.blake2b(
                    burst.values.tobytes() + burst.trigger.encode(), digest_size=16
                ).digest(),
                "readings": burst.values.tolist(),
            }


def _vehicle_at(accepted: Accepted, utc_ms: int) -> int:
    """Vehicle of the tick nearest in time, else the one of the batch's events or records; or 0."""
    if accepted.batch.rows:
        return int(accepted.vehicle_ids[abs(accepted.utc_ms - utc_ms).argmin()])
    others = [*accepted.event_vehicle_ids, *accepted.record_vehicle_ids]
    return int(others[0]) if others else 0


def gaps(accepted: Accepted) -> Iterator[dict[str, Any]]:
    """Parameters of query `gap`."""
    for gap in accepted.batch.gaps:
        yield {
            "tenant": accepted.tenant_id,
            "device": accepted.device_id,
            "stream": gap.stream,
            "first": gap.first,
            "last": gap.last,
            "received": accepted.received_at,
        }


def times(accepted: Accepted) -> Iterator[tuple[int, int, int]]:
    """(vehicle, first, last UTC ms) of every event and record that is stored."""
    for event, vehicle in zip(accepted.batch.events, accepted.event_vehicle_ids, strict=True):
        if vehicle:
            at = event.t_ms + accepted.offset_ms
            yield int(vehicle), at, at
    for record, vehicle in zip(accepted.batch.records, accepted.record_vehicle_ids, strict=True):
        if vehicle:
            start, end = record.start_ms, record.end_ms
            yield int(vehicle), start + accepted.offset_ms, end + accepted.offset_ms


def conflict_event(accepted: Accepted) -> dict[str, Any]:
    """The event of a stream that two outboxes continue; vehicle 0 where the device sits nowhere."""
    batch = accepted.batch
    event = Event(
        kind=EventKind.SECURITY,
        t_ms=millis(accepted.received_at),
        code="stream_conflict",
        notes={"stream": batch.stream.hex(), "seq": str(batch.seq)},
    )
    vehicles = accepted.vehicle_ids[accepted.vehicle_ids != 0]
    vehicle = int(vehicles[-1]) if vehicles.shape[0] else 0
    return event_row(accepted, event, vehicle, accepted.received_at, urgent=False)


def spans(accepted: Accepted) -> Iterator[tuple[int, int, int, int]]:
    """(vehicle, first, last, earliest end UTC ms) of what a batch stores: a record belongs to the
    day on which it ended, a row to its own."""
    ids = accepted.vehicle_ids
    for vehicle in np.unique(ids[ids != 0]).tolist():
        told = accepted.utc_ms[ids == vehicle]
        yield vehicle, int(told.min()), int(told.max()), int(told.min())
    for vehicle, first, last in times(accepted):
        yield vehicle, first, last, last
