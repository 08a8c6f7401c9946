"""The fleet of `vigil bench assess`: simulated electric cars in a real database.

A few recordings serve many cars. Each recording is stored once, through the transaction that
ingest uses, and its history copied inside the database to the twins; what a day adds later comes
through the sink for every single car.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context

import numpy as np

from domain.identity import new_vehicle_id
from domain.readings import Accepted
from domain.vehicle import Chemistry, Powertrain, Vehicle
from firmware_contracts.columns import blocks_of
from firmware_contracts.durations import YEAR_DAYS
from firmware_contracts.signal import Reason
from firmware_contracts.signals import BY_NAME
from firmware_contracts.telemetry import PACKED_NULL, Clock, Origin, Packed, TelemetryBatch
from simulators.battery.life import BatteryLife
from simulators.battery.recording import LifeSpec, Recording, draw_spec
from store.db.pool import Pool
from store.history.bench_copies import Twins, copy_checkpoints, copy_latest, copy_rows
from store.people.identity import Registry
from store.sink.sink import Telemetry
from vigil.settings import Settings

TENANT = "bench"
TEMPLATES = 8
ROWS = 4_000
"""Rows of one transaction of the sink."""
PERIOD_S = 60.0
"""Cars report once a minute while they are used, as histories do."""
DAY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Group:
    """Cars with one recording; the first of them is the one that was stored."""

    recording: Recording
    vehicles: list[int] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)

    def rows(self, start: datetime, end: datetime) -> slice:
        """Rows of the recording with start <= t < end."""
        edges = [start.timestamp() * 1000, end.timestamp() * 1000]
        first, last = np.searchsorted(self.recording.ticks_ms, edges)
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All cars; their history lies in [start, cut), the new day in [cut, end)."""

    tenant_id: int
    start: datetime
    cut: datetime
    end: datetime
    groups: tuple[Group, ...]

    @property
    def ids(self) -> list[int]:
        """Every vehicle, the stored ones first."""
        longest = max(len(group.vehicles) for group in self.groups)
        rounds = ([g.vehicles[n : n + 1] for g in self.groups] for n in range(longest))
        return [vehicle for taken in rounds for found in taken for vehicle in found]

    def rows_per_vehicle(self, start: datetime, end: datetime) -> float:
        """Mean rows of a car in a span."""
        counts = [(g.rows(start, end), len(g.vehicles)) for g in self.groups]
        rows = sum((s.stop - s.start) * n for s, n in counts)
        return float(rows / sum(n for _, n in counts))


def fill(settings: Settings, *, vehicles: int, days: int, jobs: int, seed: int) -> Fleet:
    """Register the cars and store `days` of history for each of them."""
    end = datetime.now(UTC).replace(microsecond=0)
    start, cut = end - (days + 1) * DAY, end - DAY
    make = partial(_recording, seed, start, days + 1)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        recordings = list(pool.map(make, range(min(TEMPLATES, vehicles))))
    with _pool(settings, "worker") as worker, _pool(settings, "ingest") as ingest:
        registry = Registry(worker)
        tenant = registry.add_tenant(TENANT)
        groups = tuple(Group(recording=recording) for recording in recordings)
        for number in range(vehicles):
            _enrol(registry, tenant, groups[number % len(groups)])
        fleet = Fleet(tenant_id=tenant, start=start, cut=cut, end=end, groups=groups)
        sink = Telemetry(ingest)
        for group in groups:
            for car in _messages(fleet, group, range(1), group.rows(start, cut)):
                sink.commit([car], [])
            _copy(ingest, fleet, group)
    return fleet


def remember(settings: Settings, fleet: Fleet, but: Sequence[int]) -> None:
    """Give the twins their group's checkpoint, all but those that were assessed themselves."""
    done = set(but)
    with _pool(settings, "worker") as worker:
        for group in fleet.groups:
            waiting = [v for v in group.vehicles if v not in done]
            if waiting:
                copy_checkpoints(worker, _twins(fleet, group, waiting, group.devices))


def drive_on(settings: Settings, fleet: Fleet) -> None:
    """Every car's new day, through the sink, many cars to a transaction."""
    with _pool(settings, "ingest") as ingest:
        sink = Telemetry(ingest)
        for group in fleet.groups:
            rows = group.rows(fleet.cut, fleet.end)
            cars = range(len(group.vehicles))
            at_once = max(ROWS // max(rows.stop - rows.start, 1), 1)
            for first in range(0, len(cars), at_once):
                some = cars[first : first + at_once]
                sink.commit(list(_messages(fleet, group, some, rows)), [])


def _pool(settings: Settings, role: str) -> Pool:
    return Pool.open(settings.database.url_for(role), name="bench-fill")


def _copy(ingest: Pool, fleet: Fleet, group: Group) -> None:
    """The history of the group's first car to the others, a day at a time."""
    if len(group.vehicles) < 2:
        return
    twins = _twins(fleet, group, group.vehicles[1:], group.devices[1:])
    at = fleet.start
    while at < fleet.cut:
        copy_rows(ingest, twins, sorted(group.recording.columns), at, min(at + DAY, fleet.cut))
        at += DAY
    copy_latest(ingest, twins)


def _twins(fleet: Fleet, group: Group, vehicles: Sequence[int], devices: Sequence[int]) -> Twins:
    return Twins(
        tenant_id=fleet.tenant_id, car=group.vehicles[0], vehicles=vehicles, devices=devices
    )


def _recording(seed: int, start: datetime, days: int, index: int) -> Recording:
    spec: LifeSpec = replace(
        draw_spec(seed, index, days=days),
        period_s=PERIOD_S,
        with_cells=True,
        start_ms=int(start.timestamp()) * 1000,
    )
    return BatteryLife(spec=spec).record()


def _enrol(registry: Registry, tenant: int, group: Group) -> None:
    """One more car of the group, with its device."""
    spec = group.recording.spec
    born = datetime.fromtimestamp(spec.start_ms / 1000, UTC) - timedelta(
        days=YEAR_DAYS * spec.age_years
    )
    vehicle = Vehicle(
        id=new_vehicle_id(),
        tenant_id=tenant,
        centre_id=None,
        powertrain=Powertrain.BEV,
        chemistry=Chemistry(spec.chemistry),
        rated_capacity_ah=spec.rated_ah,
        cells_in_series=spec.cells,
        in_service=born.date(),
    )
    registry.add_vehicle(vehicle)
    group.vehicles.append(vehicle.id)
    name = f"bench-{secrets.token_hex(6)}"
    group.devices.append(registry.add_device(tenant, name, may_import=True))


def _messages(fleet: Fleet, group: Group, cars: Sequence[int], rows: slice) -> Iterator[Accepted]:
    """Rows of the recording as messages of these cars of the group that passed intake."""
    now = datetime.now(UTC)
    for car in cars:
        stream = secrets.token_bytes(16)
        for seq, first in enumerate(range(rows.start, rows.stop, ROWS)):
            some = slice(first, min(first + ROWS, rows.stop))
            batch = _batch(group.recording, some, stream, seq)
            yield Accepted(
                topic=f"v1/{TENANT}/bench/telemetry",
                tenant_id=fleet.tenant_id,
                device_id=group.devices[car],
                batch=batch,
                digest=secrets.token_bytes(16),
                payload=b"",
                received_at=now,
                utc_ms=batch.ticks_ms,
                vehicle_ids=np.full(batch.rows, group.vehicles[car], dtype=np.int64),
                waiting_reason=("",) * batch.rows,
            )


def _batch(recording: Recording, rows: slice, stream: bytes, seq: int) -> TelemetryBatch:
    names = list(recording.columns)
    columns = np.stack([np.asarray(recording.columns[n][rows], np.float64) for n in names], axis=1)
    real, wide = blocks_of([BY_NAME[name] for name in names], columns)
    ticks = recording.ticks_ms[rows]
    return TelemetryBatch(
        stream=stream,
        seq=seq,
        boot=stream,
        origin=Origin.IMPORT,
        clock=Clock.UTC,
        ticks_ms=ticks,
        real=real,
        wide=wide,
        cells=_packed(recording, rows, len(ticks)),
    )


def _packed(recording: Recording, rows: slice, count: int) -> Packed | None:
    if recording.cells_v is None:
        return None
    volts = recording.cells_v[rows]
    unknown = np.isnan(volts)
    values = np.where(unknown, PACKED_NULL, np.round(1000 * np.nan_to_num(volts)))
    return Packed(
        rows=np.arange(count, dtype=np.int32),
        values=values.astype(np.int16),
        reasons=np.where(unknown, Reason.INVALID, Reason.VALID).astype(np.uint8),
    )
