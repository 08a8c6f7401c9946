"""The three kinds of car that ingest is measured with, and their messages.

A message is 10 s of one vehicle at one row a second. Values are random walks on the grid of their
signal; one message in eight has a signal that is invalid for three rows, so that states are made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from domain.readings import Accepted
from firmware_contracts import codec
from firmware_contracts import telemetry_pb2 as pb
from firmware_contracts.columns import blocks_of
from firmware_contracts.signal import Reason, Signal
from firmware_contracts.signals import BY_NAME, CATALOGUE, PACKED
from firmware_contracts.telemetry import (
    Clock,
    Float64,
    Origin,
    Packed,
    TelemetryBatch,
)
from store.db.schema import COLUMNS

ROWS = 10
PERIOD_MS = 1_000
TEMPLATES = 32
"""Different contents; each message of a run has its own times, stream and sequence."""
INVALID_EVERY = 8
INVALID_ROWS = slice(4, 7)
CELL_MV = (3_300, 3_900)
"""Where a pack's cells lie between empty and full (NMC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """`signals` are sent, `columns` are those of the table that RAW copies into."""

    name: str
    signals: tuple[Signal, ...]
    columns: tuple[str, ...]
    cells: int = 0


def _first(count: int, low: int, high: int) -> tuple[Signal, ...]:
    """The first signals of the catalogue with ids in [low, high)."""
    return tuple(s for s in CATALOGUE if low <= s.id < high and s.id not in PACKED)[:count]


_EV = _first(40, 1, 60)
_OBD = tuple(
    BY_NAME[name]
    for name in (
        "vehicle_speed_kmh",
        "engine_speed_rpm",
        "engine_load_pct",
        "coolant_temperature_c",
        "intake_temperature_c",
        "map_kpa",
        "maf_gs",
        "throttle_pct",
        "timing_advance_deg",
        "stft1_pct",
        "ltft1_pct",
        "lv_voltage_v",
    )
)
_ALL = tuple(signal.name for signal in COLUMNS)
MIXES = MappingProxyType(
    {
        "gbt": Mix(name="gbt", signals=_EV[:30], columns=tuple(s.name for s in _EV)),
        "obd": Mix(name="obd", signals=_OBD, columns=_ALL[:100]),
        "cells": Mix(name="cells", signals=_EV[:30], columns=tuple(s.name for s in _EV), cells=96),
    }
)


def templates(mix: Mix, seed: int) -> list[TelemetryBatch]:
    """Batches that differ in content; times begin at 0."""
    dice = np.random.default_rng(seed)
    return [_template(mix, dice, number) for number in range(TEMPLATES)]


def _template(mix: Mix, dice: np.random.Generator, number: int) -> TelemetryBatch:
    values = np.stack([_walk(signal, dice) for signal in mix.signals], axis=1)
    reasons = np.full(values.shape, Reason.VALID, dtype=np.uint8)
    if number % INVALID_EVERY == 0:
        reasons[INVALID_ROWS, number % values.shape[1]] = Reason.INVALID
        values[reasons != Reason.VALID] = np.nan
    real, wide = blocks_of(mix.signals, values, reasons)
    return TelemetryBatch(
        stream=bytes(16),
        seq=0,
        boot=bytes(16),
        origin=Origin.LIVE,
        clock=Clock.UTC,
        ticks_ms=np.arange(ROWS, dtype=np.int64) * PERIOD_MS,
        real=real,
        wide=wide,
        cells=_cells(mix.cells, dice) if mix.cells else None,
    )


def _walk(signal: Signal, dice: np.random.Generator) -> Float64:
    """Small steps from somewhere in the middle of the signal's range, on its grid."""
    low, high = signal.raw_low, signal.raw_high
    span = min(high - low, 20_000)
    start = low + span // 4 + int(dice.integers(max(span // 2, 1)))
    steps = np.rint(dice.normal(0, span / 1000, ROWS)).astype(np.int64)
    raw = np.clip(start + np.cumsum(steps), low, high)
    if signal.scale < 1:
        return np.asarray(raw / round(1 / signal.scale) + signal.offset, dtype=np.float64)
    return np.asarray(raw * signal.scale + signal.offset, dtype=np.float64)


def _cells(count: int, dice: np.random.Generator) -> Packed:
    level = dice.integers(*CELL_MV) + np.cumsum(dice.integers(-2, 3, ROWS))
    spread = dice.integers(-8, 9, count)
    noise = dice.integers(-1, 2, (ROWS, count))
    return Packed(
        rows=np.arange(ROWS, dtype=np.int32),
        values=(level[:, None] + spread + noise).astype(np.int16),
        reasons=np.zeros((ROWS, count), dtype=np.uint8),
    )


def values_in(batch: TelemetryBatch) -> int:
    """Readings that are not null."""
    valid = (np.count_nonzero(b.reasons == Reason.VALID) for b in (batch.real, batch.wide))
    cells = 0 if batch.cells is None else np.count_nonzero(batch.cells.reasons == Reason.VALID)
    return int(sum(valid) + cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One payload of one vehicle; `vehicle` counts from 0."""

    vehicle: int
    seq: int
    payload: bytes
    values: int


class MessageMaker:
    """Payloads of a fleet, forward in time: round after round, each vehicle once a round."""

    def __init__(self, mix: Mix, vehicles: int, start_ms: int, seed: int = 1) -> None:
        batches = templates(mix, seed)
        self._bodies = [pb.Body.FromString(codec.encode(batch)) for batch in batches]
        self._values = [values_in(batch) for batch in batches]
        self._streams = [secrets.token_bytes(16) for _ in range(vehicles)]
        self._seqs = [0] * vehicles
        self._start_ms = start_ms

    def round(self, vehicles: Sequence[int]) -> Iterator[Message]:
        """The next message of each of these vehicles."""
        for vehicle in vehicles:
            yield self._next(vehicle)

    def _next(self, vehicle: int) -> Message:
        seq = self._seqs[vehicle]
        self._seqs[vehicle] += 1
        number = (7 * vehicle + seq) % len(self._bodies)
        body = self._bodies[number]
        body.stream, body.seq, body.boot = self._streams[vehicle], seq, self._streams[vehicle]
        body.ticks.first_ms = self._start_ms + seq * ROWS * PERIOD_MS
        payload = codec.seal(body.SerializeToString(deterministic=True))
        return Message(vehicle=vehicle, seq=seq, payload=payload, values=self._values[number])


def accepted(
    mix: Mix, fleet_ids: Sequence[tuple[int, int]], tenant_id: int, start_ms: int
) -> list[Accepted]:
    """What intake makes of one message of each (device, vehicle), for the yardsticks."""
    from dataclasses import replace
    from datetime import UTC, datetime

    batches = templates(mix, seed=2)
    found = []
    for number, (device, vehicle) in enumerate(fleet_ids):
        pattern = batches[number % len(batches)]
        batch = replace(
            pattern, ticks_ms=pattern.ticks_ms + start_ms, stream=secrets.token_bytes(16)
        )
        found.append(
            Accepted(
                topic="v1/bench/bench/telemetry",
                tenant_id=tenant_id,
                device_id=device,
                batch=batch,
                digest=secrets.token_bytes(16),
                payload=b"",
                received_at=datetime.now(UTC),
                utc_ms=batch.ticks_ms,
                vehicle_ids=np.full(batch.rows, vehicle, dtype=np.int64),
            )
        )
    return found
