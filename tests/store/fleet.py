"""A small registered fleet and batches for it, written out as a device would say them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from domain.identity import new_vehicle_id
from domain.readings import Accepted
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import (
    PACKED_NULL,
    Block,
    Clock,
    Origin,
    Packed,
    Sparse,
    TelemetryBatch,
)
from store.db.schema import REAL_IDS

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
STREAM = bytes(range(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A vehicle and the device bound to it."""

    tenant_id: int
    tenant: str
    device_id: int
    device: str
    vehicle_id: int


def register(registry: Any, name: str = "tbox-1", tenant: str = "demo") -> Car:
    tenant_id = registry.add_tenant(tenant)
    centre_id = registry.add_centre(tenant_id, "centre-1")
    device_id = registry.add_device(tenant_id, name, may_import=True)
    vehicle = Vehicle(
        id=new_vehicle_id(),
        tenant_id=tenant_id,
        centre_id=centre_id,
        powertrain=Powertrain.BEV,
        chemistry=Chemistry.NMC,
        cells_in_series=4,
    )
    registry.add_vehicle(vehicle)
    registry.bind(tenant_id, device_id, vehicle.id, datetime(2001, 1, 1, tzinfo=UTC))
    return Car(
        tenant_id=tenant_id,
        tenant=tenant,
        device_id=device_id,
        device=name,
        vehicle_id=vehicle.id,
    )


def block(signals: Mapping[str, Sequence[float | Reason]], *, real: bool, rows: int) -> Block:
    """Signals by name; a Reason in place of a value is a null with that reason."""
    chosen = {n: v for n, v in signals.items() if (BY_NAME[n].id in REAL_IDS) is real}
    kind = np.float32 if real else np.float64
    values = np.full((rows, len(chosen)), np.nan, dtype=kind)
    reasons = np.full((rows, len(chosen)), Reason.ABSENT, dtype=np.uint8)
    for column, told in enumerate(chosen.values()):
        for row, value in enumerate(told):
            null = isinstance(value, Reason)
            values[row, column] = np.nan if null else value
            reasons[row, column] = value if null else Reason.VALID
    return Block(signals=tuple(BY_NAME[n].id for n in chosen), values=values, reasons=reasons)


def packed(readings: Sequence[Sequence[int | Reason]], first: int = 1) -> Packed:
    """One row of raw readings per tick."""
    values = [[PACKED_NULL if isinstance(v, Reason) else v for v in row] for row in readings]
    reasons = [[v if isinstance(v, Reason) else 0 for v in row] for row in readings]
    return Packed(
        rows=np.arange(len(readings), dtype=np.int32),
        values=np.array(values, dtype=np.int16),
        reasons=np.array(reasons, dtype=np.uint8),
        first=first,
    )


def accepted(
    car: Car,
    seq: int,
    times_s: Sequence[float] = (),
    signals: Mapping[str, Sequence[float | Reason]] | None = None,
    *,
    start_ms: int = NOON_MS,
    stream: bytes = STREAM,
    origin: Origin = Origin.LIVE,
    received_at: datetime = NOON,
    sparse: Mapping[int, Sequence[float]] | None = None,
    **parts: Any,
) -> Accepted:
    """A batch whose ticks are seconds after `start_ms`; `parts` go into the batch as they are."""
    rows = len(times_s)
    ticks = start_ms + np.array([round(t * 1000) for t in times_s], dtype=np.int64)
    batch = TelemetryBatch(
        stream=stream,
        seq=seq,
        boot=bytes(16),
        origin=origin,
        clock=Clock.UTC,
        ticks_ms=ticks,
        real=block(signals or {}, real=True, rows=rows),
        wide=block(signals or {}, real=False, rows=rows),
        sparse=_sparse(sparse) if sparse else None,
        **parts,
    )
    bound = np.full(rows, car.vehicle_id, dtype=np.int64)
    return Accepted(
        topic=f"v1/{car.tenant}/{car.device}/telemetry",
        tenant_id=car.tenant_id,
        device_id=car.device_id,
        batch=batch,
        digest=_digest(batch),
        payload=b"payload %d" % seq,
        received_at=received_at,
        utc_ms=ticks,
        vehicle_ids=bound,
        event_vehicle_ids=np.full(len(batch.events), car.vehicle_id, dtype=np.int64),
        record_vehicle_ids=np.full(len(batch.records), car.vehicle_id, dtype=np.int64),
    )


def unbound(batch: Accepted, rows: Sequence[int]) -> Accepted:
    """The same batch, but the device sat nowhere when the given rows were read."""
    vehicles = batch.vehicle_ids.copy()
    vehicles[list(rows)] = 0
    names = tuple("unbound" if v == 0 else "" for v in vehicles)
    return replace(
        batch, vehicle_ids=vehicles, waiting={"unbound": len(rows)}, waiting_reason=names
    )


def _sparse(told: Mapping[int, Sequence[float]]) -> Sparse:
    triples = [(row, signal, v) for signal, vs in told.items() for row, v in enumerate(vs)]
    rows, signals, values = zip(*triples, strict=True)
    return Sparse(
        rows=np.array(rows, dtype=np.int32),
        signals=np.array(signals, dtype=np.uint32),
        values=np.array(values, dtype=np.float64),
    )


def _digest(batch: TelemetryBatch) -> bytes:
    said = [batch.ticks_ms.tobytes(), repr((batch.events, batch.records, batch.gaps)).encode()]
    for part in (batch.real, batch.wide, batch.cells, batch.probes):
        if part is not None:
            said += [part.values.tobytes(), part.reasons.tobytes()]
    return hashlib.blake2b(b"".join(said), digest_size=16).digest()
