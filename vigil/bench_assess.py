"""How long an assessment run takes: a fleet's rows in a real database, every family of models.

Cars come from a few simulated recordings (other shapes for other cars), stored through the same
transaction that ingest uses. Measured is what a worker does: read windows, judge, save, alerts.
"""

from __future__ import annotations

import resource
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.identity import new_vehicle_id
from domain.readings import Accepted
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.signal import Reason, Storage
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import PACKED_NULL, Block, Clock, Origin, Packed, TelemetryBatch
from simulators.battery.life import Car
from simulators.battery.recording import CarSpec, Recording, draw_spec
from store.identity import Registry
from store.pool import Pool
from store.telemetry import Telemetry
from vigil.settings import Settings

TENANT = "bench"
TEMPLATES = 12
ROWS = 2_000
PERIOD_S = 60.0
"""Cars report once a minute while they are used, as histories do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One run over the fleet; CPU is that of the workers without the database's."""

    vehicles: int
    rows: int
    seconds: float
    cpu_s: float
    rss_mb: float
    jobs: int

    def as_json(self) -> dict[str, object]:
        """The keys that others read, and what they rest on."""
        minutes = self.seconds / self.vehicles * 100_000 / 60
        return {
            "vehicles": self.vehicles,
            "seconds": round(self.seconds, 2),
            "extrapolated_100k_minutes": round(minutes, 2),
            "rss_mb": round(self.rss_mb, 1),
            "rows_per_vehicle": round(self.rows / self.vehicles, 1),
            "cpu_s": round(self.cpu_s, 2),
            "jobs": self.jobs,
        }


def fill(settings: Settings, *, vehicles: int, days: int, seed: int) -> tuple[list[int], int]:
    """Register and store the fleet: vehicle ids and rows stored."""
    recordings = [_recording(seed, index, days) for index in range(min(TEMPLATES, vehicles))]
    ids, rows = [], 0
    with (
        Pool.open(settings.database.url_for("worker"), name="bench-fill") as worker,
        Pool.open(settings.database.url_for("ingest"), name="bench-fill") as ingest,
    ):
        registry, sink = Registry(worker), Telemetry(ingest)
        tenant = registry.add_tenant(TENANT)
        for index in range(vehicles):
            recording = recordings[index % len(recordings)]
            ids.append(_register(registry, tenant, recording))
            device = registry.add_device(tenant, f"bench-{secrets.token_hex(6)}", may_import=True)
            accepted = list(_accepted(recording, tenant, device, ids[-1]))
            sink.commit(accepted, [])
            rows += len(recording.ticks_ms)
    return ids, rows


def assess(settings: Settings, ids: Sequence[int], rows: int, jobs: int) -> Assessed:
    """Assess every vehicle over `jobs` processes."""
    url = settings.database.url_for("worker")
    parts = [list(ids[first::jobs]) for first in range(jobs)]
    began = time.perf_counter()
    if jobs == 1:
        done = [_assess_part(url, parts[0])]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            done = list(pool.map(_assess_part, [url] * jobs, parts))
    return Assessed(
        vehicles=len(ids), rows=rows, seconds=time.perf_counter() - began, jobs=jobs,
        cpu_s=sum(cpu for cpu, _ in done), rss_mb=sum(rss for _, rss in done),
    )  # fmt: skip


def _assess_part(url: str, ids: Sequence[int]) -> tuple[float, float]:
    """CPU seconds and peak resident MB of one worker over its share."""
    from models.assessment import assess_vehicle
    from store.alerts import Alerts
    from store.assessments import Assessments
    from store.windows import Windows

    began = time.process_time()
    with Pool.open(url, name="bench-assess") as pool:
        windows, book, alerts = Windows(pool), Assessments(pool), Alerts(pool)
        for vehicle_id in ids:
            assess_vehicle(windows, book, alerts, vehicle_id, datetime.now(UTC))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.process_time() - began, peak


def _recording(seed: int, index: int, days: int) -> Recording:
    start = datetime.now(UTC) - timedelta(days=days)
    spec: CarSpec = replace(
        draw_spec(seed, index, days=days), period_s=PERIOD_S, with_cells=True,
        start_ms=int(start.timestamp()) * 1000,
    )  # fmt: skip
    return Car(spec=spec).record()


def _register(registry: Registry, tenant: int, recording: Recording) -> int:
    spec = recording.spec
    born = datetime.fromtimestamp(spec.start_ms / 1000, UTC) - timedelta(
        days=365.25 * spec.age_years
    )
    vehicle = Vehicle(
        id=new_vehicle_id(), tenant_id=tenant, centre_id=None, powertrain=Powertrain.BEV,
        chemistry=Chemistry(spec.chemistry), rated_capacity_ah=spec.rated_ah,
        cells_in_series=spec.cells, in_service=born.date(),
    )  # fmt: skip
    registry.add_vehicle(vehicle)
    return vehicle.id


def _accepted(recording: Recording, tenant: int, device: int, vehicle: int) -> Iterator[Accepted]:
    """The recording as messages that passed intake."""
    stream = secrets.token_bytes(16)
    now = datetime.now(UTC)
    for seq, first in enumerate(range(0, len(recording.ticks_ms), ROWS)):
        batch = _batch(recording, slice(first, first + ROWS), stream, seq)
        yield Accepted(
            topic=f"v1/{TENANT}/bench/telemetry", tenant_id=tenant, device_id=device, batch=batch,
            digest=secrets.token_bytes(16), payload=b"", received_at=now, utc_ms=batch.ticks_ms,
            vehicle_ids=np.full(batch.rows, vehicle, dtype=np.int64),
            waiting_reason=("",) * batch.rows,
        )  # fmt: skip


def _batch(recording: Recording, rows: slice, stream: bytes, seq: int) -> TelemetryBatch:
    names = sorted(recording.columns, key=lambda name: BY_NAME[name].id)
    real = [name for name in names if BY_NAME[name].storage is Storage.REAL]
    ticks = recording.ticks_ms[rows]
    return TelemetryBatch(
        stream=stream, seq=seq, boot=stream, origin=Origin.IMPORT, clock=Clock.UTC, ticks_ms=ticks,
        real=_block(recording, rows, real, np.float32),
        wide=_block(recording, rows, [n for n in names if n not in real], np.float64),
        cells=_packed(recording, rows, len(ticks)),
    )  # fmt: skip


def _block(recording: Recording, rows: slice, names: Sequence[str], kind: type[Any]) -> Block:
    values: npt.NDArray[Any] = np.stack(
        [recording.columns[name][rows] for name in names], axis=1, dtype=kind, casting="unsafe"
    )
    reasons = np.where(np.isnan(values), Reason.ABSENT, Reason.VALID).astype(np.uint8)
    return Block(signals=tuple(BY_NAME[n].id for n in names), values=values, reasons=reasons)


def _packed(recording: Recording, rows: slice, count: int) -> Packed | None:
    if recording.cells_v is None:
        return None
    volts = recording.cells_v[rows]
    unknown = np.isnan(volts)
    values = np.where(unknown, PACKED_NULL, np.round(1000 * np.nan_to_num(volts)))
    return Packed(
        rows=np.arange(count, dtype=np.int32), values=values.astype(np.int16),
        reasons=np.where(unknown, Reason.INVALID, Reason.VALID).astype(np.uint8),
    )  # fmt: skip
