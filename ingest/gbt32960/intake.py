"""A moment becomes an `Accepted` like any other message: one tick, its episodes, its key.

    stream   128-bit digest of the data units, without command byte or envelope
    seq      event time, ms UTC
    digest   the same digest

Real-time and re-issued reports of equal content are therefore one; the ledger decides it in the
transaction that stores the rows. Kept bytes carry a blank VIN: the VIN lives in schema identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from domain.identity import Device
from domain.readings import Accepted, Quarantine, Rejected
from firmware_contracts.columns import blocks_of
from firmware_contracts.events import Event
from firmware_contracts.gbt32960.frame import Command, Frame
from firmware_contracts.packing.layout import layout
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import (
    Block,
    Clock,
    Int64,
    Origin,
    Packed,
    Sparse,
    TelemetryBatch,
)
from firmware_contracts.topics import Topic
from ingest.bounds import bounds_ms
from ingest.gbt32960.moments import Moment, event_ms
from ingest.gbt32960.readings import Parts, Tick, Value, tick
from ingest.intake import WAITS, place

BLANK_VIN = b"0" * 17
ORIGINS: Mapping[int, Origin] = {
    Command.REPORT: Origin.LIVE,
    Command.REISSUE: Origin.BACKFILL,
}


def topic_of(device: Device) -> str:
    """The address under which its rows and dead letters stand."""
    return str(Topic(tenant=device.tenant, device=device.name, leaf="telemetry"))


def accept(
    moment: Moment, device: Device, received_at: datetime, events: tuple[Event, ...] = ()
) -> Accepted | Rejected:
    """Rows and events of a moment, placed by the device's bindings and the bounds of its origin."""
    at_ms = event_ms(moment)
    if at_ms is None:
        why = f"time {moment.clock.hex(' ')} is on no calendar"
        return reject(moment.frames, device, received_at, Quarantine.UNREADABLE, why)
    digest = hashlib.blake2b(moment.content, digest_size=16).digest()
    batch = _batch(moment, at_ms, digest, events)
    times = np.array([at_ms, *(event.t_ms for event in events)], np.int64)
    vehicle_ids, codes = place(device, times, bounds_ms(batch.origin, received_at))
    reason = _reason(codes)
    return Accepted(
        topic=topic_of(device),
        tenant_id=device.tenant_id,
        device_id=device.id,
        batch=batch,
        digest=digest,
        payload=_bytes(moment.frames),
        received_at=received_at,
        utc_ms=times[:1],
        vehicle_ids=vehicle_ids[:1],
        waiting={reason: 1} if reason else {},
        waiting_reason=(reason,) if reason else (),
        event_vehicle_ids=vehicle_ids[1:],
    )


def reject(
    frames: Sequence[Frame], device: Device, received_at: datetime, reason: Quarantine, why: str
) -> Rejected:
    """The dead letter of frames that cannot be stored as rows."""
    return Rejected(
        topic=topic_of(device),
        payload=_bytes(frames),
        received_at=received_at,
        reason=reason,
        detail=why[:500],
        tenant_id=device.tenant_id,
        device_id=device.id,
    )


def _reason(codes: Int64) -> str:
    """Why the row waits; events of a moment have its time and wait with it."""
    return WAITS[int(codes[0]) - 1].value if codes[0] else ""


def _bytes(frames: Iterable[Frame]) -> bytes:
    return b"".join(blank(frame).encode() for frame in frames)


def blank(frame: Frame) -> Frame:
    """The frame without its VIN."""
    return replace(frame, vin=BLANK_VIN)


def _batch(moment: Moment, at_ms: int, digest: bytes, events: tuple[Event, ...]) -> TelemetryBatch:
    frame = moment.frames[0]
    readings = tick(moment.reports, frame.edition)
    real, wide = _blocks(readings.values)
    return TelemetryBatch(
        stream=digest,
        seq=at_ms,
        boot=bytes(16),
        origin=ORIGINS[frame.command],
        clock=Clock.UTC,
        ticks_ms=np.array([at_ms], np.int64),
        real=real,
        wide=wide,
        cells=_packed(readings.cells),
        probes=_packed(readings.probes),
        sparse=_sparse(readings),
        events=events,
        scheme=f"gbt32960-{frame.edition.year}",
    )


def _blocks(values: Mapping[str, Value]) -> tuple[Block, Block]:
    """Values on the steps of the wire, as from any other source."""
    signals = sorted((BY_NAME[name] for name in values), key=lambda signal: signal.id)
    row = np.array([[values[s.name].value for s in signals]], np.float64).reshape(1, len(signals))
    reasons = np.array([[values[s.name].reason for s in signals]], np.uint8).reshape(row.shape)
    if signals:
        steps, valid = layout(tuple(signal.id for signal in signals)), reasons == Reason.VALID
        raw = steps.raw(np.where(valid, row, steps.values(steps.low).T).T)
        row = np.where(valid, steps.values(raw).T, np.nan)
    return blocks_of(signals, row, reasons)


def _packed(parts: Parts | None) -> Packed | None:
    if parts is None:
        return None
    return Packed(
        rows=np.zeros(1, np.int32),
        values=parts.values[None, :],
        reasons=parts.reasons[None, :],
        first=parts.first,
    )


def _sparse(readings: Tick) -> Sparse | None:
    if not readings.rare:
        return None
    return Sparse(
        rows=np.zeros(len(readings.rare), np.int32),
        signals=np.array(list(readings.rare), np.uint32),
        values=np.array(list(readings.rare.values()), np.float64),
    )
